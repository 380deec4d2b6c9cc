// The calls of the file storage into the file system, their order, and the state after any of them fails.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "conformance/storage_suite.hpp"
#include "storage/local.hpp"
#include "support/temp_directory.hpp"

namespace fs = std::filesystem;
namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

/// Records each call as "name path" ('#' for a random name), and asks `fault` for the errno of a failure.
class ScriptedCalls final : public hf::FileCalls {
 public:
  explicit ScriptedCalls(fs::path root) : root_(std::move(root)) {}

  std::function<int(const std::string& call)> fault = [](const std::string&) { return 0; };
  mutable std::vector<std::string> log;

  std::vector<std::string> effects() const {
    std::vector<std::string> found;
    for (const std::string& line : log)
      if (!line.starts_with("open ") && !line.starts_with("status ")) found.push_back(line);
    return found;
  }

  int open(int directory, const char* name, int flags, mode_t mode) const override {
    if (directory == AT_FDCWD) return FileCalls::open(directory, name, flags, mode);
    return fails((flags & O_CREAT) != 0 ? "create" : "open", at(directory, name)) ? -1 : FileCalls::open(directory, name, flags, mode);
  }
  ssize_t write(int fd, const void* data, std::size_t size) const override {
    return fails("write", at(fd)) ? -1 : FileCalls::write(fd, data, size);
  }
  ssize_t pread(int fd, void* out, std::size_t size, off_t offset) const override {
    return fails("pread", at(fd)) ? -1 : FileCalls::pread(fd, out, size, offset);
  }
  int start_writeback(int fd, off_t offset, off_t size) const override {
    return fails("start_writeback", at(fd) + " " + std::to_string(offset) + "+" + std::to_string(size))
               ? -1
               : FileCalls::start_writeback(fd, offset, size);
  }
  int fsync(int fd) const override { return fails("fsync", at(fd)) ? -1 : FileCalls::fsync(fd); }
  int close(int fd) const override {
    const bool failed = fails("close", at(fd));
    const int error_number = errno;
    const int result = FileCalls::close(fd);  // the file is closed even if close reports an error
    errno = error_number;
    return failed ? -1 : result;
  }
  int link(int from_directory, const char* from, int to_directory, const char* to) const override {
    return fails("link", at(to_directory, to)) ? -1 : FileCalls::link(from_directory, from, to_directory, to);
  }
  int rename_new(int from_directory, const char* from, int to_directory, const char* to) const override {
    return fails("rename_new", at(to_directory, to)) ? -1 : FileCalls::rename_new(from_directory, from, to_directory, to);
  }
  int unlink(int directory, const char* name) const override {
    return fails("unlink", at(directory, name)) ? -1 : FileCalls::unlink(directory, name);
  }
  int rename(int from_directory, const char* from, int to_directory, const char* to) const override {
    return fails("rename", at(to_directory, to)) ? -1 : FileCalls::rename(from_directory, from, to_directory, to);
  }
  int chown(int fd, uid_t owner, gid_t group) const override { return fails("chown", at(fd)) ? -1 : FileCalls::chown(fd, owner, group); }
  int chmod(int fd, mode_t mode) const override { return fails("chmod", at(fd)) ? -1 : FileCalls::chmod(fd, mode); }
  int mkdir(int directory, const char* name, mode_t mode) const override {
    return fails("mkdir", at(directory, name)) ? -1 : FileCalls::mkdir(directory, name, mode);
  }
  int rmdir(int directory, const char* name) const override {
    return fails("rmdir", at(directory, name)) ? -1 : FileCalls::rmdir(directory, name);
  }
  int status(int directory, const char* name, struct stat* out) const override {
    return fails("status", at(directory, name)) ? -1 : FileCalls::status(directory, name, out);
  }
  dirent* read_directory(DIR* directory) const override {
    return fails("read_directory", at(::dirfd(directory))) ? nullptr : FileCalls::read_directory(directory);
  }

 private:
  bool fails(const std::string& call, const std::string& path) const {
    log.push_back(call + " " + path);
    const int error_number = fault(log.back());
    if (error_number != 0) errno = error_number;
    return error_number != 0;
  }
  std::string at(int fd) const {
    std::array<char, 4096> target{};
    if (::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target.data(), target.size() - 1) < 0) return "?";
    return shown(target.data());
  }
  std::string at(int directory, const char* name) const {
    const std::string parent = at(directory);
    return shown(parent == "/" ? std::string("/") + name : parent + "/" + name);
  }
  std::string shown(std::string path) const {
    if (path.starts_with(root_.string())) path.erase(0, root_.string().size());
    if (path.starts_with("/.tmp/")) return "/.tmp/#";
    return path.empty() ? "/" : path;
  }

  fs::path root_;
};

struct Rig {
  TempDirectory directory;
  std::shared_ptr<ScriptedCalls> calls = std::make_shared<ScriptedCalls>(directory.path());
  std::shared_ptr<hf::Storage> storage = hf::local_storage(directory.path(), hf::IfMissing::fail, calls);
  Rig() { calls->log.clear(); }

  std::shared_ptr<hf::Storage> honest() const { return hf::local_storage(directory.path(), hf::IfMissing::fail); }
  std::size_t temps() const {
    const fs::path folder = directory.path() / ".tmp";
    return fs::exists(folder) ? static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {})) : 0;
  }
};

using Strings = std::vector<std::string>;

std::size_t open_files() { return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {})); }

const hf::Bytes kContent = random_bytes(9001, 1);

void stream(hf::Storage& storage, const std::string& name) {
  const auto writer = storage.open_writer(name);
  for (std::size_t at = 0; at < kContent.size(); at += 3000)
    writer->write(hf::ByteView(kContent).subspan(at, std::min<std::size_t>(3000, kContent.size() - at)));
  writer->commit();
}

}  // namespace

TEST_CASE("an object is durable before it has its name, and its name is durable before success is reported") {
  Rig rig;
  rig.storage->put_new("a/b/x", hf::as_bytes("1"));
  CHECK(rig.calls->effects() == Strings{"mkdir /.tmp", "fsync /", "create /.tmp/#", "write /.tmp/#", "fsync /.tmp/#", "close /.tmp/#",
                                        "mkdir /a", "fsync /", "mkdir /a/b", "fsync /a", "link /a/b/x", "fsync /a/b", "unlink /.tmp/#"});
}

TEST_CASE("directories that others made are also made durable, once") {
  Rig rig;
  fs::create_directories(rig.directory.path() / "a/b");
  fs::create_directories(rig.directory.path() / ".tmp");
  rig.storage->put_new("a/b/x", {});
  CHECK(rig.calls->effects() == Strings{"fsync /", "create /.tmp/#", "fsync /.tmp/#", "close /.tmp/#", "fsync /", "fsync /a", "link /a/b/x",
                                        "fsync /a/b", "unlink /.tmp/#"});
  rig.calls->log.clear();
  rig.storage->put_new("a/b/y", {});
  CHECK(rig.calls->effects() == Strings{"create /.tmp/#", "fsync /.tmp/#", "close /.tmp/#", "link /a/b/y", "fsync /a/b", "unlink /.tmp/#"});
}

TEST_CASE("another writer's object is durable before we report that it exists") {
  Rig rig;
  rig.storage->put_new("a/x", {});
  rig.calls->log.clear();
  CHECK(rig.storage->put_new("a/x", {}) == hf::PutResult::already_exists);
  CHECK(rig.calls->effects() == Strings{"create /.tmp/#", "fsync /.tmp/#", "close /.tmp/#", "link /a/x", "fsync /a", "unlink /.tmp/#"});
}

TEST_CASE("a removal is durable before it is reported") {
  Rig rig;
  rig.storage->put_new("a/b/x", {});
  rig.storage->put_new("a/y", {});
  rig.calls->log.clear();
  rig.storage->remove("a/b/x");
  CHECK(rig.calls->effects() == Strings{"unlink /a/b/x", "fsync /a/b", "rmdir /a/b", "fsync /a", "rmdir /a"});
}

TEST_CASE("a long object is written back while it still grows") {
  Rig rig;
  const auto writer = rig.storage->open_writer("x");
  const hf::Bytes block(3U << 20);
  for (int i = 0; i < 7; ++i) writer->write(block);
  std::erase_if(rig.calls->log, [](const std::string& line) { return !line.starts_with("start_writeback"); });
  CHECK(rig.calls->log == Strings{"start_writeback /.tmp/# 0+9437184", "start_writeback /.tmp/# 9437184+9437184"});
}

TEST_CASE("whichever call fails, an object exists completely or not at all, nothing leaks, and the next attempt works") {
  for (const int error_number : {EIO, ENOSPC}) {
    for (const std::string kind : {"create", "open", "write", "start_writeback", "fsync", "close", "link", "unlink", "mkdir", "status"}) {
      bool fired = true;
      for (int nth = 1; fired; ++nth) {
        CAPTURE(error_number);
        CAPTURE(kind);
        CAPTURE(nth);
        Rig rig;
        fired = false;
        rig.calls->fault = [&, seen = 0](const std::string& call) mutable {
          if (!call.starts_with(kind + " ") || ++seen != nth) return 0;
          fired = true;
          return error_number;
        };
        const std::size_t before = open_files();
        bool failed = false;
        try {
          stream(*rig.storage, "a/b/x");
        } catch (const hf::Error& error) {
          failed = true;
          CHECK(error.code() == (error_number == EIO ? hf::ErrorCode::io : hf::ErrorCode::no_space));
        }
        const bool harmless = kind == "unlink";  // the next sweep removes a remaining temporary name
        CHECK(failed == (fired && !harmless));
        CHECK(names(*rig.honest()) == (failed ? Strings{} : Strings{"a/b/x"}));
        CHECK(rig.temps() == (fired && harmless ? 1U : 0U));
        CHECK(open_files() <= before + 3);  // the directories that stay open
        if (failed) stream(*rig.storage, "a/b/x");
        CHECK(get(*rig.honest(), "a/b/x", kContent.size()) == kContent);
        if (nth > 100) FAIL("no end");
      }
    }
  }
}

TEST_CASE("after an fsync failed its file is dropped and never synced again") {
  Rig rig;
  rig.calls->fault = [](const std::string& call) { return call == "fsync /.tmp/#" ? EIO : 0; };
  const auto writer = rig.storage->open_writer("x");
  writer->write(hf::as_bytes("1"));
  check_error(error_of([&] { writer->commit(); }), hf::ErrorCode::io, "x");
  CHECK(rig.temps() == 0);
  CHECK(error_of([&] { writer->commit(); }).code() == hf::ErrorCode::invalid_state);
  CHECK(error_of([&] { writer->write(hf::as_bytes("2")); }).code() == hf::ErrorCode::invalid_state);
  CHECK(std::ranges::count(rig.calls->log, "fsync /.tmp/#") == 1);
  CHECK(names(*rig.storage).empty());
}

TEST_CASE("a name whose directory can't be made durable is removed again") {
  Rig rig;
  rig.storage->put_new("a/before", {});
  rig.calls->fault = [](const std::string& call) { return call == "fsync /a" ? EIO : 0; };
  check_error(error_of([&] { rig.storage->put_new("a/x", {}); }), hf::ErrorCode::io, "a");
  CHECK(names(*rig.storage) == Strings{"a/before"});
}

TEST_CASE("interrupted calls and short writes change nothing") {
  class Choppy final : public hf::FileCalls {
   public:
    int open(int directory, const char* name, int flags, mode_t mode) const override {
      return interrupted() ? -1 : FileCalls::open(directory, name, flags, mode);
    }
    ssize_t write(int fd, const void* data, std::size_t size) const override {
      return interrupted() ? -1 : FileCalls::write(fd, data, std::min<std::size_t>(size, 7));
    }
    ssize_t pread(int fd, void* out, std::size_t size, off_t offset) const override {
      return interrupted() ? -1 : FileCalls::pread(fd, out, std::min<std::size_t>(size, 5), offset);
    }

   private:
    bool interrupted() const {
      errno = EINTR;
      return ++calls_ % 3 == 0;
    }
    mutable int calls_ = 0;
  };
  const TempDirectory directory;
  const auto storage = hf::local_storage(directory.path(), hf::IfMissing::fail, std::make_shared<Choppy>());
  stream(*storage, "a/x");
  CHECK(get(*storage, "a/x", kContent.size()) == kContent);
}

TEST_CASE("without hard links, a rename that refuses to overwrite gives the name") {
  Rig rig;
  rig.calls->fault = [](const std::string& call) { return call.starts_with("link ") ? EPERM : 0; };
  stream(*rig.storage, "a/x");
  CHECK(rig.temps() == 0);
  CHECK(get(*rig.storage, "a/x", kContent.size()) == kContent);
  CHECK(rig.storage->put_new("a/x", {}) == hf::PutResult::already_exists);
  CHECK(rig.temps() == 0);
  CHECK(get(*rig.storage, "a/x", kContent.size()) == kContent);
  rig.calls->fault = [](const std::string& call) {
    return call.starts_with("link ") ? ENOSYS : call.starts_with("rename_new ") ? EINVAL : 0;
  };
  stream(*rig.storage, "a/y");  // local_claim_test
  CHECK(rig.temps() == 0);
}

TEST_CASE("a listing that can't be finished is an error, never a shorter listing") {
  for (const std::string kind : {"open", "status", "read_directory"}) {
    bool fired = true;
    for (int nth = 1; fired; ++nth) {
      CAPTURE(kind);
      CAPTURE(nth);
      Rig rig;
      for (const char* name : {"a/b/x", "a/y", "c/z", "d"}) rig.storage->put_new(name, {});
      fired = false;
      rig.calls->fault = [&, seen = 0](const std::string& call) mutable {
        if (!call.starts_with(kind + " ") || ++seen != nth) return 0;
        fired = true;
        return EACCES;
      };
      try {
        const Strings found = names(*rig.storage);
        CHECK(found == Strings{"a/b/x", "a/y", "c/z", "d"});
        CHECK_FALSE(fired);
      } catch (const hf::Error& error) {
        CHECK(error.code() == hf::ErrorCode::permission_denied);
        CHECK(fired);
      }
    }
  }
}

TEST_CASE("a read error is an error of that object") {
  Rig rig;
  rig.storage->put_new("x", kContent);
  rig.calls->fault = [](const std::string& call) { return call == "pread /x" ? EIO : 0; };
  check_error(error_of([&] { get(*rig.storage, "x", kContent.size()); }), hf::ErrorCode::io, "'x'");
}

TEST_CASE("file systems that do not report the kind of an entry are listed as well") {
  class Untyped final : public hf::FileCalls {
    dirent* read_directory(DIR* directory) const override {
      dirent* entry = FileCalls::read_directory(directory);
      if (entry != nullptr) entry->d_type = DT_UNKNOWN;
      return entry;
    }
  };
  const TempDirectory directory;
  fs::create_symlink("/etc/passwd", directory.path() / "link");
  const auto storage = hf::local_storage(directory.path(), hf::IfMissing::fail, std::make_shared<Untyped>());
  for (const char* name : {"a/b/x", "d"}) storage->put_new(name, {});
  CHECK(names(*storage) == Strings{"a/b/x", "d", "link"});  // it is not an object, but must be reported
}

TEST_CASE("a storage is not durable if directories can't be synced") {
  const TempDirectory directory;
  const auto calls = std::make_shared<ScriptedCalls>(directory.path());
  calls->fault = [](const std::string& call) { return call.starts_with("fsync /") && call != "fsync /.tmp/#" ? EINVAL : 0; };
  const auto storage = hf::local_storage(directory.path(), hf::IfMissing::fail, calls);
  CHECK_FALSE(storage->caps().durable);
  CHECK(storage->put_new("a/x", {}) == hf::PutResult::created);
  CHECK(hf::local_storage(directory.path(), hf::IfMissing::fail)->caps().durable);
}
