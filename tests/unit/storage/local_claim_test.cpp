// A file system that can neither link nor rename without replacing.
#include "storage/local_claim.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <thread>

#include "conformance/storage_suite.hpp"
#include "storage/local.hpp"
#include "support/dying_calls.hpp"
#include "support/temp_directory.hpp"

namespace fs = std::filesystem;
namespace hf = holdfast;
using namespace holdfast::testing;
using Strings = std::vector<std::string>;

namespace {

int refused_with(int error_number) {
  errno = error_number;
  return -1;
}

/// `Base` without links and RENAME_NOREPLACE.
template <class Base>
class Poor final : public Base {
 public:
  int link(int, const char*, int, const char*) const override { return refused_with(ENOSYS); }
  int rename_new(int, const char*, int, const char*) const override { return refused_with(EINVAL); }
  int rename(int from_directory, const char* from, int to_directory, const char* to) const override {
    struct stat status {};
    if (!renames || (!replaces && hf::FileCalls::status(to_directory, to, &status) == 0)) return refused_with(EPERM);
    if (before_rename) before_rename();
    return Base::rename(from_directory, from, to_directory, to);
  }
  bool renames = true, replaces = true;
  std::function<void()> before_rename;
};
using PoorCalls = Poor<hf::FileCalls>;

std::shared_ptr<hf::Storage> open_at(const fs::path& root, std::shared_ptr<const hf::FileCalls> calls = hf::system_file_calls()) {
  return hf::local_storage(root, hf::IfMissing::fail, std::move(calls));
}

void make_old(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  for (const auto& file : fs::directory_iterator(folder))
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(48));
}

}  // namespace

TEST_CASE("a folder is a storage where names are taken by claims") {
  const TempDirectory directory;
  int made = 0;
  const auto fresh = [&](bool replaces) {
    const auto calls = std::make_shared<PoorCalls>();
    calls->replaces = replaces;
    const fs::path root = directory.path() / std::to_string(++made);
    return hf::local_storage(root, hf::IfMissing::create, calls);
  };
  run_storage_suite([&] { return fresh(true); });
  SUBCASE("exactly one of many threads that race for a name wins") { check_one_winner(*fresh(true)); }
  SUBCASE("a rename that refuses to replace serves as well") {
    check_create_only(*fresh(false));
    check_empty_object(*fresh(false));
  }
  SUBCASE("that two machines may both succeed is told once it is known") {
    const auto storage = fresh(true);
    CHECK(storage->caps().atomic_create);
    storage->put_new("x", {});
    CHECK_FALSE(storage->caps().atomic_create);
    CHECK(fs::is_empty(directory.path() / std::to_string(made) / ".tmp"));
  }
}

TEST_CASE("exactly one wins a race between writers that claim a name and writers that link") {
  const TempDirectory directory;
  const auto poor = open_at(directory.path(), std::make_shared<PoorCalls>()), rich = open_at(directory.path());
  for (int round = 0; round < 50; ++round) {
    const std::string name = "race/" + std::to_string(round);
    std::atomic<int> waiting{4}, created{0}, winner{-1};
    std::vector<std::thread> threads;
    for (int id = 0; id < 4; ++id)
      threads.emplace_back([&, id] {
        for (--waiting; waiting > 0;) std::this_thread::yield();
        if ((id % 2 == 0 ? poor : rich)->put_new(name, hf::as_bytes(std::to_string(id))) != hf::PutResult::created) return;
        ++created;
        winner = id;
      });
    for (std::thread& thread : threads) thread.join();
    CHECK(created == 1);
    CHECK(text(*rich, name) == std::to_string(winner.load()));
  }
}

TEST_CASE("nobody sees an object before it is complete, and a writer that finds its name claimed waits for the outcome") {
  const TempDirectory directory;
  const auto calls = std::make_shared<PoorCalls>();
  const auto writer = open_at(directory.path(), calls), reader = open_at(directory.path());
  std::thread other;
  for (const std::string content : {"content", ""}) {
    CAPTURE(content);
    hf::PutResult others = hf::PutResult::created;
    calls->before_rename = [&] {
      CHECK(fs::exists(directory.path() / "a/x"));
      CHECK_FALSE(reader->stat("a/x").has_value());
      CHECK(names(*reader).empty());
      check_error(error_of([&] { reader->open_reader("a/x"); }), hf::ErrorCode::not_found, "a/x");
      check_error(error_of([&] { reader->remove("a/x"); }), hf::ErrorCode::not_found, "a/x");
      other = std::thread([&] { others = reader->put_new("a/x", hf::as_bytes("other")); });
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    };
    CHECK(writer->put_new("a/x", hf::as_bytes(content)) == hf::PutResult::created);
    other.join();
    CHECK(others == hf::PutResult::already_exists);
    CHECK(text(*reader, "a/x") == content);
    reader->remove("a/x");
  }
}

TEST_CASE("a writer that dies at any moment leaves an object or nothing that anybody sees, and its name is free after a day") {
  for (const std::string content : {"content", ""}) {
    for (std::uint64_t points = 0;; ++points) {
      CAPTURE(content);
      CAPTURE(points);
      const TempDirectory directory;
      const auto calls = std::make_shared<Poor<holdfast::test::DyingCalls>>();
      const auto storage = open_at(directory.path(), calls);
      calls->fuse.light(points);
      bool stored = false;
      try {
        stored = storage->put_new("a/x", hf::as_bytes(content)) == hf::PutResult::created;
      } catch (const hf::Error&) {
      }
      const bool died = calls->fuse.put_out();
      CHECK((stored || died));
      const auto seen = [&] {
        const auto after = open_at(directory.path());
        const Strings found = names(*after);
        CHECK((found.empty() || found == Strings{"a/x"}));
        CHECK(after->stat("a/x").has_value() == !found.empty());
        if (!found.empty()) CHECK(text(*after, "a/x") == content);
        return !found.empty();
      };
      const bool visible = seen();
      CHECK((visible || !stored));
      make_old(directory.path() / ".tmp");
      CHECK(seen() == visible);
      const auto next = open_at(directory.path(), std::make_shared<PoorCalls>());
      CHECK((!fs::exists(directory.path() / ".tmp") || fs::is_empty(directory.path() / ".tmp")));
      CHECK(next->put_new("a/x", hf::as_bytes("next")) == (visible ? hf::PutResult::already_exists : hf::PutResult::created));
      if (!died) break;
    }
  }
}

TEST_CASE("a dead writer's name is refused with the reason until its claim is a day old") {
  const TempDirectory directory;
  const auto calls = std::make_shared<PoorCalls>();
  const auto storage = open_at(directory.path(), calls);
  const fs::path temp = directory.path() / ".tmp";
  calls->before_rename = [&] { fs::copy(temp, directory.path() / "kept"); };
  storage->put_new("x", hf::as_bytes("x"));
  storage->remove("x");
  for (const auto& file : fs::directory_iterator(directory.path() / "kept"))
    if (hf::is_claim(file.path().filename().string())) fs::copy(file, temp);
  std::ofstream(directory.path() / "x");
  calls->before_rename = nullptr;
  const hf::Error error = error_of([&] { open_at(directory.path())->put_new("x", {}); });
  check_error(error, hf::ErrorCode::conflict, "died while it did");
  CHECK(error.retryable());
  make_old(temp);
  CHECK(open_at(directory.path())->put_new("x", {}) == hf::PutResult::created);
}

TEST_CASE("a file system that can't give an object its name at all is refused, and nothing is left") {
  const TempDirectory directory;
  const auto calls = std::make_shared<PoorCalls>();
  calls->renames = false;
  const auto storage = open_at(directory.path(), calls);
  check_error(error_of([&] { storage->put_new("keys/x", {}); }), hf::ErrorCode::permission_denied, "keys/x");
  CHECK(fs::is_empty(directory.path()));
}
