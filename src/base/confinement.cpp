#include "base/confinement.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace holdfast {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;  // no filter of system calls on this architecture
#endif

// They reach another process, another file system or another machine. A program that only does its own work needs none
// of them.
constexpr std::array kRefusedCalls = {
    SYS_connect,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_io_uring_setup,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_userfaultfd,
    SYS_pidfd_getfd,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_syslog,
    SYS_acct,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_quotactl,
    SYS_kcmp,
    SYS_fanotify_init,
    SYS_personality,
};
// Programs do without these calls if the kernel has none. From 424 on, all architectures use the same numbers, some
// newer than the headers.
constexpr std::uint32_t kClone3 = 435;                                       // its flags are in memory, which a filter can't see
constexpr std::uint32_t kFirstUnknown = 463;                                 // calls newer than this list
constexpr std::uint32_t kNewMounts[] = {428, 429, 430, 431, 432, 433, 442};  // open_tree to fspick, mount_setattr

constexpr std::uint32_t kNewNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
constexpr std::uint32_t kSocketKind = 0xf;           // of socket's second argument; the rest are flags
constexpr std::uint32_t kForeignCalls = 0x40000000;  // x32's numbers on x86-64: another table, not covered by the list above

// A program for the kernel's filter. The child builds it, so it is on the stack.
class Filter {
 public:
  void add(std::uint16_t code, std::uint32_t value, std::uint8_t if_true = 0, std::uint8_t if_false = 0) {
    steps_.at(size_++) = {code, if_true, if_false, value};
  }
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
  void result(std::uint32_t value) { add(BPF_RET | BPF_K, value); }
  void refuse() { result(SECCOMP_RET_ERRNO | EPERM); }
  /// Continues with the next step if the value is equal; otherwise skips `count` steps.
  void unless_equal_skip(std::uint32_t value, std::uint8_t count) { add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count); }

  bool install() {
    sock_fprog program{static_cast<unsigned short>(size_), steps_.data()};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

 private:
  std::array<sock_filter, 200> steps_{};
  std::size_t size_ = 0;
};

std::size_t low_half(std::size_t argument) { return offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t); }

// Today's headers may know less about Landlock than today's kernel.
struct Ruleset {
  std::uint64_t files = 0;
  std::uint64_t network = 0;  // from 4 on
  std::uint64_t scoped = 0;   // from 6 on
};
constexpr std::uint64_t kReading = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kFirstVersion = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1;
constexpr std::uint64_t kRefer = 1U << 13U, kTruncate = 1U << 14U;
constexpr std::uint64_t kTcp = 3;             // binds and connects
constexpr std::uint64_t kSocketsSignals = 3;  // abstract sockets of processes outside, and signals to them

Ruleset ruleset_for(long version) {
  Ruleset rules{.files = kFirstVersion};
  if (version >= 2) rules.files |= kRefer;
  if (version >= 3) rules.files |= kTruncate;
  if (version >= 4) rules.network = kTcp;
  if (version >= 6) rules.scoped = kSocketsSignals;
  return rules;
}

void allow(const Fd& ruleset, const std::filesystem::path& path, std::uint64_t rights) {
  const Fd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat info {};
  if (!place || ::fstat(place.get(), &info) != 0) return;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = S_ISDIR(info.st_mode) ? rights : rights & (kOfFiles | kTruncate);
  rule.parent_fd = place.get();
  ::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

// Returns null if the kernel has no Landlock.
Fd allow_files(const Confinement::Paths& paths) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return Fd();
  Ruleset rules = ruleset_for(version);
  const std::size_t size = version >= 6 ? sizeof(Ruleset) : version >= 4 ? 2 * sizeof(std::uint64_t) : sizeof(std::uint64_t);
  Fd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, size, 0)));
  if (!ruleset) return ruleset;
  for (const auto& path : paths.read) allow(ruleset, path, kReading);
  for (const auto& path : paths.write) allow(ruleset, path, rules.files);
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}) {
    allow(ruleset, device, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
  }
  return ruleset;
}

}  // namespace

Confinement::Confinement(const Paths& paths, Programs programs) : programs_(programs), files_(allow_files(paths)) {
  // With a null program, the kernel returns EFAULT if it has filters, and EINVAL if not.
  filters_ = kArchitecture != 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, nullptr) != 0 && errno == EFAULT;
  if (!files_) missing_.emplace_back("Landlock, so it can read files of this machine");
  if (!filters_) missing_.emplace_back("seccomp, so it can start programs and reach the network");
}

void Confinement::leave_network() const noexcept {
  if (::geteuid() == 0) ::unshare(CLONE_NEWNET);
}

bool Confinement::enter(const char* program) const noexcept {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::umask(077);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  if (files_ && ::syscall(SYS_landlock_restrict_self, files_.get(), 0) != 0) return false;
  return !filters_ || filter_calls(program);
}

// A child that must not start programs must still be started itself. The filter allows one execve: the one whose path
// is at the address of ours. A shell that the program starts has its path elsewhere.
bool Confinement::filter_calls(const char* program) const noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(program);
  Filter filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
  filter.refuse();
  filter.load(offsetof(seccomp_data, nr));
  filter.add(BPF_JMP | BPF_JGE | BPF_K, kForeignCalls, 0, 1);
  filter.refuse();
  for (const long call : kRefusedCalls) {
    filter.unless_equal_skip(static_cast<std::uint32_t>(call), 1);
    filter.refuse();
  }
  for (const std::uint32_t call : kNewMounts) {
    filter.unless_equal_skip(call, 1);
    filter.refuse();
  }
  filter.unless_equal_skip(kClone3, 1);
  filter.result(SECCOMP_RET_ERRNO | ENOSYS);
  filter.add(BPF_JMP | BPF_JGE | BPF_K, kFirstUnknown, 0, 1);
  filter.result(SECCOMP_RET_ERRNO | ENOSYS);
  if (programs_ == Programs::none) {
    filter.unless_equal_skip(SYS_execve, 6);
    filter.load(low_half(0));
    filter.unless_equal_skip(static_cast<std::uint32_t>(address), 3);
    filter.load(low_half(0) + sizeof(std::uint32_t));
    filter.unless_equal_skip(static_cast<std::uint32_t>(address >> 32U), 1);
    filter.result(SECCOMP_RET_ALLOW);
    filter.refuse();
  }
  // Streams only: a datagram reaches any socket of this machine without a connection.
  for (const std::uint32_t call : {SYS_socket, SYS_socketpair}) {
    filter.unless_equal_skip(call, 7);
    filter.load(low_half(0));
    filter.unless_equal_skip(AF_UNIX, 4);
    filter.load(low_half(1));
    filter.add(BPF_ALU | BPF_AND | BPF_K, kSocketKind);
    filter.unless_equal_skip(SOCK_STREAM, 1);
    filter.result(SECCOMP_RET_ALLOW);
    filter.result(SECCOMP_RET_ERRNO | EAFNOSUPPORT);
  }
  filter.unless_equal_skip(SYS_clone, 5);
  filter.load(low_half(0));
  filter.add(BPF_ALU | BPF_AND | BPF_K, kNewNamespaces);
  filter.unless_equal_skip(0, 1);
  filter.result(SECCOMP_RET_ALLOW);
  filter.refuse();
  filter.result(SECCOMP_RET_ALLOW);
  return filter.install();
}

}  // namespace holdfast
