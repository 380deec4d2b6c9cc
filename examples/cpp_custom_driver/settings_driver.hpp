// A host's own driver: backs up, restores and proves files of settings ("settings:/etc/app.conf", lines KEY=VALUE).
#pragma once

#include <holdfast/holdfast.hpp>

#include <filesystem>
#include <fstream>
#include <map>

namespace hf = holdfast;
using Settings = std::map<std::string, std::string>;

inline std::string path_of(const std::string& uri) { return uri.substr(uri.find(':') + 1); }

inline Settings read_settings(const std::string& path, const std::string& prefix = "", bool strict = false) {
  std::ifstream file(path);
  if (!file) throw hf::Error(hf::ErrorCode::source, path + ": can't be opened");
  Settings settings;
  for (std::string line; std::getline(file, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos && strict) throw hf::Error(hf::ErrorCode::source, path + ": not a setting: " + line);
    if (equals != std::string::npos && line.starts_with(prefix)) settings[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return settings;
}

inline Settings settings_in(const hf::BackupView& backup) {
  Settings settings;
  for (const hf::EntryRecord* entry : backup.entries()) {
    settings[entry->name] = hf::as_text(hf::read_all(*backup.open(*entry), entry->plain_bytes));
  }
  return settings;
}

class SettingsSource final : public hf::Source {
 public:
  SettingsSource(std::string path, std::string prefix, bool strict) : path_(std::move(path)), prefix_(std::move(prefix)), strict_(strict) {}
  hf::SourceInfo describe(hf::Context&) override {
    settings_ = read_settings(path_, prefix_, strict_);
    return {.record = {.uri = "settings:" + path_, .driver = "settings", .name = std::filesystem::path(path_).filename()}};
  }
  void backup(hf::BackupWriter& out, hf::Context& context) override {
    out.set_instant(context.now());
    for (const auto& [key, value] : settings_) {
      const auto entry = out.open({.name = key, .kind = "setting"});
      entry->write(hf::as_bytes(value));
      entry->commit();
    }
    out.note("settings", std::to_string(settings_.size()));
  }

 private:
  std::string path_, prefix_;
  bool strict_;
  Settings settings_;
};

class SettingsTarget final : public hf::Target {
 public:
  explicit SettingsTarget(std::string path) : path_(std::move(path)) {}
  void preflight(const hf::BackupView&, const hf::RestoreOptions&, hf::Context&) override {
    if (std::filesystem::exists(path_)) throw hf::Error(hf::ErrorCode::already_exists, path_ + ": exists already");
  }
  hf::RestoreReport restore(const hf::BackupView& backup, const hf::RestoreOptions&, hf::Context&) override {
    std::ofstream file(path_);
    const Settings settings = settings_in(backup);
    for (const auto& [key, value] : settings) file << key << '=' << value << '\n';
    if (!file.flush()) throw hf::Error(hf::ErrorCode::target, path_ + ": can't be written");
    return {.entries = settings.size(), .counts = {{"settings", settings.size()}}, .where = path_};
  }

 private:
  std::string path_;
};

class SettingsDriver final : public hf::Driver {
 public:
  std::string_view name() const noexcept override { return "settings"; }
  std::vector<std::string> schemes() const override { return {"settings"}; }
  std::vector<std::string> counts() const override { return {"settings"}; }
  std::vector<hf::OptionSpec> options() const override {
    return {{.name = "prefix", .help = "back up only keys that begin with this", .calls = {hf::DriverCall::backup}},
            {.name = "strict",
             .type = hf::OptionType::boolean,
             .default_value = "no",
             .help = "fail on a line that is not a setting",
             .calls = {hf::DriverCall::backup}}};
  }
  std::unique_ptr<hf::Source> open_source(const std::string& uri, const hf::Selection&, const hf::Options& given) const override {
    const hf::ParsedOptions options = parsed(hf::DriverCall::backup, given);
    return std::make_unique<SettingsSource>(path_of(uri), options.text("prefix"), options.flag("strict"));
  }
  std::unique_ptr<hf::Target> open_target(const std::string& uri, const hf::Options& given) const override {
    check_options(hf::DriverCall::restore, given);
    return std::make_unique<SettingsTarget>(path_of(uri));
  }
  hf::ProofReport prove(const hf::BackupView& backup, const hf::VerifyOptions&, hf::Context& context) const override {
    const std::string scratch = context.host.temp_directory / ("settings." + std::to_string(context.now().time_since_epoch().count()));
    SettingsTarget(scratch).restore(backup, {}, context);
    const bool equal = read_settings(scratch) == settings_in(backup);
    std::filesystem::remove(scratch);
    hf::ProofReport report{.level = hf::ProofLevel::content_equal, .counts = {{"settings", backup.entries().size()}}, .where = "a file"};
    if (!equal) report.faults.push_back({backup.source().name, "the restored settings differ"});
    return report;
  }
  void export_to(const hf::BackupView&, const hf::ExportOptions&, hf::Writer&, hf::Context&) const override {
    throw hf::Error(hf::ErrorCode::unsupported, "settings have no export: restore them");
  }
  std::vector<hf::Finding> diagnose(const std::string&, const hf::Options& options, hf::Context&) const override {
    check_options(hf::DriverCall::doctor, options);
    return {};
  }
};
