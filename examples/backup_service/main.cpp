// Backs up one PostgreSQL database at an interval, as SQL text that stock `gunzip | psql` restores, and removes old
// backups by their age. README.md has the contract.
#include <holdfast/holdfast.hpp>

#include <thread>
#include <utility>

#include "backups.hpp"
#include "service.hpp"

namespace hf = holdfast;
using service::StoredBackup;

namespace {

struct BackupSettings {
  std::chrono::seconds interval{};
  std::uint64_t retention_days = 0;
  int level = 0;

  static BackupSettings read(service::Variables& variables) {
    constexpr std::uint64_t kYear = 366ULL * 24 * 3600, kCentury = 36525;
    BackupSettings settings;
    settings.interval = std::chrono::seconds(variables.number("BACKUP_INTERVAL", 3600, 1, kYear));
    settings.retention_days = variables.number("BACKUP_RETENTION_DAYS", 7, 1, kCentury);
    settings.level = static_cast<int>(variables.number("COMPRESSION_LEVEL", 6, 1, 9));
    return settings;
  }
  hf::RetentionPolicy policy() const {
    return {.keep_within = std::chrono::days(retention_days), .keep_tags = {}, .minimum = 1, .per_series = false};
  }
};

// Tells whether the storage failed, rather than the dump that is written to it.
class UploadWriter final : public hf::Writer {
 public:
  UploadWriter(hf::Writer& to, bool& failed) : to_(to), failed_(failed) {}
  void write(hf::ByteView data) override {
    failed_ = true;
    to_.write(data);
    failed_ = false;
  }
  void commit() override {}  // the pipeline's

 private:
  hf::Writer& to_;
  bool& failed_;
};

class BackupService {
 public:
  BackupService(service::Service& service, const BackupSettings& settings) : service_(service), settings_(settings) {}

  void run_once(hf::Context& context) {
    try {
      hf::query_sql(database(), "SELECT 1", context);
    } catch (const hf::Error& error) {
      throw error.with_context("backup skipped, database unreachable");
    }
    std::shared_ptr<hf::Storage> storage;
    std::string name;
    try {
      storage = service_.settings().open_storage(context);
      name = free_name(*storage, context);
    } catch (const hf::Error& error) {
      throw error.with_context("backup skipped, S3 unreachable");
    }
    service_.state().enter("BACKING_UP");
    back_up(storage, name, context);
    if (!service_.settings().repository.empty()) back_up_packed(context);
    service_.state().enter("CLEANING");
    try {
      clean(*storage, context);
    } catch (const hf::Error& error) {
      if (context.cancelled()) throw;
      service_.log().warning(std::string("retention failed, nothing else is affected: ") + error.what());
    }
  }

 private:
  const std::string& database() const { return service_.settings().database_url; }
  std::string place_of(const std::string& name) const {
    const service::Settings& settings = service_.settings();
    return "s3://" + settings.bucket + "/" + settings.prefix + (settings.prefix.empty() ? "" : "/") + name;
  }

  // A name is a second, and a service that was restarted may meet its own last backup.
  static std::string free_name(hf::Storage& storage, const hf::Context& context) {
    std::string name = service::name_of(context.now());
    for (; storage.stat(name); name = service::name_of(context.now())) {
      context.check();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return name;
  }

  // The dump flows to the server while pg_dump runs, without a file between them. It becomes visible, whole, at the end
  // of UPLOADING.
  void back_up(const std::shared_ptr<hf::Storage>& storage, const std::string& name, hf::Context& context) {
    const hf::Producer dump = hf::dump_sql(database(), service_.settings().pg_bin);
    bool upload_failed = true;  // the object is opened before the dump begins, and committed after its end
    const auto dump_then_upload = [&](hf::Writer& out, hf::Context& inner) {
      UploadWriter upload(out, upload_failed);
      upload_failed = false;
      dump(upload, inner);
      upload_failed = true;
      service_.state().enter("UPLOADING");
    };
    std::uint64_t plain_bytes = 0;
    try {
      plain_bytes = (hf::Pipeline{dump_then_upload} | hf::gzip(settings_.level) | hf::sink(storage, name)).run(context).bytes_in;
    } catch (const hf::Error& error) {
      throw error.with_context(upload_failed ? "backup skipped, the upload of " + name + " failed" : "backup skipped, pg_dump failed");
    }
    const auto stored = storage->stat(name);
    if (!stored || stored->size == 0) throw hf::Error(hf::ErrorCode::corrupt, name + " is not on the server after its upload");
    service_.log().info("uploaded " + place_of(name) + ": " + std::to_string(stored->size) + " bytes, of " + std::to_string(plain_bytes) +
                        " bytes of SQL");
  }

  void back_up_packed(hf::Context& context) {
    hf::Repository repository = service_.settings().open_repository(true, context);
    const hf::BackupInfo made = repository.backup({database()}, {}, context);
    const hf::RetentionPlan plan = repository.expire(settings_.policy(), context);
    service_.log().info("repository backup " + made.id + ": " + std::to_string(made.plain_bytes) + " bytes read, " +
                        std::to_string(plan.removed()) + " old ones expired");
  }

  // Backups without a byte are no backups: they neither count as the last one nor are removed.
  void clean(hf::Storage& storage, hf::Context& context) {
    std::vector<hf::BackupInfo> backups;
    for (const StoredBackup& stored : service::list_backups(storage)) {
      hf::BackupInfo info;
      info.id = stored.name;
      info.time = stored.time;
      info.stored_bytes = stored.size;
      if (stored.size == 0) info.damage = "empty";
      backups.push_back(std::move(info));
    }
    const hf::RetentionPlan plan = hf::plan_retention(backups, settings_.policy(), context.now());
    std::uint64_t removed = 0;
    for (const hf::RetentionDecision& decision : plan.decisions) {
      if (!decision.backup.damage.empty()) service_.log().warning(place_of(decision.backup.id) + " is empty");
      if (decision.action == hf::RetentionAction::keep) continue;
      context.check();
      storage.remove(decision.backup.id);
      ++removed;
      service_.log().info("removed " + place_of(decision.backup.id));
    }
    service_.log().info("retention: " + std::to_string(removed) + " removed, " + std::to_string(backups.size() - removed) + " kept");
  }

  service::Service& service_;
  const BackupSettings settings_;
};

int start(service::Variables& variables, service::Log& log) {
  const BackupSettings own = BackupSettings::read(variables);
  service::Settings shared = service::Settings::read(variables, log);
  variables.check();
  service::Service service({"postgres-backup", "backup", own.interval, service::OnSignal::finish}, std::move(shared), log);
  BackupService backup(service, own);
  return service.run([&](hf::Context& context) { backup.run_once(context); });
}

}  // namespace

int main(int argc, char** argv) { return service::main_of(argc, argv, start); }
