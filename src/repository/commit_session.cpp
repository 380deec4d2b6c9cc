#include "repository/commit_session.hpp"

#include "holdfast/error.hpp"
#include "holdfast/locks.hpp"
#include "repository/locks.hpp"
#include "repository/object_access.hpp"
#include "repository/reserve.hpp"

namespace holdfast {

BackupInfo CommitSession::commit() {
  Manifest manifest = draft_.finish(context_.now());
  try {
    put_contents(std::move(manifest));
    lock_contents();
    put_record();
  } catch (...) {
    abort();
    throw;
  }
  ended_ = true;
  tidy();
  try {
    end();
  } catch (const Error& error) {  // the backup is complete; a collector removes the records
    context_.log("can't remove the session record of " + id() + ": " + error.message());
  }
  keep_reserve(storage_, context_);
  return summary();
}

// A lock that was renewed before the record is put outlasts the backup's promised time.
void CommitSession::lock_contents() {
  if (!locks_objects(storage_)) return;
  context_.phase("locking the objects of the backup");
  const NeededObjects needed = needed_objects();
  const auto sign = [this] { beat(); };
  const std::vector<std::string> gone = renew_locks(storage_, needed.required, context_, sign);
  if (!gone.empty()) throw_disappeared(gone.front());
  renew_locks(storage_, needed.replaceable, context_, sign);
}

void CommitSession::put_record() {
  beat();
  const SealedRecord record = seal_record();
  context_.check();
  check_before_record();
  record_ = RecordState::possible;
  if (put_object(storage_, record.object, record.bytes) != PutResult::created) {
    record_ = RecordState::foreign;
    throw Error(ErrorCode::conflict, record.object + ": another writer put it; this backup is discarded");
  }
  // A collector that considers this writer dead puts its fence first and then looks for the record, so that one of the
  // two sees the other.
  require_alive();
}

void CommitSession::abort() noexcept {
  if (ended_) return;
  ended_ = true;
  draft_.give_up();
  try {
    discard(record_);
  } catch (...) {  // the session's records stay: a collector finds the rest
  }
}

void CommitSession::throw_disappeared(const std::string& object) {
  throw Error(ErrorCode::conflict, object + ": disappeared while it was needed: run the backup again", true);
}

}  // namespace holdfast
