#include "base/confinement.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "base/subprocess.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;

namespace {

/// Runs a shell script without and with the fences.
struct Fenced {
  explicit Fenced(hf::Confinement::Programs programs = hf::Confinement::Programs::none)
      : fences(std::make_shared<const hf::Confinement>(
            hf::Confinement::Paths{.read = {"/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"}, .write = {inside.path()}}, programs)) {}

  int run(const std::string& script, bool fenced) const {
    hf::Command command{.argv = {"/bin/bash", "-c", script}};
    if (fenced) command.confinement = fences;
    return hf::run_command(command, hf::Context()).status;
  }
  /// Returns whether it succeeds outside of the fences and fails inside.
  bool stops(const std::string& script) const { return run(script, false) == 0 && run(script, true) != 0; }
  bool has_landlock() const {
    for (const std::string& missing : fences->missing()) {
      if (missing.starts_with("Landlock")) return false;
    }
    return true;
  }

  holdfast::testing::TempDirectory inside, outside;
  std::shared_ptr<const hf::Confinement> fences;
};

/// Listens on a port of the loopback.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(fd_.get(), 8) == 0);
    REQUIRE(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  std::string port() const { return std::to_string(port_); }

 private:
  hf::Fd fd_;
  std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("a confined child starts no program but itself") {
  const Fenced fenced;
  if (!fenced.fences->missing().empty()) return;
  CHECK(fenced.stops("/bin/true"));
  CHECK(fenced.stops("exec /bin/true"));
  CHECK(fenced.run(": a builtin of the shell", true) == 0);
}

TEST_CASE("a child that needs programs may start them, with the same fences") {
  const Fenced fenced(hf::Confinement::Programs::any);
  CHECK(fenced.run("/bin/true", true) == 0);
  if (!fenced.has_landlock()) return;
  std::ofstream(fenced.outside.path() / "canary") << "canary\n";
  CHECK(fenced.stops("cat '" + (fenced.outside.path() / "canary").string() + "'"));
}

TEST_CASE("a confined child reads and writes files of its own only") {
  const Fenced fenced;
  if (!fenced.has_landlock()) return;
  const std::string inside = fenced.inside.path().string(), outside = fenced.outside.path().string();
  std::ofstream(outside + "/canary") << "canary\n";
  CHECK(fenced.stops("read -r line < '" + outside + "/canary'"));
  CHECK(fenced.stops("echo > '" + outside + "/new'"));
  CHECK(fenced.stops("for name in '" + outside + "'/*; do [ \"$name\" != '" + outside + "/*' ] || exit 1; done"));
  CHECK(fenced.stops("read -r line < /proc/" + std::to_string(::getpid()) + "/cmdline || [ -n \"$line\" ]"));
  CHECK(fenced.run("echo line > '" + inside + "/own' && read -r line < '" + inside + "/own' && [ \"$line\" = line ]", true) == 0);
}

TEST_CASE("a confined child reaches no server") {
  const Fenced fenced;
  if (!fenced.fences->missing().empty()) return;
  const Listener listener;
  CHECK(fenced.stops("exec 3<>/dev/tcp/127.0.0.1/" + listener.port()));
}

TEST_CASE("a confined child sends no signal to a process outside") {
  const Fenced fenced;
  if (!fenced.has_landlock()) return;
  hf::Subprocess bystander({.argv = {"/bin/sleep", "60"}});
  const std::string pid = std::to_string(bystander.pid());
  CHECK(fenced.run("kill -0 " + pid, false) == 0);
  WARN(fenced.run("kill -0 " + pid, true) != 0);  // kernels before 6.12 do not fence signals
}
