// Restores a backup of the backup service into a database of its own at an interval, runs queries there, and drops it.
// README.md has the contract.
#include <holdfast/holdfast.hpp>

#include <optional>

#include "backups.hpp"
#include "service.hpp"
#include "transfer.hpp"

namespace hf = holdfast;
using service::StoredBackup;

namespace {

constexpr const char* kScratchPrefix = "verify_";

struct VerifySettings {
  std::chrono::seconds interval{};
  std::string backup_file;  // empty = the newest one
  std::string queries_file;

  static VerifySettings read(service::Variables& variables, service::Log& log) {
    constexpr std::uint64_t kYear = 366ULL * 24 * 3600;
    VerifySettings settings;
    settings.interval = std::chrono::seconds(variables.number("VERIFY_INTERVAL", 86400, 1, kYear));
    settings.backup_file = variables.text("VERIFY_BACKUP_FILE");
    settings.queries_file = variables.text("HOLDFAST_TEST_QUERIES", "/app/test-queries.sql");
    const bool asked = !variables.text("VERIFY_LATEST").empty();
    const bool latest = variables.flag("VERIFY_LATEST", true);
    if (!latest && settings.backup_file.empty()) variables.wrong("VERIFY_LATEST=false needs VERIFY_BACKUP_FILE, the backup to verify");
    if (latest && asked && !settings.backup_file.empty()) {
      log.warning("VERIFY_BACKUP_FILE has no effect with VERIFY_LATEST=true");
      settings.backup_file.clear();
    }
    // The folder is that of the settings: a name, a key and a URI of the same backup are one.
    settings.backup_file.erase(0, settings.backup_file.rfind('/') + 1);
    return settings;
  }
};

class VerifyService {
 public:
  VerifyService(service::Service& service, VerifySettings settings) : service_(service), settings_(std::move(settings)) {}

  void run_once(hf::Context& context) {
    drop_leftovers(context);
    service_.state().enter("DOWNLOADING");
    const auto storage = service_.settings().open_storage(context);
    const StoredBackup backup = find(*storage, context);
    bool download_failed = false;
    const std::unique_ptr<hf::Reader> sql = open(*storage, backup, download_failed);
    service_.log().info("verifying " + backup.name + ": " + std::to_string(backup.size) + " bytes");

    service_.state().enter("CREATING_TEMP_DB");
    const std::unique_ptr<hf::ScratchDatabase> made = service::create_scratch(database(), kScratchPrefix, context);
    hf::ScratchDatabase& scratch = *made;
    service_.log().info("created database " + scratch.name());
    std::exception_ptr failure;
    try {
      restore(*sql, scratch, download_failed, context);
      service_.state().enter("VERIFYING");
      service::ask(scratch.uri(), settings_.queries_file, service_.log(), context);
    } catch (const hf::Error&) {
      failure = std::current_exception();
    }
    clean_up(scratch);
    if (failure) {
      if (!context.cancelled() && !download_failed) service_.log().error("verification of " + backup.name + ": FAILURE");
      std::rethrow_exception(failure);
    }
    service_.log().info("verification of " + backup.name + ": SUCCESS");
    if (!service_.settings().repository.empty()) prove(context);
  }

 private:
  const std::string& database() const { return service_.settings().database_url; }

  // Of verifications whose process was killed.
  void drop_leftovers(hf::Context& context) {
    for (const std::string& name : hf::drop_abandoned_scratch(database(), kScratchPrefix, context)) {
      service_.log().info("dropped database " + name + ", which a killed verification left");
    }
  }

  StoredBackup find(hf::Storage& storage, const hf::Context& context) const {
    if (!settings_.backup_file.empty()) {
      const auto object = storage.stat(settings_.backup_file);
      if (!object) throw hf::Error(hf::ErrorCode::not_found, "verification skipped: there is no backup " + settings_.backup_file);
      return {object->name, {}, object->size};
    }
    const std::optional<StoredBackup> newest = service::newest_backup(storage, context);
    if (!newest) throw hf::Error(hf::ErrorCode::not_found, "verification skipped: no backups in " + storage.uri());
    return *newest;
  }

  static std::unique_ptr<hf::Reader> open(hf::Storage& storage, const StoredBackup& backup, bool& failed) {
    if (backup.size == 0) throw hf::Error(hf::ErrorCode::corrupt, "verification skipped: " + backup.name + " is empty");
    try {
      return service::open_sql(storage, backup, failed);
    } catch (const hf::Error& error) {
      throw error.with_context("verification skipped, the download of " + backup.name + " failed");
    }
  }

  void restore(hf::Reader& sql, const hf::ScratchDatabase& scratch, const bool& download_failed, hf::Context& context) {
    service_.state().enter("RESTORING");
    try {
      service::load(scratch.uri(), sql, service_.log(), context);
    } catch (const hf::Error& error) {
      throw error.with_context(download_failed ? "verification skipped, the download failed" : "the restore failed");
    }
  }

  void clean_up(hf::ScratchDatabase& scratch) {
    service_.state().enter("CLEANUP");
    try {
      scratch.drop();
      service_.log().info("dropped database " + scratch.name());
    } catch (const hf::Error& error) {
      service_.log().warning("database " + scratch.name() + " could not be dropped, the next verification will: " + error.what());
    }
  }

  void prove(hf::Context& context) {
    hf::Repository repository = service_.settings().open_repository(false, context);
    const hf::BackupInfo newest = repository.find("latest", context);
    const hf::VerifyReport report = repository.verify(
        newest.id, {.level = hf::VerifyLevel::restore, .source = {}, .target = database(), .restored = {}, .queries = {}, .driver = {}},
        context);
    if (!report.ok()) {
      const std::vector<hf::Fault>& faults = report.faults.empty() ? report.proof.faults : report.faults;
      throw hf::Error(hf::ErrorCode::corrupt, "repository backup " + newest.id + " is not proved: " + faults.at(0).object + ": " +
                                                  faults.at(0).what + " (" + std::to_string(faults.size()) + " faults)");
    }
    service_.log().info("PROVED repository backup " + newest.id + ", level " + to_string(report.proof.level) + ": " +
                        std::to_string(report.proof.counts.of("tables")) + " tables, " + std::to_string(report.proof.counts.of("rows")) +
                        " rows");
  }

  service::Service& service_;
  const VerifySettings settings_;
};

int start(service::Variables& variables, service::Log& log) {
  VerifySettings own = VerifySettings::read(variables, log);
  service::Settings shared = service::Settings::read(variables, log);
  variables.check();
  service::Service service({"postgres-verify", "verification", own.interval, service::OnSignal::cancel}, std::move(shared), log);
  VerifyService verify(service, std::move(own));
  return service.run([&](hf::Context& context) { verify.run_once(context); });
}

}  // namespace

int main(int argc, char** argv) { return service::main_of(argc, argv, start); }
