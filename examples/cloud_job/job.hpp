#pragma once

#include <holdfast/holdfast.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "backups.hpp"
#include "log.hpp"
#include "settings.hpp"

namespace cloud_job {

/// Exit statuses, for the scheduler: a retry may help after those of the database and the storage only.
enum class Exit { success = 0, configuration = 1, database = 2, storage = 3, bad_backup = 4 };

/// A step that failed, and what the run's exit status is then.
struct Failed : std::runtime_error {
  Failed(Exit exit, const std::string& why) : std::runtime_error(why), status(exit) {}
  Exit status;
};

struct JobSettings {
  std::string source;       ///< DATABASE_URL: postgresql:// or cloudsql://
  std::string bucket;       ///< gs://BUCKET/PREFIX
  std::string staging;      ///< gs://BUCKET/PREFIX for server-side exports
  std::string copy_bucket;  ///< in another region
  std::string validate_url, restore_url;
  std::string backup;  ///< name of the backup to use; empty = the newest
  std::string queries_file, pg_bin;
  int level = 6;
  holdfast::Options storage_options, source_options;

  static JobSettings read(service::Variables& variables, service::Log& log);
};

/// The steps of one run. Each throws Failed, or Error{cancelled} after a stop request.
class Job {
 public:
  Job(JobSettings settings, service::Log& log, holdfast::Context& context) : settings_(std::move(settings)), log_(log), context_(context) {}

  void back_up();
  void validate();  ///< restores into a database of the second environment, which it drops
  void copy();      ///< copies what the other region does not have
  void restore();   ///< pick, validate, import, verify
  void list();

 private:
  using StoragePtr = std::shared_ptr<holdfast::Storage>;
  StoragePtr open(const std::string& bucket) const;
  service::StoredBackup pick(holdfast::Storage& storage) const;
  holdfast::Producer dump() const;
  void read_whole(holdfast::Storage& storage, const service::StoredBackup& backup) const;
  void load(const std::string& uri, holdfast::Storage& storage, const service::StoredBackup& backup) const;
  void ask(const std::string& uri, const service::StoredBackup& backup) const;
  void require_empty(const std::string& uri) const;

  const JobSettings settings_;
  service::Log& log_;
  holdfast::Context& context_;
};

}  // namespace cloud_job
