#include "driver/cloudsql/driver.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "driver/cloudsql/admin_client.hpp"
#include "driver/cloudsql/staging.hpp"
#include "driver/sql_proof.hpp"
#include "holdfast/pipeline.hpp"
#include "repository/single_stream.hpp"
#include "storage/http/option_values.hpp"

namespace holdfast {

namespace {

constexpr const char* kInstance = "an instance";
constexpr const char* kStaging = "staging";
constexpr const char* kBinDir = "bin_dir";
constexpr const char* kServerVersion = "server_version";  // in the metadata: "POSTGRES_16"
constexpr const char* kEndpoint = "endpoint";
constexpr const char* kStorageEndpoint = "storage_endpoint";
constexpr const char* kOperationTimeout = "operation_timeout";
constexpr const char* kScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr std::string_view kComplete = "PostgreSQL database dump complete";
constexpr std::array kCalls = {DriverCall::backup, DriverCall::restore, DriverCall::doctor};
constexpr std::array kAccessOptions = {"credentials", "token",           "credentials_file", "metadata_host",
                                       "timeout",     "connect_timeout", "ca_file",          "proxy"};

struct Access {
  std::string staging;
  Options storage;
  AdminClient::Settings admin;
};

Access access_of(const ParsedOptions& options, const Options& given) {
  Access access{options.text(kStaging), {}, {}};
  if (!access.staging.starts_with("gs://"))
    throw Error(ErrorCode::invalid_argument, "cloudsql: needs the option staging, gs://BUCKET/PREFIX, where the instance can write");
  for (const char* name : kAccessOptions) {
    if (given.contains(name)) access.storage[name] = given.at(name);
  }
  if (options.given(kStorageEndpoint)) access.storage[kEndpoint] = options.text(kStorageEndpoint);
  access.admin.endpoint = base_url_value(options, kEndpoint);
  access.admin.access = parse_gcs_options(access.staging, access.storage);
  access.admin.access.keys.scope = kScope;
  access.admin.access.retry.counted = false;  // its requests are none to a storage
  access.admin.operation_timeout = options.duration(kOperationTimeout);
  return access;
}

void require_usable(const CloudSqlDatabase& database, const CloudSqlInstance& instance) {
  if (!instance.version.starts_with("POSTGRES"))
    throw Error(ErrorCode::unsupported, database.uri() + " is on " + instance.version + ": only PostgreSQL can be used");
  if (instance.state != "RUNNABLE")
    throw Error(ErrorCode::invalid_state, "the instance of " + database.uri() + " is " + instance.state + ", not RUNNABLE: start it");
}

// 0 if the backup does not tell.
int major_version_of(const SourceRecord& source) {
  const auto note = source.notes.find(kServerVersion);
  const std::size_t at = note == source.notes.end() ? std::string::npos : note->second.find_first_of("0123456789");
  return at == std::string::npos ? 0 : std::atoi(note->second.c_str() + at);
}

class StagedObject {
 public:
  explicit StagedObject(const Staging& staging) : staging_(staging), name_(staging.new_name()) {}
  ~StagedObject() { staging_.remove(name_); }
  StagedObject(const StagedObject&) = delete;
  StagedObject& operator=(const StagedObject&) = delete;
  const std::string& name() const noexcept { return name_; }
  std::string uri() const { return staging_.uri_of(name_); }

 private:
  const Staging& staging_;
  std::string name_;
};

// What processes that were killed have left at the instance and in the staging area. Other processes that are alive may
// still need it.
void settle_earlier(const Staging& staging, AdminClient& instance, const Access& access, const Context& context) {
  context.phase("looking for earlier operations");
  instance.await_earlier(staging.uri_of(std::string(Staging::kPrefix)));
  staging.remove_leftovers(access.admin.operation_timeout);
}

class CloudSqlSource final : public Source {
 public:
  CloudSqlSource(CloudSqlDatabase database, Access access) : database_(std::move(database)), access_(std::move(access)) {}

  SourceInfo describe(Context& context) override {
    const CloudSqlInstance instance = AdminClient(database_, access_.admin, context).instance();
    require_usable(database_, instance);
    SourceInfo info;
    info.record.uri = database_.uri();
    info.record.driver = "cloudsql";
    info.record.name = database_.name;
    info.record.notes[kServerVersion] = instance.version;
    info.single_stream = true;
    info.compression = "gzip:6";
    return info;
  }

  void backup(BackupWriter& out, Context& context) override {
    const Staging staging(access_.staging, access_.storage, context);
    AdminClient instance(database_, access_.admin, context);
    settle_earlier(staging, instance, access_, context);
    const StagedObject object(staging);
    context.phase("the instance exports " + database_.uri());
    out.set_instant(instance.export_sql(object.uri()));
    context.phase("reading the export");
    const auto entry =
        out.open({.name = ".sql", .kind = "stream", .attributes = {}, .restore_with = "psql -X -v ON_ERROR_STOP=1 -d \"$TARGET\""});
    read_export(*gzip()->decode(staging.storage().open_reader(object.name())), *entry, context);
    entry->commit();
  }

 private:
  // An export that was cut between two statements would restore without an error.
  void read_export(Reader& from, Writer& to, const Context& context) const {
    constexpr std::size_t kBuffer = 256U << 10, kTail = 256;
    Bytes buffer(kBuffer);
    std::string tail;
    while (const std::size_t got = from.read(buffer)) {
      context.check();
      const ByteView piece = ByteView(buffer).first(got);
      to.write(piece);
      context.add_progress(got, 0);
      tail += as_text(piece.last(std::min(got, kTail)));
      tail.erase(0, tail.size() - std::min(tail.size(), kTail));
    }
    if (tail.find(kComplete) == std::string::npos) {
      throw Error(ErrorCode::source, "the export of " + database_.uri() + " is cut: its end does not say that it is complete; try again");
    }
  }

  const CloudSqlDatabase database_;
  const Access access_;
};

class CloudSqlTarget final : public Target {
 public:
  CloudSqlTarget(CloudSqlDatabase database, Access access) : database_(std::move(database)), access_(std::move(access)) {}

  void preflight(const BackupView& backup, const RestoreOptions& options, Context& context) override {
    refuse_stream_options(options, kInstance);
    only_entry(backup, kInstance);
    require_usable(database_, AdminClient(database_, access_.admin, context).instance());
  }

  RestoreReport restore(const BackupView& backup, const RestoreOptions&, Context& context) override {
    const EntryRecord& entry = only_entry(backup, kInstance);
    const Staging staging(access_.staging, access_.storage, context);
    AdminClient instance(database_, access_.admin, context);
    settle_earlier(staging, instance, access_, context);
    const StagedObject object(staging);
    RestoreReport report;
    const Producer bytes = [&](Writer& out, Context& inner) { copy_entry(backup, entry, out, inner); };
    report.bytes = (Pipeline{bytes} | gzip() | sink(staging.shared(), object.name())).run(context).bytes_in;
    context.phase("the instance imports into " + database_.uri());
    instance.import_sql(object.uri());
    report.entries = 1;
    report.where = database_.uri();
    return report;
  }

 private:
  const CloudSqlDatabase database_;
  const Access access_;
};

class CloudSqlDriver final : public Driver {
 public:
  std::string_view name() const noexcept override { return "cloudsql"; }
  std::vector<std::string> schemes() const override { return {"cloudsql"}; }
  std::vector<ExportFormat> export_formats() const override { return {{"sql", "the instance's export, for psql"}}; }
  DriverAbilities abilities() const override { return {.consistent = true, .proof = ProofLevel::restored}; }

  std::vector<OptionSpec> options() const override {
    std::vector<OptionSpec> all = {
        {.name = kStaging,
         .help = "gs://BUCKET/PREFIX through which data passes; the instance's service account must be able to write there"},
        {.name = kOperationTimeout,
         .type = OptionType::duration,
         .default_value = "24h",
         .help = "longest time of an export or import",
         .minimum = 1},
        {.name = kEndpoint, .default_value = "https://sqladmin.googleapis.com", .help = "https://HOST[:PORT] of the Admin API"},
        {.name = kStorageEndpoint, .help = "as the option endpoint of gs:, for the staging area"},
    };
    for (const OptionSpec& spec : gcs_option_specs()) {
      if (std::ranges::find(kAccessOptions, spec.name) != kAccessOptions.end()) all.push_back(spec);
    }
    for (OptionSpec& spec : all) spec.calls.assign(kCalls.begin(), kCalls.end());
    all.push_back({.name = kBinDir, .help = "folder of PostgreSQL's programs; empty = found by version", .calls = {DriverCall::verify}});
    return all;
  }

  std::unique_ptr<Source> open_source(const std::string& uri, const Selection& selection, const Options& given) const override {
    check_selection(*this, selection);
    return std::make_unique<CloudSqlSource>(CloudSqlDatabase::parse(uri), access_of(parsed(DriverCall::backup, given), given));
  }

  std::unique_ptr<Target> open_target(const std::string& uri, const Options& given) const override {
    return std::make_unique<CloudSqlTarget>(CloudSqlDatabase::parse(uri), access_of(parsed(DriverCall::restore, given), given));
  }

  ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context) const override {
    const std::string bin_dir = parsed(DriverCall::verify, options.driver).text(kBinDir);
    const EntryRecord& entry = only_entry(backup, kInstance);
    return prove_sql({.open = [&] { return backup.open(entry); }, .major_version = major_version_of(backup.source())}, options, bin_dir,
                     context);
  }

  void export_to(const BackupView& backup, const ExportOptions& options, Writer& out, Context& context) const override {
    check_options(DriverCall::export_to, options.driver);
    copy_entry(backup, only_entry(backup, kInstance), out, context);
  }

  std::vector<Finding> diagnose(const std::string& uri, const Options& given, Context& context) const override {
    const ParsedOptions options = parsed(DriverCall::doctor, given);
    if (uri.empty()) return {{Finding::State::ok, "cloudsql", "exports through the Cloud SQL Admin API"}};
    const CloudSqlDatabase database = CloudSqlDatabase::parse(uri);
    const Access access = access_of(options, given);
    try {
      const CloudSqlInstance instance = AdminClient(database, access.admin, context).instance();
      require_usable(database, instance);
      return {{Finding::State::ok, database.instance, instance.version + ", " + instance.state}};
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      return {{Finding::State::missing, database.instance, error.message()}};
    }
  }
};

}  // namespace

std::shared_ptr<const Driver> cloudsql_driver() { return std::make_shared<CloudSqlDriver>(); }

}  // namespace holdfast
