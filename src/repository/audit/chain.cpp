#include "repository/audit/chain.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <sstream>

#include "base/hex.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kAnchorFirst = "holdfast audit anchor 1", kAnchorRepository = "repository ", kAnchorRecord = "record ",
                           kAnchorKey = "key ", kAnchorLast = "end";

std::string record_text(std::uint64_t number) { return "record " + std::to_string(number); }

/// One pass over the records of one key, oldest first.
class ChainCheck {
 public:
  ChainCheck(const std::vector<AuditObject>& objects, const std::string& public_key) : key_(public_key) {
    report_.public_key = public_key;
    for (const AuditObject& object : objects) sort(object);
  }

  void run() {
    for (const auto& [number, record] : records_) {
      const auto& checkpoint = record->checkpoint;  // of two that were put at once, the one that removed more counts
      if (checkpoint && (base_ == nullptr || base_->first < checkpoint->first)) base_ = &*checkpoint;
    }
    for (const auto& [number, record] : records_) {
      if (base_ != nullptr && number < base_->first) {
        ++report_.expired;
      } else {
        follow(*record);
      }
    }
    if (last_ == nullptr) return;
    report_.last = last_->number;
    report_.sha256 = last_->sha256;
  }

  void check(const AuditAnchor& anchor) {
    report_.anchored = true;
    if (base_ != nullptr && anchor.number < base_->first) return;  // expired since
    const auto found = records_.find(anchor.number);
    if (found != records_.end()) {
      if (found->second->sha256 != anchor.sha256)
        fault(anchor.number, "is not the record that existed when the anchor was made: the chain was replaced");
    } else if (last_ == nullptr || anchor.number > last_->number) {
      const std::string end = last_ == nullptr ? "there is no record" : "the chain ends at " + record_text(last_->number);
      gap(last_ == nullptr ? 1 : last_->number + 1, anchor.number, "the anchor's record came later, and " + end);
      missing(anchor.number, "it existed when the anchor was made, and " + end + ": the newest records were removed");
    } else {
      missing(anchor.number, "it existed when the anchor was made");
    }
  }

  AuditReport finish() { return std::move(report_); }

 private:
  // Sets aside what is no record of this chain.
  void sort(const AuditObject& object) {
    const auto number = audit_number(object.name);
    if (number) taken_.insert(*number);
    if (!object.record) {
      report_.faults.push_back({object.name, (number ? record_text(*number) + " is no genuine record: " : "") + object.damage});
    } else if (object.record->public_key != key_) {
      fault(*number, "is signed with another key, " + object.record->public_key);
    } else {
      records_.emplace(*number, &*object.record);
    }
  }

  // The record must continue the one before it.
  void follow(const AuditRecord& record) {
    if (last_ == nullptr) {
      begin(record);
    } else if (record.previous < last_->number) {
      fault(record.number,
            "is a fork: it continues " + record_text(record.previous) + ", although " + record_text(last_->number) + " exists");
    } else if (record.previous > last_->number) {
      all_missing(last_->number + 1, record);
    } else if (record.previous_sha256 != last_->sha256) {
      fault(last_->number, "is not the record that " + record_text(record.number) + " continues: it was replaced");
    }
    ++report_.records;
    last_ = &record;
  }

  // The oldest record must be the first, or the one that a checkpoint kept.
  void begin(const AuditRecord& record) {
    report_.first = record.number;
    if (base_ == nullptr) {
      if (record.previous != 0) all_missing(1, record);
    } else if (record.number != base_->first && record.previous >= base_->first) {
      all_missing(base_->first, record);
    } else if (record.number != base_->first || record.previous != base_->previous || record.previous_sha256 != base_->previous_sha256) {
      fault(record.number, "is not the record that the checkpoint kept: it was replaced");
    }
  }

  void all_missing(std::uint64_t from, const AuditRecord& next) {
    gap(from, next.previous, "the chain has a gap before " + record_text(next.number));
    missing(next.previous, record_text(next.number) + " continues it");
  }

  // Names each number from `from` to before `end`. Some may never have been used, because writers passed over junk.
  void gap(std::uint64_t from, std::uint64_t end, const std::string& why) {
    constexpr std::uint64_t kMostNamed = 1000;
    for (std::uint64_t number = end - from > kMostNamed ? end - kMostNamed : from; number < end; ++number) missing(number, why);
  }

  // An object of that number which does not open is named already, and so is a number that several anchors miss.
  void missing(std::uint64_t number, const std::string& why) {
    if (taken_.insert(number).second) fault(number, "is missing: " + why);
  }

  void fault(std::uint64_t number, const std::string& what) {
    report_.faults.push_back({audit_object(number), record_text(number) + " " + what});
  }

  const std::string& key_;
  std::map<std::uint64_t, const AuditRecord*> records_;
  std::set<std::uint64_t> taken_;  // numbers of all objects, genuine or not, and of those that were named as missing
  const AuditRecord::Checkpoint* base_ = nullptr;
  const AuditRecord* last_ = nullptr;
  AuditReport report_;
};

[[noreturn]] void refuse_anchor(const std::string& why) {
  throw Error(ErrorCode::invalid_argument, "the audit anchor " + why + ": take it from a copy, or make a new one");
}

// Returns the rest of a line that begins so.
std::string after(std::string_view begin, std::istringstream& lines) {
  std::string line;
  if (!std::getline(lines, line) || !line.starts_with(begin)) refuse_anchor("has no line '" + std::string(begin) + "…'");
  return line.substr(begin.size());
}

std::string hex_of(const std::string& text, std::size_t digits) {
  Bytes bytes(digits / 2);
  if (text.size() != digits || !read_hex(text, bytes.data())) refuse_anchor("is damaged: '" + text.substr(0, 80) + "' is no hash or key");
  return text;
}

}  // namespace

std::string anchor_text(const AuditAnchor& anchor, const std::string& repository_id) {
  return std::string(kAnchorFirst) + "\n" + std::string(kAnchorRepository) + repository_id + "\n" + std::string(kAnchorRecord) +
         std::to_string(anchor.number) + " " + anchor.sha256 + "\n" + std::string(kAnchorKey) + anchor.public_key + "\n" +
         std::string(kAnchorLast) + "\n";
}

AuditAnchor read_audit_anchor(std::string_view text, const RepositoryInfo& info) {
  if (!text.ends_with('\n')) refuse_anchor("was cut off");
  std::istringstream lines{std::string(text)};
  if (!after(kAnchorFirst, lines).empty()) refuse_anchor("is of another version");
  if (after(kAnchorRepository, lines) != info.id)
    throw Error(ErrorCode::invalid_argument,
                "the audit anchor belongs to another repository, not to " + info.uri + ", whose id is " + info.id);
  const std::string record = after(kAnchorRecord, lines);
  AuditAnchor anchor;
  const auto [end, code] = std::from_chars(record.data(), record.data() + record.size(), anchor.number);
  if (code != std::errc() || anchor.number == 0 || *end != ' ') refuse_anchor("is damaged: it names no record");
  anchor.sha256 = hex_of(std::string(end + 1), 64);
  anchor.public_key = hex_of(after(kAnchorKey, lines), 64);
  if (!after(kAnchorLast, lines).empty() || lines.peek() != std::istringstream::traits_type::eof())
    refuse_anchor("does not end with 'end'");
  return anchor;
}

std::vector<AuditAnchor> split_audit_anchors(std::string_view texts, const RepositoryInfo& info) {
  const std::string last = "\n" + std::string(kAnchorLast) + "\n";
  std::vector<AuditAnchor> anchors;
  while (!texts.empty()) {
    const std::size_t at = texts.find(last);
    const std::string_view text = texts.substr(0, at == std::string_view::npos ? at : at + last.size());
    anchors.push_back(read_audit_anchor(text, info));
    texts.remove_prefix(text.size());
  }
  std::ranges::sort(anchors);
  const auto same = std::ranges::unique(anchors);
  anchors.erase(same.begin(), same.end());
  return anchors;
}

AuditReport check_chain(const std::vector<AuditObject>& objects, const std::string& public_key, const std::vector<AuditAnchor>& anchors) {
  ChainCheck check(objects, public_key);
  check.run();
  for (const AuditAnchor& anchor : anchors) check.check(anchor);
  return check.finish();
}

}  // namespace holdfast
