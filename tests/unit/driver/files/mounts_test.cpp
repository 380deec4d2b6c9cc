#include "driver/files/mounts.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include "base/fd.hpp"

using namespace holdfast;

TEST_CASE("files: what is mounted is known by the kernel's list") {
  CHECK(files::is_mount_point("/proc"));
  CHECK(files::is_mount_point("/"));
  for (const char* path : {"/proc/self", "/pro", "/proc/", ""}) CHECK_FALSE_MESSAGE(files::is_mount_point(path), path);
}

TEST_CASE("files: an open folder has a path without links") {
  const Fd folder(::open("/proc/self/..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CHECK(files::path_of_open(folder.get()) == "/proc");
  CHECK(files::path_of_open(-1).empty());
}
