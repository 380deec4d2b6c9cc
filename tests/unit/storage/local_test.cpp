// The file storage on real file systems, with real limits, real processes and real kills.
#include "storage/local.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>

#include "conformance/storage_suite.hpp"
#include "support/child.hpp"
#include "support/temp_directory.hpp"

namespace fs = std::filesystem;
namespace hf = holdfast;
using namespace holdfast::testing;
using Strings = std::vector<std::string>;

namespace {

constexpr unsigned kNobody = 65534;

std::shared_ptr<hf::Storage> open(const fs::path& root) { return hf::local_storage(root, hf::IfMissing::fail); }

std::size_t entries(const fs::path& directory) {
  return fs::exists(directory) ? static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), {})) : 0;
}

/// Returns "code: message" of the error of `call`, or "no error". For children, where doctest's checks would be lost.
template <class Call>
std::string outcome(Call&& call) {
  try {
    call();
  } catch (const hf::Error& error) {
    return std::string(to_string(error.code())) + ": " + error.message();
  }
  return "no error";
}

/// Returns "" if `said` begins with the code and names the object.
std::string expect(const std::string& said, const std::string& code, const std::string& name) {
  return said.starts_with(code + ": ") && said.find(name) != std::string::npos ? "" : "expected " + code + " of " + name + ", got " + said;
}

/// Runs `work` in a child with its own file system at `at`. Returns false if we may not mount.
bool on_tmpfs(const fs::path& at, const std::string& options, const std::function<std::string()>& work) {
  const std::string said = in_child([&] {
    const bool mounted = ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         ::mount("tmpfs", at.c_str(), "tmpfs", 0, options.c_str()) == 0;
    return mounted ? work() : std::string("can't mount");
  });
  if (said == "can't mount") {
    MESSAGE("NOT TESTED: mounting a tmpfs needs root");
    return false;
  }
  CHECK(said == "");
  return true;
}

}  // namespace

TEST_CASE("a full disk is reported with the object's name, leaves nothing, and works again when there is space") {
  const TempDirectory directory;
  on_tmpfs(directory.path(), "size=1m", [&]() -> std::string {
    const auto storage = open(directory.path());
    const hf::Bytes block = random_bytes(600U << 10, 1);
    storage->put_new("packs/1", block);
    const std::string wrong = expect(outcome([&] { storage->put_new("packs/2", block); }), "no_space", "packs/2");
    if (!wrong.empty()) return wrong;
    if (names(*storage) != Strings{"packs/1"} || entries(directory.path() / ".tmp") != 0) return "something was left";
    storage->remove("packs/1");
    storage->put_new("packs/2", block);
    return get(*storage, "packs/2", block.size()) == block ? "" : "other bytes";
  });
}

TEST_CASE("a file system without free inodes is full too") {
  const TempDirectory directory;
  on_tmpfs(directory.path(), "size=1m,nr_inodes=6", [&]() -> std::string {
    const auto storage = open(directory.path());
    std::string said = "no error";
    for (int i = 0; i < 10 && said == "no error"; ++i)
      said = outcome([&] { storage->put_new("d" + std::to_string(i) + "/x", hf::as_bytes("1")); });
    const std::string wrong = expect(said, "no_space", "x");
    if (!wrong.empty()) return wrong;
    return entries(directory.path() / ".tmp") == 0 ? "" : "a temporary file was left";
  });
}

TEST_CASE("a read-only file system can be opened and read, and a write reports it") {
  const TempDirectory directory;
  on_tmpfs(directory.path(), "size=1m", [&]() -> std::string {
    open(directory.path())->put_new("a/x", hf::as_bytes("1"));
    if (::mount("none", directory.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return "can't remount";
    const auto storage = open(directory.path());
    if (text(*storage, "a/x") != "1" || names(*storage) != Strings{"a/x"}) return "can't be read";
    const std::string wrong = expect(outcome([&] { storage->put_new("a/y", {}); }), "permission_denied", "a/y");
    return wrong.empty() ? expect(outcome([&] { storage->remove("a/x"); }), "permission_denied", "a/x") : wrong;
  });
}

TEST_CASE("a file size limit is reported as no space") {
  const TempDirectory directory;
  CHECK(in_child([&]() -> std::string {
          std::signal(SIGXFSZ, SIG_IGN);
          const rlimit limit{10'000, 10'000};
          if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "can't set the limit";
          const auto storage = open(directory.path());
          storage->put_new("small", hf::Bytes(10'000));
          return expect(outcome([&] { storage->put_new("large", hf::Bytes(10'001)); }), "no_space", "large");
        }) == "");
  CHECK(names(*open(directory.path())) == Strings{"small"});
  CHECK(entries(directory.path() / ".tmp") == 0);
}

#ifndef HOLDFAST_SANITIZED  // UBSan opens a pipe to examine an object's type: without descriptors it reports every object as bad
TEST_CASE("running out of descriptors is an error, and none leaks") {
  const TempDirectory directory;
  CHECK(in_child([&]() -> std::string {
          const auto storage = open(directory.path());
          storage->put_new("a/x", {});
          const rlimit limit{24, 24};
          if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return "can't set the limit";
          std::vector<std::unique_ptr<hf::Writer>> writers;
          std::string said = "no error";
          while (said == "no error" && writers.size() < 100) said = outcome([&] { writers.push_back(storage->open_writer("b/y")); });
          const std::string wrong = expect(said, "limit", "b/y");
          if (!wrong.empty()) return wrong;
          writers.clear();
          storage->put_new("b/y", {});
          return "";
        }) == "");
  CHECK(entries(directory.path() / ".tmp") == 0);
}
#endif

TEST_CASE("a directory that may not be written or read is an error, never an empty listing") {
  const TempDirectory directory;
  open(directory.path())->put_new("d/x", {});
  open(directory.path())->put_new("e/y", {});
  CHECK(in_child([&]() -> std::string {
          if (::geteuid() == 0) {
            for (const char* path : {"", "d", "d/x", "e", "e/y", ".tmp"})
              if (::chown((directory.path() / path).c_str(), kNobody, kNobody) != 0) return "can't chown";
            if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) return "can't become nobody";
          }
          ::chmod((directory.path() / "d").c_str(), 0500);
          ::chmod((directory.path() / "e").c_str(), 0300);
          const auto storage = open(directory.path());
          std::string wrong = expect(outcome([&] { storage->put_new("d/new", {}); }), "permission_denied", "d/new");
          if (wrong.empty()) wrong = expect(outcome([&] { storage->remove("d/x"); }), "permission_denied", "d/x");
          if (wrong.empty()) wrong = expect(outcome([&] { names(*storage); }), "permission_denied", "e/");
          if (wrong.empty()) wrong = expect(outcome([&] { names(*storage, "e/"); }), "permission_denied", "'e'");
          if (wrong.empty() && names(*storage, "d/") != Strings{"d/x"}) wrong = "d/ is not listed";
          ::chmod((directory.path() / "e").c_str(), 0700);
          return wrong;
        }) == "");
  CHECK(entries(directory.path() / ".tmp") == 0);
}

TEST_CASE("a process killed at any moment leaves only complete objects, including all that were confirmed") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto content = [](int id) { return random_bytes(static_cast<std::size_t>(id * 7919 % 300'000), static_cast<std::uint32_t>(id)); };
  const TempDirectory directory;
  int stored = 0;
  for (int round = 0; round < 25; ++round) {
    CAPTURE(round);
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const auto storage = open(directory.path());
      for (int id = stored;; ++id) {
        const hf::Bytes bytes = content(id);
        const auto writer = storage->open_writer("d" + std::to_string(id % 7) + "/" + std::to_string(id));
        for (std::size_t at = 0; at < bytes.size(); at += 4999)
          writer->write(hf::ByteView(bytes).subspan(at, std::min<std::size_t>(4999, bytes.size() - at)));
        try {
          writer->commit();
        } catch (const hf::Error& error) {  // visible already, but killed before the confirmation
          if (error.code() != hf::ErrorCode::already_exists) ::_exit(1);
        }
        if (::write(ends[1], &id, sizeof id) != sizeof id) ::_exit(1);
      }
    }
    ::close(ends[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 100'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    int told = 0;
    while (::read(ends[0], &told, sizeof told) == sizeof told) stored = told + 1;
    ::close(ends[0]);

    const auto storage = open(directory.path());
    int seen = 0;
    storage->list("", [&](const hf::ObjectInfo& info) {
      const int id = std::stoi(info.name.substr(info.name.find('/') + 1));
      CHECK(get(*storage, info.name, 1U << 20) == content(id));
      if (id < stored) ++seen;
      return true;
    });
    CHECK(seen == stored);
  }
}

TEST_CASE("exactly one of many processes wins a race for a name") {
  constexpr int kProcesses = 4, kNames = 40;
  const TempDirectory directory;
  std::vector<std::string> won(kProcesses);
  std::vector<std::thread> parents;
  int gate[2];
  REQUIRE(::pipe(gate) == 0);
  for (int id = 0; id < kProcesses; ++id)
    parents.emplace_back([&, id] {
      won[static_cast<std::size_t>(id)] = in_child([&] {
        ::close(gate[1]);
        char byte = 0;
        while (::read(gate[0], &byte, 1) > 0) {
        }
        const auto storage = open(directory.path());
        std::string names_won;
        for (int i = 0; i < kNames; ++i)
          if (storage->put_new("d" + std::to_string(i % 5) + "/" + std::to_string(i), random_bytes(5000, static_cast<std::uint32_t>(id))) ==
              hf::PutResult::created)
            names_won += static_cast<char>('0' + i);
        return names_won;
      });
    });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ::close(gate[1]);
  for (std::thread& parent : parents) parent.join();
  ::close(gate[0]);
  std::string all;
  for (const std::string& one : won) all += one;
  std::ranges::sort(all);
  std::string wanted;
  for (int i = 0; i < kNames; ++i) wanted += static_cast<char>('0' + i);
  CHECK(all == wanted);
  CHECK(entries(directory.path() / ".tmp") == 0);
}

TEST_CASE("a link or device in an object's place is listed and can be removed, but neither followed nor overwritten") {
  const TempDirectory outside, directory;
  std::ignore = open(outside.path())->put_new("victim", hf::as_bytes("theirs"));
  fs::create_symlink(outside.path() / "victim", directory.path() / "x");
  fs::create_symlink(outside.path() / "nowhere", directory.path() / "y");
  REQUIRE(::mkfifo((directory.path() / "z").c_str(), 0600) == 0);
  const auto storage = open(directory.path());
  for (const char* name : {"x", "y", "z"}) {
    CAPTURE(name);
    CHECK(storage->put_new(name, hf::as_bytes("ours")) == hf::PutResult::already_exists);
    check_error(error_of([&] { storage->open_reader(name); }), hf::ErrorCode::corrupt, name);
    check_error(error_of([&] { storage->stat(name); }), hf::ErrorCode::corrupt, name);
  }
  CHECK(names(*storage) == std::vector<std::string>{"x", "y", "z"});
  for (const char* name : {"x", "y", "z"}) storage->remove(name);
  CHECK(names(*storage).empty());
  CHECK(text(*open(outside.path()), "victim") == "theirs");
  CHECK_FALSE(fs::exists(outside.path() / "nowhere"));
}

TEST_CASE("a link in place of a directory is not followed") {
  const TempDirectory outside, directory;
  fs::create_directory_symlink(outside.path(), directory.path() / "d");
  const auto storage = open(directory.path());
  check_error(error_of([&] { storage->put_new("d/x", {}); }), hf::ErrorCode::corrupt, "d");
  check_error(error_of([&] { storage->stat("d/x"); }), hf::ErrorCode::corrupt, "d");
  check_error(error_of([&] { names(*storage, "d/"); }), hf::ErrorCode::corrupt, "d");
  CHECK(entries(outside.path()) == 0);
}

TEST_CASE("an object can't have the name of a directory of objects, nor the reverse") {
  const TempDirectory directory;
  const auto storage = open(directory.path());
  storage->put_new("a/b", {});
  check_error(error_of([&] { storage->put_new("a", {}); }), hf::ErrorCode::unsupported, "'a'");
  check_error(error_of([&] { storage->put_new("a/b/c", {}); }), hf::ErrorCode::unsupported, "a/b");
  CHECK(names(*storage) == Strings{"a/b"});
  CHECK(entries(directory.path() / ".tmp") == 0);
}

TEST_CASE("after the storage itself was removed, no call reports 'no such object'") {
  const TempDirectory directory;
  const fs::path root = directory.path() / "root";
  const auto storage = hf::local_storage(root, hf::IfMissing::create);
  storage->put_new("a/x", {});
  fs::remove_all(root);
  const auto gone = [&](auto&& call) { check_error(error_of(call), hf::ErrorCode::io, "was removed"); };
  gone([&] { storage->stat("a/x"); });
  gone([&] { storage->stat("top"); });
  gone([&] { storage->open_reader("a/x"); });
  gone([&] { storage->remove("a/x"); });
  gone([&] { names(*storage); });
  gone([&] { names(*storage, "a/"); });
  gone([&] { storage->put_new("a/y", {}); });
  CHECK_FALSE(fs::exists(root));
}

TEST_CASE("directories that others remove in the meantime are made again") {
  const TempDirectory directory;
  const auto storage = open(directory.path());
  storage->put_new("a/b/x", {});
  const auto writer = storage->open_writer("a/b/y");
  writer->write(hf::as_bytes("1"));
  open(directory.path())->remove("a/b/x");
  REQUIRE_FALSE(fs::exists(directory.path() / "a"));
  writer->commit();
  CHECK(text(*storage, "a/b/y") == "1");
  fs::remove_all(directory.path() / ".tmp");
  storage->put_new("z", {});
  CHECK(names(*storage) == Strings{"a/b/y", "z"});
}

TEST_CASE("a writer whose temporary file was removed fails and says why") {
  const TempDirectory directory;
  const auto storage = open(directory.path());
  const auto writer = storage->open_writer("a/x");
  writer->write(hf::as_bytes("1"));
  for (const auto& entry : fs::directory_iterator(directory.path() / ".tmp")) fs::remove(entry.path());
  const hf::Error error = error_of([&] { writer->commit(); });
  check_error(error, hf::ErrorCode::io, "a/x");
  check_error(error, hf::ErrorCode::io, ".tmp");
  CHECK(names(*storage).empty());
}

TEST_CASE("opening removes temporary files that nobody wrote to for a day, but no younger ones") {
  const TempDirectory directory;
  const fs::path temps = directory.path() / ".tmp";
  fs::create_directory(temps);
  const auto touch = [&](const char* name, std::chrono::minutes age) {
    std::FILE* file = std::fopen((temps / name).c_str(), "w");
    REQUIRE(file != nullptr);
    std::fclose(file);
    fs::last_write_time(temps / name, fs::file_time_type::clock::now() - age);
  };
  touch("old", std::chrono::hours(25));
  touch("young", std::chrono::hours(23));
  CHECK(names(*open(directory.path())).empty());
  CHECK_FALSE(fs::exists(temps / "old"));
  CHECK(fs::exists(temps / "young"));
  CHECK(entries(temps) == 1);
}

TEST_CASE("files and directories are accessible only to their owner") {
  const TempDirectory directory;
  const mode_t before = ::umask(0);
  open(directory.path())->put_new("a/x", {});
  ::umask(before);
  const auto mode = [&](const char* path) { return static_cast<unsigned>(fs::status(directory.path() / path).permissions()); };
  CHECK(mode("a/x") == 0600U);
  CHECK(mode("a") == 0700U);
  CHECK(mode(".tmp") == 0700U);
}

TEST_CASE("the output of a host that closed its standard streams can't get into our files") {
  const TempDirectory directory;
  CHECK(in_child([&]() -> std::string {
          for (int fd = 0; fd < 3; ++fd) ::close(fd);
          const auto storage = open(directory.path());
          const auto writer = storage->open_writer("a/x");
          writer->write(hf::as_bytes("1"));
          storage->put_new("a/y", {});
          const auto reader = storage->open_reader("a/y");
          for (int fd = 0; fd < 3; ++fd)
            if (::fcntl(fd, F_GETFD) >= 0) return "descriptor " + std::to_string(fd) + " is in use";
          return "";
        }) == "");
}

TEST_CASE("programs that the host starts do not inherit descriptors") {
  const TempDirectory directory;
  const auto storage = open(directory.path());
  const auto writer = storage->open_writer("a/x");
  storage->put_new("a/y", {});
  const auto reader = storage->open_reader("a/y");
  int ours = 0;
  for (int fd = 3; fd < 256; ++fd) {
    std::error_code ignored;
    const fs::path target = fs::read_symlink("/proc/self/fd/" + std::to_string(fd), ignored);
    if (!target.string().starts_with(directory.path().string())) continue;
    ++ours;
    CHECK_MESSAGE((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, target.string());
  }
  CHECK(ours >= 3);
}
