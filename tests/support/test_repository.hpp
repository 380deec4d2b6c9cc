#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/error.hpp"
#include "repository/keys.hpp"
#include "repository/layout.hpp"
#include "support/storage_double.hpp"

namespace holdfast::test {

/// The cheapest password check that the format allows.
constexpr ScryptCost kCheap{.log2_n = 10, .r = 1, .p = 1};

inline Key test_key() { return raw_key(Secret(std::string_view("0123456789abcdef0123456789abcdef"))); }

/// A repository of some layout on a HookedStorage, with its own clock.
struct TestRepository {
  explicit TestRepository(std::optional<Key> with) : key(std::move(with)) {
    context.host.clock = &clock;
    context.limits.jobs = 1;
  }

  /// Makes a backup of one source with these entries (name, bytes). Advances the clock by a second.
  BackupId backup(const std::vector<std::pair<std::string, std::string>>& entries, const BackupOptions& options = {}) {
    clock.advance(std::chrono::seconds(1));
    const auto session = layout->begin(options, context);
    fill(session->add_source(source()), entries);
    return session->commit().id;
  }

  static SourceInfo source(std::string name = "shop") {
    return {.record = {.uri = "test:" + name, .driver = "test", .name = std::move(name)}};
  }

  static void fill(BackupWriter& writer, const std::vector<std::pair<std::string, std::string>>& entries) {
    for (const auto& [name, bytes] : entries) {
      const auto entry = writer.open({.name = name, .kind = "text", .restore_with = "cat >> \"$TARGET\""});
      entry->write(as_bytes(bytes));
      entry->commit();
    }
  }

  std::vector<BackupId> ids() {
    std::vector<BackupId> result;
    for (const BackupInfo& info : layout->list(context)) result.push_back(info.id);
    return result;
  }

  std::vector<Fault> faults(const BackupId& id, VerifyLevel level = VerifyLevel::full) {
    VerifyReport report;
    layout->verify_backup(id, level, report, context);
    return report.faults;
  }
  std::vector<Fault> common_faults() {
    VerifyReport report;
    layout->verify_common(VerifyLevel::full, report, context);
    return report.faults;
  }

  std::string read(const BackupId& id, const std::string& name) {
    const auto manifest = layout->manifest(id, context);
    for (const EntryRecord& entry : manifest->entries) {
      if (entry.name != name) continue;
      const auto reader = layout->open_entry(entry);
      return std::string(as_text(read_all(*reader, 1U << 30)));
    }
    throw Error(ErrorCode::not_found, "no entry " + name);
  }

  StandingClock clock;
  Context context;
  std::optional<Key> key;
  std::shared_ptr<HookedStorage> storage = std::make_shared<HookedStorage>(clock);
  std::unique_ptr<Layout> layout;
};

inline std::string to_text(const std::vector<Fault>& faults) {
  std::string text;
  for (const Fault& fault : faults) text += fault.object + ": " + fault.what + "\n";
  return text;
}

inline ErrorCode code_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode{0};
}

}  // namespace holdfast::test
