#include "driver/postgres/restore/deferred.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace holdfast::postgres {

namespace {

// Rows contradict a constraint. Only other rows can change that, and reading all of them again may take hours.
bool contradicts_rows(const ServerError& error) { return error.sqlstate().starts_with("23"); }

std::string statement_of(const ServerError& error) {
  const auto* refused = dynamic_cast<const StatementError*>(&error);
  return refused == nullptr ? std::string() : refused->statement();
}

[[noreturn]] void throw_as_target(const ServerError& error, const std::string& object) {
  const ErrorCode code = error.code() == ErrorCode::source ? ErrorCode::target : error.code();
  throw Error(code, object + ": " + error.message(), error.retryable());
}

}  // namespace

// A statement may also report that it could not reach another server or run a program: that is its own matter.
bool ends_restore(const ServerError& error) {
  constexpr std::array<std::string_view, 3> kStates = {"53100", "57014", "25006"};
  return error.said().ended || error.sqlstate().empty() || std::ranges::find(kStates, error.sqlstate()) != kStates.end();
}

void run_statement(Connection& connection, const std::string& sql, Wait wait) {
  try {
    connection.query(sql, wait);
  } catch (const ServerError& error) {
    throw StatementError(error, sql);
  }
}

Deferred::Succeeded Deferred::succeeded() {
  const std::lock_guard lock(mutex_);
  return succeeded_;
}

void Deferred::note_success(const Part& part) {
  const std::lock_guard lock(mutex_);
  ++succeeded_.parts;
  if (part.loads_rows) ++succeeded_.loads;
}

bool Deferred::run(Part part, Sessions& sessions) {
  const Succeeded before = succeeded();
  try {
    part.run(sessions, part.first);
    note_success(part);
    return true;
  } catch (const ServerError& error) {
    if (ends_restore(error)) throw_as_target(error, part.object);
    const std::lock_guard lock(mutex_);
    failures_.push_back({std::move(part), error, statement_of(error), before});
    return false;
  } catch (const Error& error) {
    throw error.with_context(part.object);
  }
}

bool Deferred::attempt(Failure& failure, Sessions& sessions, Names names) {
  const Succeeded before = succeeded();
  try {
    failure.part.run(sessions, names);
    note_success(failure.part);
    return true;
  } catch (const ServerError& error) {
    if (ends_restore(error)) throw_as_target(error, failure.part.object);
    // Without a search path, the reason is one that a person can find in the definition.
    if (names == Names::by_schema || contradicts_rows(error)) {
      failure.error = error;
      failure.statement = statement_of(error);
    }
    failure.before = before;
    return false;
  } catch (const Error& error) {
    throw error.with_context(failure.part.object);
  }
}

bool Deferred::may_succeed(const Failure& failure) {
  const Succeeded now = succeeded();
  return contradicts_rows(failure.error) ? now.loads > failure.before.loads : now.parts > failure.before.parts;
}

bool Deferred::try_again(Failure& failure, Sessions& sessions) {
  const bool changed = may_succeed(failure);
  const Names other = failure.part.first == Names::by_schema ? Names::by_search_path : Names::by_schema;
  if (changed && attempt(failure, sessions, failure.part.first)) return true;
  if (contradicts_rows(failure.error) || (failure.tried_both && !changed)) return false;
  failure.tried_both = true;
  return attempt(failure, sessions, other);
}

void Deferred::retry(Sessions& sessions) {
  for (bool progress = true; progress;) {
    progress = false;
    for (Failure& failure : std::exchange(failures_, {})) {
      if (try_again(failure, sessions)) {
        progress = true;
      } else {
        failures_.push_back(std::move(failure));
      }
    }
  }
}

bool Deferred::reduce(Failure& failure, Sessions& sessions) {
  if (!failure.part.reduce) return false;
  try {
    std::string instead = failure.part.reduce(sessions, failure.error);
    if (instead.empty()) return false;
    note_success(failure.part);
    reduced_.push_back({{failure.part.object, failure.statement, failure.error.said().text, std::move(instead)}, failure.part.belongs_to});
    return true;
  } catch (const ServerError& error) {
    if (ends_restore(error)) throw_as_target(error, failure.part.object);
    return false;
  }
}

void Deferred::settle(Sessions& sessions) {
  retry(sessions);
  for (Failure& failure : std::exchange(failures_, {})) {
    if (!try_again(failure, sessions) && !reduce(failure, sessions)) failures_.push_back(std::move(failure));
  }
  retry(sessions);
  for (Failure& failure : std::exchange(failures_, {})) final_.push_back(std::move(failure));
}

std::vector<LeftOut> Deferred::left_out() const {
  std::vector<LeftOut> all;
  std::set<std::string> missing;
  for (const auto* failures : {&final_, &failures_}) {
    for (const Failure& failure : *failures) missing.insert(failure.part.object);
  }
  for (const auto& [reduced, belongs_to] : reduced_) {
    if (!missing.contains(belongs_to)) all.push_back(reduced);
  }
  for (const auto* failures : {&final_, &failures_}) {
    for (const Failure& failure : *failures) {
      if (missing.contains(failure.part.belongs_to)) continue;
      all.push_back({failure.part.object, failure.statement, failure.error.said().text, ""});
    }
  }
  return all;
}

}  // namespace holdfast::postgres
