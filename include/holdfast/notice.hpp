#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/clock.hpp"
#include "holdfast/operation.hpp"

namespace holdfast {

/// What happened. Operations, alerts and hosts make notices of it.
enum class NoticeKind {
  started,               ///< an operation began
  succeeded,             ///< it ended well
  warnings,              ///< it ended well, with warnings
  failed,                ///< it failed
  cancelled,             ///< somebody stopped it
  first_success,         ///< the first success of its series
  recovered,             ///< a success after a failure, or the end of an alert
  verification_fault,    ///< a verification found faults
  consecutive_failures,  ///< a series failed several times
  overdue,               ///< a run did not happen in time
  proof_too_old,         ///< no backup of a series was proven for too long
  abnormal,              ///< a duration or size is far from the usual
  storage_warning,       ///< a storage or quota is nearly full
  replica_behind,        ///< a replica lacks objects
  key_expiring,          ///< a key will expire, or was not used for long
  test,                  ///< somebody tries a channel out
};
std::string_view to_string(NoticeKind kind) noexcept;  ///< "verification_fault"
/// Returns the kind with this name. Throws Error{invalid_argument}.
NoticeKind parse_notice_kind(std::string_view name);
/// All of them, in their order.
std::vector<NoticeKind> notice_kinds();

enum class NoticeSeverity { info, warning, critical };
std::string_view to_string(NoticeSeverity severity) noexcept;
/// Returns the severity with this name. Throws Error{invalid_argument}.
NoticeSeverity parse_notice_severity(std::string_view name);

/// Something that people should know. Contains no secret. All texts may hold what a stranger chose (names of tables,
/// messages of servers): channels show them as plain text.
struct Notice {
  NoticeKind kind = NoticeKind::test;
  NoticeSeverity severity = NoticeSeverity::info;
  std::string series;  ///< what it is about, for filters: a job, a series of backups, a storage
  TimePoint time{};    ///< when it happened; epoch = when it is stored
  std::string title;   ///< one line
  std::string message;
  std::vector<std::pair<std::string, std::string>> facts;  ///< further facts; each name once
};

/// Returns the notice of an operation that began or ended, as its record says. `series` is the host's name for it.
/// `previous` is the outcome of the operation before it in the same series, null if there was none: it tells a recovery
/// and a first success from an ordinary success.
Notice notice_of(const OperationRecord& record, const std::string& series, std::optional<Outcome> previous);

/// One JSON object on one line: event, severity, series, time, title, message, facts.
std::string to_json(const Notice& notice);
/// An array of them on one line.
std::string to_json(const std::vector<Notice>& notices);

}  // namespace holdfast
