#include "driver/files/path_filter.hpp"

#include <doctest/doctest.h>

#include "holdfast/error.hpp"

using holdfast::files::PathFilter;
namespace hf = holdfast;

namespace {

using Texts = std::vector<std::string>;

bool excludes(const std::string& pattern, const std::string& path, const std::string& root = "/srv/t") {
  return PathFilter({.include = {}, .exclude = {pattern}}, root).excluded(path);
}

void check(const std::string& pattern, const Texts& matched, const Texts& others) {
  for (const std::string& path : matched) CHECK_MESSAGE(excludes(pattern, path), pattern << " matches " << path);
  for (const std::string& path : others) CHECK_MESSAGE(!excludes(pattern, path), pattern << " does not match " << path);
}

}  // namespace

TEST_CASE("files: patterns with a slash are paths, others are names") {
  check("*.log", {"x.log", "a/x.log", ".log"}, {"x.logs", "x.log/y"});
  check("/top", {"top"}, {"a/top"});
  check("a/*/c", {"a/b/c", "a/.b/c"}, {"a/b/b/c", "a/c", "x/a/b/c"});
  check("folder/", {"folder", "b/folder"}, {"folders"});
  check("a//b/", {"a/b"}, {"a", "b"});
  check("a\\*/[bc]?", {"a*/bx", "a*/cy"}, {"ab/bx", "a*/dx", "a*/b"});
}

TEST_CASE("files: ** in a pattern is any number of folders") {
  check("a/**/node_modules", {"a/node_modules", "a/b/node_modules", "a/b/c/node_modules"},
        {"node_modules", "a/b/node_modules/x", "b/a/node_modules"});
  check("**/x", {"x", "a/x", "a/b/x"}, {"a/b/xx", "x/a"});
  check("**/b/*.o", {"b/1.o", "a/b/1.o"}, {"a/1.o", "b/c/1.o"});
  check("x/**", {"x/a", "x/a/b"}, {"x", "a/x/b"});
  check("**/x/**", {"x/a", "a/x/b/c"}, {"x", "a/x"});
  check("a/**/**/b/**/c", {"a/b/c", "a/1/b/2/3/c", "a/b/b/c/c"}, {"a/c", "a/b", "a/c/b"});
  check("**", {"a", "a/b"}, {""});
}

TEST_CASE("files: a path that begins with the tree's own is absolute") {
  check("/srv/t/secret", {"secret"}, {"srv/t/secret", "a/secret"});
  check("/srv//t/a/**/b/", {"a/b", "a/x/b"}, {"b"});
  check("/srv/tea", {"srv/tea"}, {"ea"});
  CHECK(excludes("/etc/x", "etc/x", "/"));
  PathFilter everything({.include = {"/srv/t/"}, .exclude = {}}, "/srv/t");
  CHECK(everything.included(""));
}

TEST_CASE("files: a pattern that can't be meant is refused with what is") {
  const auto refused = [](const std::string& pattern, const std::string& word) {
    for (const hf::Selection& selection : {hf::Selection{.include = {pattern}, .exclude = {}}, {.include = {}, .exclude = {pattern}}}) {
      try {
        const PathFilter filter(selection, "/srv/t");
        FAIL_CHECK(pattern);
      } catch (const hf::Error& error) {
        CHECK(error.code() == hf::ErrorCode::invalid_argument);
        CHECK_MESSAGE(error.message().find(word) != std::string::npos, error.message());
      }
    }
  };
  for (const char* pattern : {"", "/", "//"}) refused(pattern, "empty");
  for (const char* pattern : {"a**", "**.log", "a/b**/c", "***"}) refused(pattern, "a/**/b");
  for (const char* pattern : {"./a", "../a", "a/../b", "a/.", ".."}) refused(pattern, "below the source");
  refused("!keep", "\\!");
  refused("~/x", "home");
  refused("a\\", "backslash");
  CHECK_THROWS_AS(PathFilter({.include = {}, .exclude = {"/srv/t"}}, "/srv/t"), hf::Error);
}

TEST_CASE("files: patterns that matched nothing are known by name") {
  PathFilter filter({.include = {"a", "a/b", "no/such"}, .exclude = {"*.o", "*.c", "a/x", "a/x/y", "a/x/*/z", "b/x/y"}}, "/srv/t");
  CHECK(filter.included("a"));
  CHECK(filter.included("a/b"));
  CHECK(filter.excluded("a/1.o"));
  CHECK(filter.excluded("a/x"));
  CHECK_FALSE(filter.excluded("a/c"));
  CHECK(filter.unmatched_includes() == Texts{"no/such"});
  // Whether the third and the fourth path exist can't be told: the folder above them is excluded.
  CHECK(filter.unmatched_excludes() == Texts{"*.c", "b/x/y"});
}

TEST_CASE("files: folders that can't lead to an included path are known") {
  const PathFilter paths({.include = {"a/*/c", "/srv/t/d"}, .exclude = {}}, "/srv/t");
  for (const char* path : {"a", "a/b"}) CHECK_MESSAGE(paths.leads_to_included(path), path);
  for (const char* path : {"b", "a/b/c", "a/b/x", "d", "e"}) CHECK_MESSAGE(!paths.leads_to_included(path), path);
  CHECK(PathFilter({.include = {"name"}, .exclude = {}}).leads_to_included("any"));
  CHECK(PathFilter({.include = {"a/**/x"}, .exclude = {}}).leads_to_included("a/b/c"));
}
