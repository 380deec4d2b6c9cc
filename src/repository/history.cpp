#include "repository/history.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <mutex>
#include <set>

#include "base/hex.hpp"
#include "base/parallel.hpp"
#include "base/utf8.hpp"
#include "holdfast/error.hpp"
#include "holdfast/history.hpp"
#include "repository/doubts.hpp"
#include "repository/names.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kFoldAt = 64, kMostFolded = 128, kFull = 512;
constexpr std::size_t kMostBytes = 4U << 20;  // of the records in one object, about
constexpr std::uint64_t kMostRecords = 20'000;
constexpr auto kOldest = std::chrono::days(400);
constexpr std::size_t kMostText = 4096, kMostBackups = 100, kOperationIdSize = 12;
constexpr int kListings = 5;

/// An object of the history, and the claims in its name.
struct HistoryObject {
  ObjectInfo object;
  std::string time;  // when its newest record ended; later times are greater
  std::uint64_t records = 0;
  std::string id;  // of its only record; else random
};

// Returns none if the name is not that of an object of the history.
std::optional<HistoryObject> parse_name(ObjectInfo object) {
  std::string_view name = object.name;
  name.remove_prefix(kHistory.size());
  const std::size_t first = name.find('-');
  const std::size_t second = name.find('-', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  HistoryObject found{.object = {}, .time = std::string(name.substr(0, first))};
  const std::string_view count = name.substr(first + 1, second - first - 1);
  const auto end = count.data() + count.size();
  if (const auto read = std::from_chars(count.data(), end, found.records); read.ec != std::errc() || read.ptr != end) return std::nullopt;
  found.id = name.substr(second + 1, kOperationIdSize);
  if (found.records == 0 || found.id.size() != kOperationIdSize) return std::nullopt;
  found.object = std::move(object);
  return found;
}

// Newest first.
std::vector<HistoryObject> list_history(Storage& storage) {
  std::vector<HistoryObject> objects;
  storage.list(kHistory, [&](const ObjectInfo& object) {
    if (auto found = parse_name(object)) objects.push_back(std::move(*found));
    return true;
  });
  std::ranges::stable_sort(objects, std::ranges::greater(), &HistoryObject::time);
  return objects;
}

// A record as it is stored.
OperationRecord prepared(OperationRecord record) {
  const auto repair = [](std::string& text) { text = to_utf8(text, kMostText); };
  for (std::string* text : {&record.operation, &record.series, &record.where, &record.message}) repair(*text);
  std::ranges::for_each(record.sources, repair);
  if (record.backups.size() > kMostBackups) record.backups.resize(kMostBackups);
  return record;
}

std::size_t size_of(const OperationRecord& record) {
  std::size_t bytes = 500 + record.message.size() + record.where.size() + record.series.size() + 40 * record.backups.size();
  for (const std::string& source : record.sources) bytes += source.size();
  return bytes;
}

void put_records(const Layout& layout, const std::vector<OperationRecord>& records, const std::string& id, const Context& context) {
  const std::string stem = std::string(kHistory) + name_time(records.back().ended) + "-" + std::to_string(records.size()) + "-" + id;
  const std::string object = layout.history_object(stem);
  const Bytes sealed = layout.seal_history(object, records, context);
  if (put_object(layout.storage(), object, sealed) == PutResult::created) return;
  throw Error(ErrorCode::already_exists, object + ": is there already, with other bytes");
}

/// Collects the records of several objects, each record once.
class Records {
 public:
  Records(const Layout& layout, const Context& context) : layout_(layout), context_(context), doubts_(context) {}

  /// Adds what can be read. Returns the objects whose records were added.
  std::vector<HistoryObject> add(const std::vector<HistoryObject>& objects) {
    std::vector<HistoryObject> added;
    parallel_for(objects.size(), context_.jobs(), [&](std::size_t index) {
      context_.check();
      const ObjectInfo& object = objects[index].object;
      std::vector<OperationRecord> records;
      const Opened opened = doubts_.open(
          object.name, [&] { records = layout_.open_history(object.name, get_object(layout_.storage(), object.name, kHistoryLimit)); });
      const std::lock_guard lock(mutex_);
      missing_ = missing_ || opened == Opened::gone;
      if (opened != Opened::yes) return;
      added.push_back(objects[index]);
      for (OperationRecord& record : records) by_end_.emplace(std::pair(record.ended, record.id), std::move(record));
    });
    for (const auto& [key, record] : by_end_) names_.insert(name_time(key.first) + key.second);
    return added;
  }

  /// Returns whether the only record of an object was read, as a part of another object.
  bool covers(const HistoryObject& object) const { return names_.contains(object.time + object.id); }
  /// Returns whether a listed object was missing: somebody has folded it.
  bool missing() const noexcept { return missing_; }

  /// Oldest end first.
  std::vector<OperationRecord> take() && {
    std::vector<OperationRecord> records;
    for (auto& [key, record] : by_end_) records.push_back(std::move(record));
    return records;
  }

 private:
  const Layout& layout_;
  const Context& context_;
  Doubts doubts_;
  std::mutex mutex_;
  std::map<std::pair<TimePoint, std::string>, OperationRecord> by_end_;
  std::set<std::string> names_;
  bool missing_ = false;
};

// The storage may refuse removals, or keep a lock: then the objects stay.
void remove_objects(Storage& storage, const std::vector<HistoryObject>& objects, const Context& context) {
  for (const HistoryObject& object : objects) {
    context.check();
    try {
      remove_if_there(storage, object.object.name);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      return context.log("the history keeps objects that are not needed: " + error.message());
    }
  }
}

/// Puts the records of many small objects into few.
class Folding {
 public:
  Folding(const Layout& layout, const Context& context) : layout_(layout), context_(context), all_(list_history(layout.storage())) {
    std::vector<HistoryObject> by_storage = all_;
    std::ranges::sort(by_storage, std::ranges::greater(), [](const HistoryObject& one) { return one.object.modified; });
    for (HistoryObject& object : by_storage) {
      if (object.records == 1) {
        singles_.push_back(std::move(object));
      } else if (!newest_fold_) {
        newest_fold_ = std::move(object);
      }
    }
    if (!by_storage.empty()) storage_now_ = by_storage.front().object.modified;
  }

  bool due() const {
    return std::ranges::count_if(singles_, [this](const HistoryObject& single) {
             return !newest_fold_ || single.object.modified >= newest_fold_->object.modified;
           }) >= static_cast<std::ptrdiff_t>(kFoldAt);
  }

  void run() {
    std::vector<HistoryObject> members = std::move(singles_);
    if (members.size() > kMostFolded) members.resize(kMostFolded);
    if (newest_fold_ && newest_fold_->records < kFull) members.push_back(*newest_fold_);
    Records records(layout_, context_);
    const std::vector<HistoryObject> read = records.add(members);
    std::vector<OperationRecord> together = std::move(records).take();
    std::erase_if(together, [this](const OperationRecord& record) { return record.ended < storage_now_ - kOldest; });
    put_slices(together);
    remove_objects(layout_.storage(), read, context_);
    remove_objects(layout_.storage(), expired(), context_);
  }

 private:
  void put_slices(const std::vector<OperationRecord>& records) const {
    std::vector<OperationRecord> slice;
    std::size_t bytes = 0;
    const auto put = [&] {
      if (!slice.empty()) put_records(layout_, slice, to_hex(context_.random_bytes(kOperationIdSize / 2)), context_);
      slice.clear();
      bytes = 0;
    };
    for (const OperationRecord& record : records) {
      if (slice.size() == kFull || bytes > kMostBytes) put();
      slice.push_back(record);
      bytes += size_of(record);
    }
    put();
  }

  std::vector<HistoryObject> expired() const {
    const std::string oldest = name_time(storage_now_ - kOldest);
    std::uint64_t records = 0;
    std::vector<HistoryObject> old;
    for (const HistoryObject& object : all_) {
      records += object.records;
      if (object.time < oldest || records > kMostRecords) old.push_back(object);
    }
    return old;
  }

  const Layout& layout_;
  const Context& context_;
  const std::vector<HistoryObject> all_;  // newest first
  std::vector<HistoryObject> singles_;    // newest first, by the storage's clock
  std::optional<HistoryObject> newest_fold_;
  TimePoint storage_now_{};
};

}  // namespace

void keep_in_history(Layout& layout, const OperationRecord& record, Context& context) {
  put_records(layout, {prepared(record)}, record.id, context);
  try {
    if (Folding folding(layout, context); folding.due()) folding.run();
  } catch (const Error& error) {
    context.log("the history is folded by a later operation: " + error.message());
  }
}

std::vector<OperationRecord> read_history(Layout& layout, Context& context) {
  for (int listing = 1;; ++listing) {
    std::vector<HistoryObject> singles = list_history(layout.storage());
    std::vector<HistoryObject> folds;
    std::ranges::copy_if(singles, std::back_inserter(folds), [](const HistoryObject& one) { return one.records > 1; });
    Records records(layout, context);
    records.add(folds);
    std::erase_if(singles, [&](const HistoryObject& one) { return one.records > 1 || records.covers(one); });
    records.add(singles);
    if (!records.missing() || listing == kListings) return std::move(records).take();
  }
}

std::vector<OperationRecord> read_history(Repository& repository, Context& context) {
  const RepositoryInfo info = repository.info();
  std::vector<OperationRecord> records = read_history(repository.layout(), context);
  for (OperationRecord& record : records) {
    record.repository = info.uri;
    record.repository_id = info.id;
  }
  return records;
}

void check_history(const Layout& layout, Findings& findings, const Context& context) {
  const std::vector<HistoryObject> objects = list_history(layout.storage());
  parallel_for(objects.size(), context.jobs(), [&](std::size_t index) {
    context.check();
    const ObjectInfo& object = objects[index].object;
    findings.check(object.name, [&] {
      try {
        layout.open_history(object.name, get_object(layout.storage(), object.name, kHistoryLimit));
        findings.count_bytes(object.size);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) throw;  // folded meanwhile
      }
    });
  });
}

std::optional<Outcome> outcome_named(std::string_view name) {
  for (const Outcome outcome :
       {Outcome::running, Outcome::succeeded, Outcome::warnings, Outcome::faults, Outcome::failed, Outcome::cancelled}) {
    if (to_string(outcome) == name) return outcome;
  }
  return std::nullopt;
}

std::optional<ErrorCode> error_code_named(std::string_view name) {
  for (auto code = static_cast<std::int32_t>(ErrorCode::invalid_argument); code <= static_cast<std::int32_t>(ErrorCode::internal); ++code) {
    if (to_string(ErrorCode{code}) == name) return ErrorCode{code};
  }
  return std::nullopt;
}

}  // namespace holdfast
