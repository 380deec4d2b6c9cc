#include "job.hpp"

#include <algorithm>

#include "transfer.hpp"

namespace cloud_job {

namespace hf = holdfast;
using service::StoredBackup;

namespace {

constexpr const char* kScratchPrefix = "validate_";
constexpr const char* kUserTables =
    "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', "
    "'v', "
    "'m', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

// Ends the run with this status. A wrong setting shows only in the error, in part.
[[noreturn]] void fail(Exit status, const std::string& what, const hf::Error& error, const hf::Context& context) {
  if (context.cancelled()) throw hf::Error(hf::ErrorCode::cancelled, "cancelled");
  const bool wrong = error.code() == hf::ErrorCode::invalid_argument;
  throw Failed(wrong ? Exit::configuration : status, what + ": " + error.what());
}

// Runs a step; an error of it ends the run with this status.
template <typename Step>
auto as_step(Exit status, const std::string& what, const hf::Context& context, const Step& step) {
  try {
    return step();
  } catch (const hf::Error& error) {
    fail(status, what, error, context);
  }
}

bool blames_backup(const hf::Error& error) { return error.code() == hf::ErrorCode::corrupt || error.code() == hf::ErrorCode::target; }

}  // namespace

Job::StoragePtr Job::open(const std::string& bucket) const {
  return as_step(Exit::storage, "can't open " + bucket, context_, [&] {
    const hf::Options none;
    const bool google = bucket.starts_with("gs://");
    return hf::open_storage(bucket, google ? settings_.storage_options : none, hf::IfMissing::fail, hf::storage_host(context_));
  });
}

StoredBackup Job::pick(hf::Storage& storage) const {
  return as_step(Exit::storage, "can't pick a backup", context_, [&]() -> StoredBackup {
    StoredBackup picked;
    if (settings_.backup.empty()) {
      const std::optional<StoredBackup> newest = service::newest_backup(storage, context_);
      if (!newest) throw Failed(Exit::bad_backup, "there is no backup in " + storage.uri());
      picked = *newest;
    } else {
      const auto object = storage.stat(settings_.backup);
      if (!object) throw Failed(Exit::configuration, "BACKUP=" + settings_.backup + ": there is no such backup in " + storage.uri());
      picked = {object->name, object->modified, object->size};
    }
    if (picked.size == 0) throw Failed(Exit::bad_backup, picked.name + " in " + storage.uri() + " is empty");
    log_.info("picked " + picked.name + ": " + std::to_string(picked.size) + " bytes", {{"event", "picked"}, {"backup", picked.name}});
    return picked;
  });
}

hf::Producer Job::dump() const {
  if (!settings_.source.starts_with("cloudsql:")) return hf::dump_sql(settings_.source, settings_.pg_bin);
  hf::Options options = settings_.source_options;
  options["staging"] = settings_.staging;
  return hf::source_entry(hf::builtin_drivers().for_uri(settings_.source).open_source(settings_.source, {}, options));
}

void Job::back_up() {
  const StoragePtr storage = open(settings_.bucket);
  const std::string name = as_step(Exit::storage, "backup", context_, [&] { return service::free_name(*storage, context_); });
  bool storage_failed = false;
  service::Uploaded made;
  try {
    made = service::upload(
        dump(), settings_.level, storage, name,
        [&] {
          log_.info("the dump is complete", {{"event", "dumped"}, {"backup", name}});
        },
        storage_failed, context_);
  } catch (const hf::Error& error) {
    const Exit status = storage_failed ? Exit::storage : Exit::database;
    fail(status, storage_failed ? "the upload of " + name + " failed" : "the dump failed", error, context_);
  }
  log_.info("uploaded " + storage->uri() + "/" + name + ": " + std::to_string(made.stored_bytes) + " bytes, of " +
                std::to_string(made.plain_bytes) + " bytes of SQL",
            {{"event", "uploaded"}, {"backup", name}, {"bytes", std::to_string(made.stored_bytes)}});
}

// Reads a backup to its end: the checksum of gzip, and the mark of a complete dump.
void Job::read_whole(hf::Storage& storage, const StoredBackup& backup) const {
  bool storage_failed = false;
  std::string end;
  try {
    const auto sql = service::open_sql(storage, backup, storage_failed);
    hf::Bytes buffer(256U << 10);
    while (const std::size_t got = sql->read(buffer)) {
      context_.check();
      end.append(reinterpret_cast<const char*>(buffer.data()), got);  // NOLINT: bytes to text
      end.erase(0, end.size() - std::min<std::size_t>(end.size(), 256));
    }
  } catch (const hf::Error& error) {
    const bool bad = !storage_failed && blames_backup(error);
    fail(bad ? Exit::bad_backup : Exit::storage, "validation of " + backup.name, error, context_);
  }
  if (end.find("PostgreSQL database dump complete") == std::string::npos) {
    throw Failed(Exit::bad_backup, "validation of " + backup.name + ": the dump is cut, its end does not say that it is complete");
  }
  log_.info(backup.name + " is whole", {{"event", "whole"}, {"backup", backup.name}});
}

void Job::load(const std::string& uri, hf::Storage& storage, const StoredBackup& backup) const {
  bool storage_failed = false;
  try {
    const auto sql = service::open_sql(storage, backup, storage_failed);
    service::load(uri, *sql, log_, context_);
  } catch (const hf::Error& error) {
    const Exit status = storage_failed ? Exit::storage : blames_backup(error) ? Exit::bad_backup : Exit::database;
    fail(status, "the import of " + backup.name + " failed", error, context_);
  }
}

void Job::ask(const std::string& uri, const StoredBackup& backup) const {
  const std::size_t failed =
      as_step(Exit::database, "verification", context_, [&] { return service::ask(uri, settings_.queries_file, log_, context_); });
  if (failed > 0) {
    throw Failed(Exit::bad_backup,
                 "verification of " + backup.name + ": " + std::to_string(failed) + " queries of " + settings_.queries_file + " failed");
  }
}

void Job::validate() {
  const StoragePtr storage = open(settings_.bucket);
  const StoredBackup backup = pick(*storage);
  const auto scratch = as_step(Exit::database, "the second environment", context_, [&] {
    for (const std::string& name : hf::drop_abandoned_scratch(settings_.validate_url, kScratchPrefix, context_)) {
      log_.info("dropped database " + name + ", which a killed run left");
    }
    return service::create_scratch(settings_.validate_url, kScratchPrefix, context_);
  });
  load(scratch->uri(), *storage, backup);
  ask(scratch->uri(), backup);
  as_step(Exit::database, "the second environment", context_, [&] { scratch->drop(); });
  log_.info(backup.name + " is validated: it was restored into " + scratch->name(), {{"event", "validated"}, {"backup", backup.name}});
}

void Job::copy() {
  const StoragePtr from = open(settings_.bucket), to = open(settings_.copy_bucket);
  as_step(Exit::storage, "the copy to " + to->uri() + " failed", context_, [&] {
    std::size_t copied = 0;
    const std::vector<StoredBackup> backups = service::list_backups(*from);
    for (const StoredBackup& backup : backups) {
      auto there = to->stat(backup.name);
      if (!there) {
        (hf::Pipeline{hf::object(from, backup.name)} | hf::sink(to, backup.name)).run(context_);
        there = to->stat(backup.name);
        ++copied;
      }
      if (!there || there->size != backup.size) {
        throw Failed(Exit::bad_backup, backup.name + " has " + std::to_string(backup.size) + " bytes in " + from->uri() + " and " +
                                           std::to_string(there ? there->size : 0) + " in " + to->uri());
      }
    }
    log_.info("copied " + std::to_string(copied) + " of " + std::to_string(backups.size()) + " backups to " + to->uri(),
              {{"event", "copied"}, {"copies", std::to_string(copied)}});
  });
}

void Job::require_empty(const std::string& uri) const {
  const std::vector<hf::QueryResult> found =
      as_step(Exit::database, "the target is unreachable", context_, [&] { return hf::query_sql(uri, kUserTables, context_); });
  if (found.empty() || !found.front().ok) throw Failed(Exit::database, "the target does not tell whether it is empty");
  if (found.front().result.find("\n0") == std::string::npos) {
    throw Failed(Exit::configuration, "the target of RESTORE_DATABASE_URL is not empty: restore into a new database");
  }
}

void Job::restore() {
  const StoragePtr storage = open(settings_.bucket);
  const StoredBackup backup = pick(*storage);
  read_whole(*storage, backup);
  require_empty(settings_.restore_url);
  load(settings_.restore_url, *storage, backup);
  ask(settings_.restore_url, backup);
  log_.info(backup.name + " is restored and verified", {{"event", "restored"}, {"backup", backup.name}});
}

void Job::list() {
  const StoragePtr storage = open(settings_.bucket);
  const std::vector<StoredBackup> backups =
      as_step(Exit::storage, "can't list the backups", context_, [&] { return service::list_backups(*storage); });
  for (const StoredBackup& backup : backups) {
    log_.info(backup.name + ": " + std::to_string(backup.size) + " bytes",
              {{"event", "listed"}, {"backup", backup.name}, {"bytes", std::to_string(backup.size)}});
  }
}

}  // namespace cloud_job
