#include <algorithm>

#include "declared_options.hpp"
#include "foreign.hpp"
#include "handles.hpp"

namespace holdfast::capi {

namespace {

class ForeignDriver final : public Driver {
 public:
  explicit ForeignDriver(Owned<holdfast_driver> driver) : driver_(std::move(driver)) {
    driver_.require(driver_->name, "name");
    name_ = required_text(driver_->name, "name");
    scheme_ = driver_->scheme == nullptr ? name_ : required_text(driver_->scheme, "scheme");
    if (name_.empty()) refuse("the table's name is empty");
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'; };
    if (scheme_.empty() || !std::all_of(scheme_.begin(), scheme_.end(), fits)) {
      refuse("the table's scheme \"" + scheme_ + "\" is not valid: small letters, digits, '+', '-' and '.'");
    }
    specs_ = declared_options(driver_->options, driver_->option_count);
  }

  std::string_view name() const noexcept override { return name_; }
  std::vector<std::string> schemes() const override { return {scheme_}; }
  std::vector<OptionSpec> options() const override { return specs_; }
  DriverAbilities abilities() const override {
    return {.consistent = true, .selection = false, .proof = driver_->prove ? ProofLevel::content_equal : ProofLevel::checksummed};
  }
  void check_options(DriverCall call, const Options& given) const override {
    if (!specs_.empty()) parsed(call, given);  // of one that declares none, only the host's functions know the options
  }

  std::unique_ptr<Source> open_source(const std::string& uri, const Selection& selection, const Options& options) const override {
    check_selection(*this, selection);
    return foreign_source(opened<holdfast_source_driver>(driver_->open_source, "open_source", uri, complete(DriverCall::backup, options)),
                          name_);
  }

  std::unique_ptr<Target> open_target(const std::string& uri, const Options& options) const override {
    return foreign_target(opened<holdfast_target_driver>(driver_->open_target, "open_target", uri, complete(DriverCall::restore, options)));
  }

  ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context) const override {
    if (driver_->prove == nullptr) cannot("prove", "its backups are verified at levels quick and full");
    const holdfast_manifest manifest = lend(backup);
    if (options.untrusted) throw Error(ErrorCode::unsupported, "driver " + name_ + " does not know the option untrusted");
    const Options given = complete(DriverCall::verify, options.driver);
    std::vector<const char*> queries;
    for (const std::string& query : options.queries) queries.push_back(query.c_str());
    const holdfast_proof_request request{
        sizeof request, 0, options.target.c_str(), options.restored.c_str(), queries.data(), queries.size(), as_handle(given)};
    ProofReport report;
    call_host("prove", {}, [&](holdfast_error** err) {
      return driver_->prove(driver_.data(), &manifest, source_number(backup), &request, as_handle(report), as_handle(context), err);
    });
    if (report.ok() && report.level < ProofLevel::restored) {
      throw Error(ErrorCode::internal, "driver " + name_ + ": prove says neither what it reached nor what is wrong");
    }
    if (report.queries.size() < queries.size()) throw Error(ErrorCode::unsupported, "driver " + name_ + " did not run all the queries");
    return report;
  }

  void export_to(const BackupView&, const ExportOptions&, Writer&, Context&) const override {
    throw Error(ErrorCode::internal, "driver " + name_ + " has no export formats");
  }

  std::vector<Finding> diagnose(const std::string&, const Options& options, Context&) const override {
    check_options(DriverCall::doctor, options);
    return {{Finding::State::ok, name_, "a driver of the host's"}};
  }

 private:
  /// Checks the options and adds the defaults of those that are missing.
  Options complete(DriverCall call, Options given) const {
    check_options(call, given);
    for (const OptionSpec& spec : options_for(specs_, call)) given.try_emplace(spec.name, spec.default_value);
    return given;
  }

  [[noreturn]] void cannot(const std::string& what, const std::string& instead) const {
    throw Error(ErrorCode::unsupported, "driver " + name_ + " of the host's can't " + what + ": " + instead);
  }

  template <class Table, class Function>
  Owned<Table> opened(Function* open, const char* function, const std::string& uri, const Options& options) const {
    if (open == nullptr) cannot(function, "it has no such function");
    Table table{};
    table.struct_size = sizeof table;
    call_host(function, {}, [&](holdfast_error** err) { return open(driver_.data(), uri.c_str(), as_handle(options), &table, err); });
    return Owned<Table>(table);
  }

  Owned<holdfast_driver> driver_;
  std::string name_, scheme_;
  std::vector<OptionSpec> specs_;
};

ProofReport& report_of(holdfast_proof* proof) { return *reinterpret_cast<ProofReport*>(&required(proof, "proof")); }

}  // namespace

std::shared_ptr<const Driver> foreign_driver(Owned<holdfast_driver> driver) {
  return std::make_shared<const ForeignDriver>(std::move(driver));
}

}  // namespace holdfast::capi

using namespace holdfast;
using namespace holdfast::capi;

holdfast_status holdfast_proof_set(holdfast_proof* proof, int32_t level, uint64_t tables, uint64_t rows, const char* where,
                                   holdfast_error** err) {
  return guard("proof", err, [&] {
    ProofReport& report = report_of(proof);
    if (level != HOLDFAST_LEVEL_RESTORED && level != HOLDFAST_LEVEL_CONTENT_EQUAL) {
      refuse("level is HOLDFAST_LEVEL_RESTORED or HOLDFAST_LEVEL_CONTENT_EQUAL, not " + std::to_string(level));
    }
    report.where = required_text(where, "where");
    report.level = static_cast<ProofLevel>(level);
    set_tables_and_rows(report.counts, tables, rows);
  });
}

holdfast_status holdfast_proof_add_count(holdfast_proof* proof, const char* name, uint64_t number, holdfast_error** err) {
  return guard("proof", err, [&] { report_of(proof).counts[required_text(name, "name")] += number; });
}

holdfast_status holdfast_proof_add_fault(holdfast_proof* proof, const char* object, const char* what, holdfast_error** err) {
  return guard("proof", err, [&] { report_of(proof).faults.push_back({required_text(object, "object"), required_text(what, "what")}); });
}

holdfast_status holdfast_proof_add_query(holdfast_proof* proof, const char* statement, int32_t ok, const char* result,
                                         holdfast_error** err) {
  return guard("proof", err, [&] {
    report_of(proof).queries.push_back({required_text(statement, "statement"), ok != 0, required_text(result, "result")});
  });
}
