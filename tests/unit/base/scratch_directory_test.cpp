#include "base/scratch_directory.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <optional>

#include "support/temp_directory.hpp"

namespace fs = std::filesystem;
using namespace holdfast;

namespace {

void fill(const fs::path& directory) {
  fs::create_directories(directory / "a" / "b");
  std::ofstream(directory / "a" / "b" / "file") << "x";
  fs::permissions(directory / "a" / "b", fs::perms::none);
  fs::permissions(directory / "a", fs::perms::owner_read);
}

void make_old(const fs::path& path) {
  const std::array<timespec, 2> times{{{.tv_sec = 1'000'000'000, .tv_nsec = 0}, {.tv_sec = 1'000'000'000, .tv_nsec = 0}}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0);
}

}  // namespace

TEST_CASE("a scratch directory is private and removed with its content, even folders without permissions") {
  const testing::TempDirectory parent;
  {
    const ScratchDirectory scratch(parent.path());
    CHECK((fs::status(scratch.path()).permissions() & fs::perms::mask) == fs::perms::owner_all);
    fill(scratch.path());
  }
  CHECK(fs::is_empty(parent.path()));
}

TEST_CASE("the next scratch directory removes that of a killed process, but none that is in use") {
  const testing::TempDirectory parent;
  const fs::path abandoned = parent.path() / "holdfast-scratch-aaaaaa", other = parent.path() / "something else";
  fs::create_directory(other);
  fill(abandoned);
  const ScratchDirectory living(parent.path());
  for (const fs::path& path : {abandoned, other, living.path()}) make_old(path);
  const ScratchDirectory next(parent.path());
  CHECK_FALSE(fs::exists(abandoned));
  CHECK(fs::exists(living.path()));
  CHECK(fs::exists(other));
}
