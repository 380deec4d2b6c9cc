#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct DoctorArguments {
  std::vector<std::string> sources, driver;
};

class Findings {
 public:
  void add(const std::string& of, const Finding& finding) {
    Json json{{"of", of}};
    json.update(document(finding));
    rows_.push_back({json["state"].get<std::string>(), printable(of), printable(finding.what), printable(finding.detail)});
    json_.push_back(std::move(json));
    warnings_ = warnings_ || finding.state != Finding::State::ok;
    missing_ = missing_ || finding.state == Finding::State::missing;
  }

  void add(const Findings& others) {
    for (const Json& finding : others.json_) json_.push_back(finding);
    rows_.insert(rows_.end(), others.rows_.begin(), others.rows_.end());
    warnings_ = warnings_ || others.warnings_;
    missing_ = missing_ || others.missing_;
  }

  const Json& json() const { return json_; }
  std::string text() const { return format_table(rows_, {}); }
  bool warnings() const { return warnings_; }
  bool missing() const { return missing_; }

 private:
  Json json_ = Json::array();
  std::vector<std::vector<std::string>> rows_;
  bool warnings_ = false;
  bool missing_ = false;
};

/// Tries out whether the place can hold a repository. Returns true if it has one.
bool diagnose_place(const std::string& uri, Session& session, Findings& findings) {
  try {
    const std::shared_ptr<Storage> storage = open_storage(uri, session.repository_options(uri), IfMissing::fail, session.storage_host());
    for (const Finding& finding : diagnose_storage(*storage, session.context())) findings.add(storage->uri(), finding);
    return storage->stat("format").has_value();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled || error.code() == ErrorCode::invalid_argument) throw;
    if (session.repository_uris().size() == 1 && error.code() == ErrorCode::not_found) throw NoSuch(error);
    findings.add(uri, {Finding::State::missing, "storage", error.message()});
    return false;
  }
}

void diagnose_copies(Session& session, Findings& findings) {
  for (const ReplicaStatus& copy : session.open_copies(ReplicaUse::open)->status()) {
    const bool fine = copy.state == ReplicaStatus::State::in_sync;
    const std::string state(to_string(copy.state));
    findings.add(copy.uri,
                 {fine ? Finding::State::ok : Finding::State::warning, "copy " + copy.id, fine ? state : state + ": " + copy.why});
  }
}

void diagnose_repository(Session& session, Findings& findings) {
  if (session.repository_uris().size() > 1) diagnose_copies(session, findings);
  Repository repository = session.open_repository();
  const RepositoryInfo info = repository.info();
  const auto backups = repository.list(session.context());
  findings.add("repository", {info.encrypted ? Finding::State::ok : Finding::State::warning, info.uri,
                              fmt::format("{}, {}", info.encrypted ? "encrypted" : "NOT encrypted", count_of(backups.size(), "backup"))});
  for (const BackupInfo& backup : backups) {
    if (!backup.damage.empty()) findings.add("repository", {Finding::State::warning, "backup " + backup.id, backup.damage});
  }
  for (const Fault& fault : repository.verify_repository(VerifyLevel::quick, session.context()).faults) {
    findings.add("repository", {Finding::State::warning, fault.object, fault.what});
  }
}

void diagnose_driver(const Driver& driver, const std::string& uri, const Options& options, Session& session, Findings& findings) {
  const std::string name(driver.name());
  try {
    for (const Finding& finding : driver.diagnose(uri, options, session.context())) findings.add(name, finding);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled || error.code() == ErrorCode::invalid_argument) throw;
    findings.add(name, {Finding::State::missing, "source", error.message()});
  }
}

int doctor(Session& session, const DoctorArguments& arguments) {
  const std::vector<std::string>& sources = arguments.sources;
  const Options options = parse_pairs(arguments.driver, "--option");
  if (sources.empty() && !options.empty())
    throw Error(ErrorCode::invalid_argument, "--option is for the driver of a source: name the source, as in `doctor postgresql:///shop`");
  Findings findings;
  const DriverRegistry drivers = builtin_drivers();
  for (const std::string& source : sources) diagnose_driver(drivers.for_uri(source), source, options, session, findings);
  if (sources.empty()) {
    for (const auto& driver : drivers.all()) diagnose_driver(*driver, "", {}, session, findings);
  }
  bool repository = false;
  Findings places;
  for (const std::string& uri : session.repository_uris()) repository = diagnose_place(uri, session, places) || repository;
  findings.add(places);
  if (repository) {
    diagnose_repository(session, findings);
  } else if (!session.repository_uris().empty()) {
    findings.add("repository", {Finding::State::ok, "none yet", "`holdfast init` makes one"});
  }
  const int code = session.finish({{"findings", findings.json()}}, findings.text());
  // If a named source lacks something, it can't be backed up. In a survey of all drivers, a missing tool may never be
  // needed.
  if ((findings.missing() && !sources.empty()) || places.missing()) return kFailed;
  return findings.warnings() ? kWarnings : code;
}

}  // namespace

void add_doctor(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("doctor", "Report what is missing here to back up, store and verify");
  const auto arguments = std::make_shared<DoctorArguments>();
  command.add_option("source", arguments->sources, "Sources to check; none = all drivers in general")->type_name("URI");
  add_driver_options(command, DriverCall::doctor, arguments->driver);
  session.add_timeout_options(command);
  session.add_repository_options(command, false);
  session.add_output_options(command);
  session.on(command, [&session, arguments] { return doctor(session, *arguments); });
}

}  // namespace holdfast::cli
