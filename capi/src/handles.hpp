#pragma once

#include <memory>
#include <string>
#include <vector>

#include "guard.hpp"
#include "holdfast/finding.hpp"
#include "holdfast/io.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/pipeline.hpp"
#include "holdfast/replicated.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/source.hpp"
#include "holdfast/target.hpp"
#include "holdfast/transform.hpp"
#include "holdfast_storages.h"
#include "operation.hpp"

// The objects behind the handles. Handles that are only read (holdfast_entry, holdfast_source_record, holdfast_notes,
// holdfast_context) are the C++ values themselves, through a pointer of another type.

namespace holdfast::capi {

/// Keeps an object alive on which another one depends.
using KeptAlive = std::shared_ptr<const void>;

struct RepositoryCore {
  RepositoryCore(Repository&& opened, OptionSet who) : repository(std::move(opened)), info(repository.info()), caller(std::move(who)) {}
  Repository repository;
  RepositoryInfo info;
  OptionSet caller;  // who opened it
};

struct ReaderCore {
  Busy busy;
  KeptAlive kept;
  std::unique_ptr<Reader> reader;        // null: used up
  std::shared_ptr<Operation> operation;  // in which the reader waits; null if it waits for nothing
  bool over = false;                     // ended or failed
};

struct WriterCore {
  Busy busy;
  KeptAlive kept;
  std::unique_ptr<Writer> writer;        // null: used up, or its backup ended
  std::shared_ptr<Operation> operation;  // in which the writer waits; null if it waits for nothing
  EntryWriter* entry = nullptr;          // the writer, or the end of its pipeline, if that is an entry's writer
  bool piped = false;                    // through a pipeline
  bool over = false;                     // committed or failed
  bool committed = false;
};

/// Take the stream from a handle that a call uses up.
std::unique_ptr<Reader> take_reader(holdfast_reader* handle, const char* name);
std::unique_ptr<Writer> take_writer(holdfast_writer* handle, const char* name);

inline const holdfast_notes* as_handle(const Notes& notes) { return reinterpret_cast<const holdfast_notes*>(&notes); }
inline const holdfast_entry* as_handle(const EntryRecord& entry) { return reinterpret_cast<const holdfast_entry*>(&entry); }
inline const holdfast_source_record* as_handle(const SourceRecord& source) {
  return reinterpret_cast<const holdfast_source_record*>(&source);
}
inline const holdfast_backup* as_handle(const BackupInfo& backup) { return reinterpret_cast<const holdfast_backup*>(&backup); }
inline holdfast_context* as_handle(Context& context) { return reinterpret_cast<holdfast_context*>(&context); }
inline holdfast_proof* as_handle(ProofReport& proof) { return reinterpret_cast<holdfast_proof*>(&proof); }

/// Makes a handle for one line of a listing.
inline void make_backup(holdfast_backup** out, BackupInfo info) {
  *out = reinterpret_cast<holdfast_backup*>(new BackupInfo(std::move(info)));
}

/// Copies a text for the host, which returns it with holdfast_string_free().
char* copy_text(std::string_view text);

inline std::int64_t micros(TimePoint time) { return time.time_since_epoch().count(); }
inline TimePoint time_of(std::int64_t microseconds) { return TimePoint(std::chrono::microseconds(microseconds)); }

/// Returns the id for the host's name of a backup: an id, its beginning, or "latest".
BackupId resolve(const Repository& repository, const std::string& backup, Context& context);

/// Return a view for a host's functions: the whole backup, and the number of its source.
holdfast_manifest lend(const BackupView& backup);
std::size_t source_number(const BackupView& backup);

/// Sets the counts of a host's driver of databases. A driver that counts something else passes 0 and 0.
inline void set_tables_and_rows(Counts& counts, std::uint64_t tables, std::uint64_t rows) {
  if (tables == 0 && rows == 0) return;
  counts["tables"] = tables;
  counts["rows"] = rows;
}

/// A host's function that is shown objects until it asks to stop.
class Visitor {
 public:
  Visitor(holdfast_object_visitor visit, void* user_data) : visit_(visit), user_data_(user_data) {
    if (visit_ == nullptr) refuse("visit is NULL");
  }
  bool wants_more(const ObjectInfo& object) {
    const holdfast_object_info info{sizeof info, 0, object.name.c_str(), object.size, micros(object.modified)};
    stopped_ = visit_(user_data_, &info);
    return stopped_ == HOLDFAST_OK;
  }
  /// Throws the error that it stopped with.
  void check() const {
    if (stopped_ == HOLDFAST_E_CANCELLED) throw Error(ErrorCode::cancelled, "the listing was cancelled");
    if (stopped_ != HOLDFAST_OK) throw_host_status(stopped_, "visit");
  }

 private:
  holdfast_object_visitor visit_;
  void* user_data_;
  holdfast_status stopped_ = HOLDFAST_OK;
};

}  // namespace holdfast::capi

struct holdfast_repository {
  std::shared_ptr<holdfast::capi::RepositoryCore> core;
};

struct holdfast_backup_list {
  std::vector<holdfast::BackupInfo> backups;
};

struct holdfast_manifest {
  std::shared_ptr<const holdfast::Manifest> manifest;
  holdfast::BackupView::Opener open;
  holdfast::capi::KeptAlive kept;
};

struct holdfast_reader {
  std::shared_ptr<holdfast::capi::ReaderCore> core;
};

struct holdfast_writer {
  std::shared_ptr<holdfast::capi::WriterCore> core;
};

struct holdfast_storage {
  std::shared_ptr<holdfast::Storage> storage;
  std::string uri;
};

struct holdfast_source {
  std::unique_ptr<holdfast::Source> source;  // null: used up
  bool by_uri = false;                       // opened with options, some of which were for its driver
  holdfast::capi::Busy busy = {};
};

struct holdfast_target {
  std::unique_ptr<holdfast::Target> target;  // null: used up
  bool by_uri = false;
  holdfast::capi::Busy busy = {};
};

struct holdfast_transform {
  holdfast::TransformPtr transform;
};

struct holdfast_pipeline {
  holdfast::Pipeline pipeline;
  mutable holdfast::capi::Busy busy;
};

struct holdfast_diff {
  holdfast::BackupDiff diff;
};

struct holdfast_mask_check {
  holdfast::MaskCheck check;
};

struct holdfast_retention_plan {
  holdfast::RetentionPlan plan;
};

struct holdfast_verify_report {
  holdfast::VerifyReport report;
};

struct holdfast_verify_list {
  std::vector<holdfast_verify_report> reports;
};

struct holdfast_key_list {
  std::vector<holdfast::KeySlot> keys;
};

struct holdfast_replica_report {
  holdfast::ReplicaRepairReport report;
};

struct holdfast_finding_list {
  std::vector<holdfast::Finding> findings;
};

namespace holdfast::capi {

/// Returns the storage behind a handle if it is of that kind.
template <class Kind>
std::shared_ptr<Kind> storage_as(holdfast_storage* handle, const char* kind) {
  const auto storage = required(handle, kind).storage;
  auto found = std::dynamic_pointer_cast<Kind>(storage);
  if (!found) throw Error(ErrorCode::unsupported, storage->uri() + " is no " + kind + " storage");
  return found;
}

}  // namespace holdfast::capi
