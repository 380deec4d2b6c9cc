// Owner, group and modes of what a file storage creates.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include <cerrno>

#include "conformance/storage_suite.hpp"
#include "storage/local.hpp"
#include "support/child.hpp"
#include "support/dying_calls.hpp"
#include "support/temp_directory.hpp"

namespace fs = std::filesystem;
namespace hf = holdfast;
using namespace holdfast::testing;

namespace {

constexpr unsigned kGroup = 4711, kOwner = 4712, kMember = 4713, kStranger = 4714, kOwnGroup = 4720;

struct Shape {
  unsigned mode = 0, owner = 0, group = 0;
  bool operator==(const Shape&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << std::oct << shape.mode << std::dec << " " << shape.owner << ":" << shape.group;
}

Shape shape_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return {status.st_mode & 07777U, status.st_uid, status.st_gid};
}

bool root() {
  if (::geteuid() == 0) return true;
  MESSAGE("NOT TESTED: another user's files need root");
  return false;
}

/// A folder of that shape, which everybody can reach.
struct Folder {
  explicit Folder(const Shape& shape) : path(above.path() / "repository") {
    fs::permissions(above.path(), fs::perms(0755));
    fs::create_directory(path);
    REQUIRE(::chown(path.c_str(), shape.owner, shape.group) == 0);
    REQUIRE(::chmod(path.c_str(), shape.mode) == 0);
  }
  TempDirectory above;
  fs::path path;
};

/// Runs `work` on the storage as that user, who is also in kGroup if `member`. Returns "" or its error.
std::string as(unsigned user, bool member, const fs::path& path, const std::function<void(hf::Storage&)>& work, mode_t mask = 077,
               hf::IfMissing if_missing = hf::IfMissing::fail) {
  return in_child([&]() -> std::string {
    const gid_t group = kGroup;
    ::umask(mask);
    if (user != 0 && (::setgroups(member ? 1 : 0, &group) != 0 || ::setresgid(kOwnGroup, kOwnGroup, kOwnGroup) != 0 ||
                      ::setresuid(user, user, user) != 0))
      return "can't become that user";
    work(*hf::local_storage(path, if_missing));
    return "";
  });
}

void use(hf::Storage& storage, const std::string& name) {
  storage.put_new(name + "/kept", hf::as_bytes("kept"));
  storage.put_new(name + "/removed", hf::as_bytes("removed"));
  storage.remove(name + "/removed");
  storage.list("", [&](const hf::ObjectInfo& info) {
    hf::get(storage, info.name, 100);
    return true;
  });
}

}  // namespace

TEST_CASE("members of a group share a folder that their group may write in, whatever their umask") {
  if (!root()) return;
  for (const unsigned mode : {02770U, 0770U, 02775U, 0777U}) {
    CAPTURE(mode);
    const Folder folder({mode, kOwner, kGroup});
    CHECK(as(kOwner, true, folder.path, [](hf::Storage& storage) { use(storage, "a"); }) == "");
    CHECK(as(kMember, true, folder.path, [](hf::Storage& storage) { use(storage, "a"), use(storage, "b"), storage.remove("a/kept"); }) ==
          "");
    CHECK(shape_of(folder.path / "b") == Shape{0770U | (mode & 02000U), kMember, kGroup});
    CHECK(shape_of(folder.path / "b/kept") == Shape{0660, kMember, kGroup});
    CHECK(shape_of(folder.path / ".tmp") == Shape{0770U | (mode & 02000U), kOwner, kGroup});
  }
}

TEST_CASE("a group gets no more than the folder gives it") {
  if (!root()) return;
  const Folder readers({02750, kOwner, kGroup});
  CHECK(as(
            kOwner, true, readers.path, [](hf::Storage& storage) { use(storage, "a"); }, 0) == "");
  CHECK(shape_of(readers.path / "a") == Shape{02750, kOwner, kGroup});
  CHECK(shape_of(readers.path / "a/kept") == Shape{0640, kOwner, kGroup});
  for (const unsigned mode : {0700U, 0750U, 0755U}) {
    CAPTURE(mode);
    const Folder folder({mode, kOwner, kGroup});
    CHECK(as(
              kOwner, true, folder.path, [](hf::Storage& storage) { use(storage, "a"); }, 0) == "");
    CHECK(shape_of(folder.path / "a") == Shape{0700, kOwner, kOwnGroup});
    CHECK(shape_of(folder.path / "a/kept") == Shape{0600, kOwner, kOwnGroup});
  }
}

TEST_CASE("another group than the folder's gets nothing") {
  if (!root()) return;
  const Folder folder({0777, kOwner, kGroup});
  CHECK(as(
            kStranger, false, folder.path, [](hf::Storage& storage) { use(storage, "a"); }, 0) == "");
  CHECK(shape_of(folder.path / "a") == Shape{0700, kStranger, kOwnGroup});
  CHECK(shape_of(folder.path / "a/kept") == Shape{0600, kStranger, kOwnGroup});
}

TEST_CASE("a new root folder is a group's if the one above hands its group down, as far as the umask allows") {
  if (!root()) return;
  const auto made = [](unsigned above, mode_t mask) {
    const Folder folder({above, kOwner, kGroup});
    CHECK(as(
              kOwner, true, folder.path / "new", [](hf::Storage&) {}, mask, hf::IfMissing::create) == "");
    return shape_of(folder.path / "new");
  };
  CHECK(made(02775, 002) == Shape{02770, kOwner, kGroup});
  CHECK(made(02775, 022) == Shape{02750, kOwner, kGroup});
  CHECK(made(02775, 077) == Shape{02700, kOwner, kGroup});
  CHECK(made(0775, 002) == Shape{0700, kOwner, kOwnGroup});
}

TEST_CASE("what root creates in another's folder is the other's") {
  if (!root()) return;
  for (const unsigned mode : {0700U, 02770U}) {
    CAPTURE(mode);
    const Folder folder({mode, kOwner, kGroup});
    CHECK(as(0, false, folder.path, [](hf::Storage& storage) { use(storage, "deep/er"); }) == "");
    CHECK(shape_of(folder.path / "deep").owner == kOwner);
    CHECK(shape_of(folder.path / "deep/er") == Shape{mode, kOwner, kGroup});
    CHECK(shape_of(folder.path / "deep/er/kept") == Shape{mode & 0660U, kOwner, kGroup});
    CHECK(shape_of(folder.path / ".tmp") == Shape{mode, kOwner, kGroup});
    CHECK(as(kOwner, false, folder.path, [](hf::Storage& storage) { use(storage, "deep/b"), storage.remove("deep/er/kept"); }) == "");
  }
}

TEST_CASE("a run as root that dies at any moment does not lock the owner out") {
  if (!root()) return;
  for (std::uint64_t points = 0;; ++points) {
    CAPTURE(points);
    const Folder folder({0700, kOwner, kGroup});
    const auto calls = std::make_shared<holdfast::test::DyingCalls>();
    const auto storage = hf::local_storage(folder.path, hf::IfMissing::fail, calls);
    calls->fuse.light(points);
    try {
      storage->put_new("a/b/x", hf::as_bytes("x"));
    } catch (const hf::Error&) {
    }
    const bool died = calls->fuse.put_out();
    CHECK(as(kOwner, false, folder.path, [](hf::Storage& mine) { use(mine, "a/b"), use(mine, "c"), mine.remove("c/kept"); }) == "");
    if (!died) break;
  }
}

TEST_CASE("root's object or directory has its owner before it has its name, and if it can't be given away nothing is left") {
  if (!root()) return;
  class Watching final : public hf::FileCalls {
   public:
    explicit Watching(bool gives) : gives_(gives) {}
    int link(int from_directory, const char* from, int to_directory, const char* to) const override {
      return check(from_directory, from), FileCalls::link(from_directory, from, to_directory, to);
    }
    int rename_new(int from_directory, const char* from, int to_directory, const char* to) const override {
      return check(from_directory, from), FileCalls::rename_new(from_directory, from, to_directory, to);
    }
    int chown(int fd, uid_t owner, gid_t group) const override {
      if (gives_) return FileCalls::chown(fd, owner, group);
      errno = EPERM;
      return -1;
    }
    mutable int named = 0;

   private:
    void check(int directory, const char* name) const {
      struct stat status {};
      CHECK(status_of(directory, name, status) == kOwner);
      ++named;
    }
    uid_t status_of(int directory, const char* name, struct stat& status) const {
      return FileCalls::status(directory, name, &status) == 0 ? status.st_uid : 0;
    }
    bool gives_;
  };
  const Folder folder({0700, kOwner, kGroup});
  const auto refusing = hf::local_storage(folder.path, hf::IfMissing::fail, std::make_shared<Watching>(false));
  check_error(error_of([&] { refusing->put_new("a/x", {}); }), hf::ErrorCode::permission_denied, "run this as that user");
  CHECK(fs::is_empty(folder.path));
  const auto calls = std::make_shared<Watching>(true);
  hf::local_storage(folder.path, hf::IfMissing::fail, calls)->put_new("a/b/x", {});
  CHECK(calls->named == 4);
}
