// On a full storage, backups can be removed and collected to free space.

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "holdfast/quota.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

constexpr std::uint64_t kRoom = 6U << 20;

std::shared_ptr<Layout> open_full(const PackedRepository& repo, const std::shared_ptr<Storage>& storage) {
  return std::make_shared<PackedLayout>(PackedPlace::open(storage, read_format(*storage), repo.key));
}
std::shared_ptr<Layout> open_full(const PlainRepository& repo, const std::shared_ptr<Storage>& storage) {
  return std::make_shared<PlainLayout>(PlainPlace::open(storage, repo.key));
}

template <typename Kind>
struct Full {
  Full() { repo.context.host.random = &system_random(); }

  BackupId backup(const std::map<std::string, std::string>& entries) {
    repo.clock.advance(std::chrono::seconds(1));
    const auto session = repository.begin({}, repo.context);
    BackupWriter& writer = session->add_source(TestRepository::source());
    for (const auto& [name, bytes] : entries) {
      const auto entry = writer.open({.name = name, .kind = "text"});
      entry->write(as_bytes(bytes));
      entry->commit();
    }
    return session->commit().id;
  }
  std::string noise(std::size_t size) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>(random());
    return text;
  }
  /// Takes all space except less than `left` bytes.
  void fill(std::uint64_t left) {
    std::size_t number = 0;
    for (std::uint64_t size = kRoom; size > left;) {
      try {
        storage->put_new("ballast/" + std::to_string(number++), Bytes(size));
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::no_space);
        size /= 2;
      }
    }
  }
  std::uint64_t taken(std::string_view prefix) const {
    std::uint64_t sum = 0;
    repo.storage->list(prefix, [&sum](const ObjectInfo& object) {
      sum += object.size;
      return true;
    });
    return sum;
  }
  std::string read(const BackupId& id, const std::string& name) {
    const BackupView view = repository.view(id, 0, repo.context);
    return std::string(as_text(read_all(*view.open(*view.find(name)), 1U << 30)));
  }

  Kind repo{true};
  std::shared_ptr<Storage> storage = quota_storage(repo.storage, {.limit_bytes = kRoom, .warn = {}});
  Repository repository{open_full(repo, storage), builtin_drivers(), repo.key};
  std::minstd_rand random{20261128};
};

template <typename Kind>
void check_full(std::uint64_t left) {
  CAPTURE(left);
  Full<Kind> full;
  const std::string large = full.noise(1'500'000), shared = full.noise(300'000), other = full.noise(700'000);
  const BackupId first = full.backup({{"large", large}, {"shared", shared}});
  const BackupId second = full.backup({{"shared", shared}, {"other", other}});
  full.fill(left);
  CHECK(code_of([&] { full.backup({{"more", full.noise(1'000'000)}}); }) == ErrorCode::no_space);
  full.fill(left);  // the space that the attempt freed
  const std::uint64_t ballast = full.taken("ballast/"), before = full.taken("");
  full.repository.remove(first, full.repo.context);
  for (int round = 0; round < 2; ++round) full.repository.collect_garbage({.grace = std::chrono::seconds(0)}, full.repo.context);
  CHECK(full.taken("") + 1'000'000 < before);
  CHECK(full.taken("ballast/") == ballast);
  CHECK(full.read(second, "shared") == shared);
  CHECK(full.read(second, "other") == other);
  for (const VerifyReport& report : full.repository.verify_all(VerifyLevel::full, full.repo.context)) CHECK(to_text(report.faults).empty());
  const BackupId third = full.backup({{"new", shared}});
  CHECK(full.read(third, "new") == shared);
  CHECK(full.taken("reserve/") == 1U << 20);
}

}  // namespace

TEST_CASE("on a full storage a backup can be removed and collected, which makes room") {
  for (const std::uint64_t left : {0U, 1U, 300U, 1'000U, 5'000U, 60'000U}) {
    check_full<PackedRepository>(left);
    check_full<PlainRepository>(left);
  }
}

TEST_CASE("a reserve is kept only on a storage that can fill up, and repaired if it is damaged") {
  PackedRepository repo;
  Repository open(open_full(repo, repo.storage), builtin_drivers(), repo.key);
  open.collect_garbage({}, repo.context);
  CHECK(repo.count("reserve/") == 0);
  const auto storage = quota_storage(repo.storage, {.limit_bytes = 100U << 20, .warn = {}});
  Repository filling(open_full(repo, storage), builtin_drivers(), repo.key);
  filling.collect_garbage({}, repo.context);
  CHECK(repo.count("reserve/") == 8);
  repo.storage->set("reserve/3", Bytes(5));
  repo.storage->erase("reserve/4");
  filling.collect_garbage({}, repo.context);
  for (const auto& name : repo.names("reserve/")) CHECK(repo.storage->objects().at(name).size() == 128U << 10);
  CHECK(repo.count("reserve/") == 8);
  CHECK(filling.verify_all(VerifyLevel::full, repo.context).front().ok());
}
