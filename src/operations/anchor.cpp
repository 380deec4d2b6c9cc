#include "holdfast/anchor.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <vector>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "operations/recorded.hpp"
#include "repository/doubts.hpp"
#include "repository/findings.hpp"
#include "repository/layout.hpp"
#include "repository/names.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kAnchored = 8;
constexpr std::string_view kFirstLine = "holdfast anchor 1", kRepository = "repository ", kBackup = "backup ", kLastLine = "end";

struct AnchoredBackup {
  BackupId id;
  std::string sha256;
};

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorCode::invalid_argument, why); }

std::optional<AnchoredBackup> read_backup(std::string_view line) {
  if (!line.starts_with(kBackup)) return std::nullopt;
  line.remove_prefix(kBackup.size());
  const std::size_t blank = std::min(line.find(' '), line.size());
  const AnchoredBackup backup{BackupId(line.substr(0, blank)), std::string(line.substr(std::min(blank + 1, line.size())))};
  std::array<std::byte, 32> hash{};
  const bool possible = is_backup_id(backup.id) || is_packed_id(backup.id);
  return possible && backup.sha256.size() == 64 && read_hex(backup.sha256, hash.data()) ? std::optional(backup) : std::nullopt;
}

[[noreturn]] void refuse_line(std::size_t number) {
  refuse("the anchor is damaged in line " + std::to_string(number) + ": take it from a copy, or make a new one");
}

std::vector<AnchoredBackup> read_anchor(std::string_view anchor, const RepositoryInfo& info) {
  std::istringstream lines{std::string(anchor)};
  std::string line;
  if (!std::getline(lines, line) || line != kFirstLine)
    refuse("this is no anchor of this version: its first line is not '" + std::string(kFirstLine) + "'; give a text that was made as one");
  if (std::getline(lines, line)) {
    if (!line.starts_with(kRepository)) refuse_line(2);
    if (line.substr(kRepository.size()) != info.id)
      refuse("the anchor belongs to another repository, not to " + info.uri + ", whose id is " + info.id +
             ": give the one that was made from it");
  }
  std::vector<AnchoredBackup> backups;
  for (std::size_t number = 3; std::getline(lines, line); ++number) {
    if (line == kLastLine && lines.peek() == std::istringstream::traits_type::eof()) return backups;
    const std::optional<AnchoredBackup> backup = read_backup(line);
    if (!backup) refuse_line(number);
    backups.push_back(*backup);
  }
  refuse("the anchor was cut off, because its last line is not 'end': take it from a copy, or make a new one");
}

Error missing(const RepositoryInfo& info) {
  const std::string text = "is gone, although it existed when the anchor was made";
  if (info.layout == LayoutKind::packed)
    return {ErrorCode::not_found, text + ", and its removal is not recorded: bring it back from a copy"};
  return {ErrorCode::not_found, text + ": bring it back from a copy; if you removed it yourself, make a new anchor"};
}

void check_backup(const Layout& layout, const AnchoredBackup& backup, const Context& context) {
  std::optional<std::string> found;
  try {
    found = layout.record_sha256(backup.id, context);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    throw missing(layout.info());
  }
  if (found && *found != backup.sha256)
    throw Error(ErrorCode::corrupt, "is not the backup that existed when the anchor was made: bring that one back from a copy");
}

std::string anchor_of(const Layout& layout, Context& context) {
  Doubts doubts(context);
  std::string text = std::string(kFirstLine) + "\n" + std::string(kRepository) + layout.info().id + "\n";
  std::size_t anchored = 0;
  for (const BackupId& id : layout.ids(context)) {
    if (anchored == kAnchored) break;
    context.check();
    std::optional<std::string> sha256;
    doubts.open(id, [&] { sha256 = layout.record_sha256(id, context); });
    if (!sha256) continue;
    text += std::string(kBackup) + id + " " + *sha256 + "\n";
    if (!is_in_future(age_of(id).first, context.now())) ++anchored;  // future ones come on top
  }
  return text + std::string(kLastLine) + "\n";
}

}  // namespace

std::string make_anchor(Repository& repository, Context& context) {
  return recorded(context, "anchor", repository.layout(), kUntraced,
                  [&](OperationRecord&) { return anchor_of(repository.layout(), context); });
}

VerifyReport check_anchor(Repository& repository, std::string_view anchor, Context& context) {
  return recorded(context, "check_anchor", repository.layout(), kUntraced, [&](OperationRecord& record) {
    const Layout& layout = repository.layout();
    VerifyReport report;
    Findings findings(report);
    for (const AnchoredBackup& backup : read_anchor(anchor, layout.info())) {
      context.check();
      findings.check(backup.id, [&] { check_backup(layout, backup, context); });
    }
    findings.finish();
    describe(record, report);
    return report;
  });
}

}  // namespace holdfast
