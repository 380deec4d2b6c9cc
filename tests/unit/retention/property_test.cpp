// Compares the planner with an oracle that follows the rules literally, one backup at a time, with the C library's
// calendar.
#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <random>
#include <set>

#include "holdfast/retention.hpp"

namespace hf = holdfast;
using namespace std::chrono;

namespace {

using Backups = std::vector<hf::BackupInfo>;
using Ids = std::set<std::string>;

constexpr hf::TimePoint kStart = sys_days(year(1999) / 1 / 1);
constexpr auto kFortyYears = duration_cast<microseconds>(days(14'610));

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  hf::TimePoint now() { return kStart + microseconds(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(kFortyYears.count())))); }

  /// Dense near `now` and sparse long ago, some exactly on the borders of days and offsets, a few in the future.
  hf::TimePoint time(hf::TimePoint now) {
    const auto spread = std::int64_t{1} << (20 + below(31));  // one second to about forty years, in microseconds
    hf::TimePoint time = now - microseconds(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(spread))));
    if (below(4) == 0) time = floor<days>(time) + hours(below(25)) - microseconds(below(2));
    if (below(30) == 0) time = now + microseconds(1 + below(1'000'000'000'000));
    return time;
  }
  hf::BackupInfo backup(hf::TimePoint now, const std::string& id) {
    hf::BackupInfo info{.id = id, .time = time(now)};
    info.sources = {{.uri = below(4) == 0 ? "dir:///srv" : "postgresql:///shop"}};
    info.level = static_cast<hf::ProofLevel>(below(4));
    if (below(10) == 0) info.tags = {{"env", below(2) == 0 ? "prod" : "test"}};
    if (below(40) == 0) info.damage = "unreadable";
    return info;
  }
  Backups backups(hf::TimePoint now, std::size_t count) {
    Backups all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(backup(now, "b" + std::to_string(i)));
    return all;
  }
  hf::RetentionPolicy policy() {
    const auto count = [&] { return static_cast<std::uint32_t>(below(2) == 0 ? 0 : below(8)); };
    hf::RetentionPolicy policy{.keep_last = count(), .keep_hourly = count(), .keep_daily = count(), .keep_weekly = count()};
    policy.keep_monthly = count();
    policy.keep_yearly = count();
    if (below(3) == 0) policy.keep_within = seconds(below(std::uint64_t{1} << (1 + below(28))));
    if (below(4) == 0 || policy.empty()) policy.keep_tags = {below(2) == 0 ? "env" : "env=prod"};
    policy.minimum = static_cast<std::uint32_t>(below(4));
    policy.minimum_level = static_cast<hf::ProofLevel>(below(4));
    policy.utc_offset = minutes(static_cast<int>(below(29 * 60)) - 14 * 60);
    return policy;
  }

 private:
  std::mt19937_64 random_;
};

Ids kept(const Backups& all, const hf::RetentionPolicy& policy, hf::TimePoint now) {
  Ids ids;
  for (const auto& decision : hf::plan_retention(all, policy, now).decisions)
    if (decision.action == hf::RetentionAction::keep) ids.insert(decision.backup.id);
  return ids;
}

class Oracle {
 public:
  Oracle(const Backups& all, const hf::RetentionPolicy& policy, hf::TimePoint now) : policy_(policy), now_(now), all_(all) {}

  Ids kept() {
    Ids ids;
    for (const auto& backup : all_)
      if (!counts(backup) || by_rule(backup)) ids.insert(backup.id);
    const Ids by_rules = ids;
    for (const auto& backup : all_)
      if (counts(backup) && by_minimum(backup, by_rules, policy_.minimum_level)) ids.insert(backup.id);
    const Ids with_proven = ids;
    for (const auto& backup : all_)
      if (counts(backup) && by_minimum(backup, with_proven, hf::ProofLevel::stored)) ids.insert(backup.id);
    return ids;
  }

 private:
  bool counts(const hf::BackupInfo& backup) const { return backup.damage.empty() && backup.time <= now_; }
  bool rival(const hf::BackupInfo& a, const hf::BackupInfo& b) const { return counts(a) && a.sources[0].uri == b.sources[0].uri; }
  static bool newer(const hf::BackupInfo& a, const hf::BackupInfo& b) { return std::tie(a.time, a.id) > std::tie(b.time, b.id); }

  std::string label(const hf::BackupInfo& backup, const char* format) const {
    const std::time_t seconds = floor<std::chrono::seconds>(backup.time + policy_.utc_offset).time_since_epoch().count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32] = {};
    std::strftime(text, sizeof text, format, &parts);
    return text;
  }
  bool by_period(const hf::BackupInfo& backup, const char* format, std::uint32_t count) const {
    std::set<std::string> later;
    for (const auto& other : all_)
      if (rival(other, backup) && newer(other, backup)) later.insert(label(other, format));
    return later.count(label(backup, format)) == 0 && later.size() < count;
  }
  bool by_rule(const hf::BackupInfo& backup) const {
    const auto ahead = std::ranges::count_if(all_, [&](const auto& other) { return rival(other, backup) && newer(other, backup); });
    if (ahead < policy_.keep_last || now_ - backup.time < policy_.keep_within) return true;
    for (const auto& tag : policy_.keep_tags)
      if (const auto found = backup.tags.find("env"); found != backup.tags.end() && (tag == "env" || tag == "env=" + found->second))
        return true;
    return by_period(backup, "%Y-%m-%d %H", policy_.keep_hourly) || by_period(backup, "%Y-%j", policy_.keep_daily) ||
           by_period(backup, "%G/%V", policy_.keep_weekly) || by_period(backup, "%Y-%m", policy_.keep_monthly) ||
           by_period(backup, "%Y", policy_.keep_yearly);
  }
  /// Returns whether it is among the newest that fill the gap between the kept ones and the minimum.
  bool by_minimum(const hf::BackupInfo& backup, const Ids& already, hf::ProofLevel level) const {
    if (backup.level < level) return false;
    std::uint64_t kept = 0, ahead = 0;
    for (const auto& other : all_) {
      if (!rival(other, backup) || other.level < level) continue;
      if (already.contains(other.id))
        ++kept;
      else if (newer(other, backup))
        ++ahead;
    }
    return kept + ahead < policy_.minimum;
  }

  const hf::RetentionPolicy& policy_;
  hf::TimePoint now_;
  const Backups& all_;
};

std::uint32_t fresh_seed() { return std::random_device{}(); }

}  // namespace

TEST_CASE("over forty years of random backups the planner keeps what a literal reading of the rules keeps") {
  const std::uint32_t seed = fresh_seed();
  CAPTURE(seed);
  Generator generator(seed);
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    const hf::TimePoint now = generator.now();
    const Backups all = generator.backups(now, generator.below(60));
    const hf::RetentionPolicy policy = generator.policy();
    REQUIRE(kept(all, policy, now) == Oracle(all, policy, now).kept());
  }
}

TEST_CASE("applying a plan twice removes nothing more") {
  const std::uint32_t seed = fresh_seed();
  CAPTURE(seed);
  Generator generator(seed);
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    const hf::TimePoint now = generator.now();
    Backups all = generator.backups(now, 1 + generator.below(150));
    const hf::RetentionPolicy policy = generator.policy();
    const Ids first = kept(all, policy, now);
    std::erase_if(all, [&](const auto& backup) { return !first.contains(backup.id); });
    REQUIRE(kept(all, policy, now) == first);
  }
}

TEST_CASE("the order in which backups are listed does not matter") {
  const std::uint32_t seed = fresh_seed();
  CAPTURE(seed);
  Generator generator(seed);
  const hf::TimePoint now = generator.now();
  Backups all = generator.backups(now, 100);
  const hf::RetentionPolicy policy = generator.policy();
  const Ids first = kept(all, policy, now);
  std::shuffle(all.begin(), all.end(), std::mt19937(seed));
  CHECK(kept(all, policy, now) == first);
}

TEST_CASE("added backups evict none that keep_within keeps, and none at all with other sources, damage or future dates") {
  const std::uint32_t seed = fresh_seed();
  CAPTURE(seed);
  Generator generator(seed);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const hf::TimePoint now = generator.now();
    const Backups honest = generator.backups(now, 1 + generator.below(40));
    hf::RetentionPolicy policy = generator.policy();
    policy.keep_within = days(30);
    const Ids before = kept(honest, policy, now);

    Backups flooded = honest;
    for (int i = 0; i < 100; ++i) flooded.push_back(generator.backup(now, "forged" + std::to_string(i)));
    const Ids after = kept(flooded, policy, now);
    for (const auto& backup : honest)
      if (now - backup.time < policy.keep_within) REQUIRE(after.contains(backup.id));

    Backups harmless = honest;
    for (int i = 0; i < 99; ++i) {
      hf::BackupInfo forged = generator.backup(now, "forged" + std::to_string(i));
      if (i % 3 == 0) forged.time = now + microseconds(1);
      if (i % 3 == 1) forged.damage = "forged";
      if (i % 3 == 2) forged.sources[0].uri += "-other";
      harmless.push_back(forged);
    }
    const Ids still = kept(harmless, policy, now);
    REQUIRE(std::ranges::includes(still, before));
  }
}
