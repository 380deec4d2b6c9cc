#include <doctest/doctest.h>

#include <set>

#include "conformance/storage_suite.hpp"
#include "support/temp_directory.hpp"

namespace hf = holdfast;
using namespace holdfast::testing;

namespace {
void check_open_refused(const std::string& uri, const hf::Options& options, const char* why) {
  CAPTURE(uri);
  check_error(error_of([&] { hf::open_storage(uri, options, hf::IfMissing::create); }), hf::ErrorCode::invalid_argument, why);
}
}  // namespace

TEST_CASE("every spelling of a path reaches the same storage") {
  const TempDirectory directory;
  const std::string root = directory.path().string();
  hf::open_storage(root + "/a b%", {}, hf::IfMissing::create)->put_new("x", {});
  for (const std::string& uri : {root + "/a b%/", "file://" + root + "/a%20b%25", "file://localhost" + root + "/a%20b%25",
                                 "file:" + root + "/a b%25", root + "/../" + directory.path().filename().string() + "/a b%"}) {
    CAPTURE(uri);
    const auto storage = hf::open_storage(uri);
    CHECK(names(*storage) == std::vector<std::string>{"x"});
    CHECK(storage->uri() == "file://" + root + "/a%20b%25");
  }
}

TEST_CASE("a relative path is relative to the working directory at the time of opening") {
  const TempDirectory directory;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  const auto plain = hf::open_storage("backups/here", {}, hf::IfMissing::create);
  const auto uri = hf::open_storage("file:backups/here");
  std::filesystem::current_path(before);
  plain->put_new("x", {});
  CHECK(uri->stat("x").has_value());
  CHECK(std::filesystem::exists(directory.path() / "backups/here/x"));
}

TEST_CASE("memory storages are independent") {
  hf::open_storage("memory:")->put_new("x", {});
  CHECK(names(*hf::open_storage("memory:")).empty());
}

TEST_CASE("a missing place is an error unless it may be created") {
  const TempDirectory directory;
  const std::string place = (directory.path() / "deep/er").string();
  check_error(error_of([&] { hf::open_storage(place); }), hf::ErrorCode::not_found, place);
  CHECK_FALSE(std::filesystem::exists(directory.path() / "deep"));
  hf::open_storage(place, {}, hf::IfMissing::create)->put_new("x", {});
  CHECK(names(*hf::open_storage(place, {}, hf::IfMissing::create)) == std::vector<std::string>{"x"});
  check_open_refused(place + "/x", {}, "not a directory");
}

TEST_CASE("an invalid URI is refused with the reason") {
  check_open_refused("", {}, "names no path");
  check_open_refused("ftp://host/x", {}, "unknown scheme 'ftp' (known: file:///path, a plain path, memory:");
  check_open_refused("file://host/x", {}, "file:///path");
  check_open_refused("file:///tmp/x?sync=no", {}, "options");
  check_open_refused("file:///tmp/%zz", {}, "hex");
  check_open_refused("file:///tmp/%4", {}, "hex");
  check_open_refused("file:///tmp/%00", {}, "hex");
  check_open_refused("file:", {}, "names no path");
  check_open_refused("memory:x", {}, "memory:");
  check_open_refused("memory:", {{"size", "1"}}, "'size'");
  check_open_refused("/tmp", {{"sync", "no"}}, "'sync'");
}

TEST_CASE("a storage without options of its own refuses every one") {
  const TempDirectory directory;
  check_open_refused(directory.path().string(), {{"sync", "no"}}, "file has no option 'sync' (it has none)");
  check_open_refused("memory:", {{"name", "x"}}, "memory has no option 'name' (it has none)");
}

TEST_CASE("a program's storage names the option, the value and what is allowed") {
  check_open_refused("command:true", {{"timeout", "0"}}, "command option timeout takes a whole number from 1 to");
  check_open_refused("command:true", {{"colour", "red"}}, "(known: env, stall_timeout, timeout)");
}

TEST_CASE("what storages declare holds together: each name is there once, defaults are allowed, help is there") {
  const std::vector<hf::StorageKind> kinds = hf::storage_kinds();
  CHECK(kinds.front().scheme.empty());
  for (const hf::StorageKind& kind : kinds) {
    CAPTURE(kind.scheme);
    CHECK_FALSE(kind.form.empty());
    std::set<std::string> names;
    for (const hf::OptionSpec& spec : kind.options) {
      CAPTURE(spec.name);
      CHECK(names.insert(spec.name).second);
      CHECK_FALSE(spec.help.empty());
      CHECK(spec.calls.empty());
      CHECK((spec.type == hf::OptionType::choice) == !spec.choices.empty());
      if (!spec.default_value.empty()) CHECK_NOTHROW(hf::parse_options("box", kind.options, {{spec.name, spec.default_value}}));
    }
  }
}
