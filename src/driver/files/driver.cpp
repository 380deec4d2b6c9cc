#include "driver/files/driver.hpp"

#include "driver/files/place.hpp"
#include "driver/files/proof.hpp"
#include "driver/files/source.hpp"
#include "driver/files/target.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

namespace {

constexpr const char* kOneFileSystem = "one_file_system";
constexpr const char* kChanged = "changed";
constexpr const char* kUnreadable = "unreadable";
constexpr const char* kExcludeCaches = "exclude_caches";
constexpr const char* kExcludeIfPresent = "exclude_if_present";
constexpr const char* kWarn = "warn";
constexpr const char* kFail = "fail";

std::string marker_name(const ParsedOptions& options) {
  const std::string& name = options.text(kExcludeIfPresent);
  if (!options.given(kExcludeIfPresent)) return {};
  if (!name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos) return name;
  throw Error(ErrorCode::invalid_argument, "files option exclude_if_present takes the name of a file, without '/', not '" + name + "'");
}

class FilesDriver final : public Driver {
 public:
  std::string_view name() const noexcept override { return "files"; }
  std::vector<std::string> schemes() const override { return {"dir"}; }

  DriverAbilities abilities() const override { return {.consistent = false, .selection = true, .proof = ProofLevel::content_equal}; }

  std::vector<OptionSpec> options() const override {
    return {
        {.name = kOneFileSystem,
         .type = OptionType::boolean,
         .default_value = "no",
         .help = "take folders where another file system is mounted as empty",
         .calls = {DriverCall::backup}},
        {.name = kChanged,
         .type = OptionType::choice,
         .default_value = kWarn,
         .help = "what to do with a file that changes each time it is read",
         .calls = {DriverCall::backup},
         .choices = {kWarn, kFail}},
        {.name = kUnreadable,
         .type = OptionType::choice,
         .default_value = kFail,
         .help = "what to do with files and folders that can't be read; warn leaves them out",
         .calls = {DriverCall::backup},
         .choices = {kWarn, kFail}},
        {.name = kExcludeCaches,
         .type = OptionType::boolean,
         .default_value = "no",
         .help = "leave out the content of folders with a CACHEDIR.TAG",
         .calls = {DriverCall::backup}},
        {.name = kExcludeIfPresent, .help = "leave out the content of folders with a file of this name", .calls = {DriverCall::backup}}};
  }

  std::unique_ptr<Source> open_source(const std::string& uri, const Selection& selection, const Options& given) const override {
    const ParsedOptions options = parsed(DriverCall::backup, given);
    SourceOptions read;
    read.walk.one_file_system = options.flag(kOneFileSystem);
    read.read.on_change = options.text(kChanged) == kWarn ? OnChange::warn : OnChange::fail;
    read.read.on_unreadable = options.text(kUnreadable) == kWarn ? OnUnreadable::leave_out : OnUnreadable::fail;
    read.walk.on_unreadable = read.read.on_unreadable;
    read.walk.markers = {.caches = options.flag(kExcludeCaches), .name = marker_name(options)};
    return tree_source(path_of(uri), selection, read);
  }

  std::unique_ptr<Target> open_target(const std::string& uri, const Options& given) const override {
    check_options(DriverCall::restore, given);
    return tree_target(path_of(uri));
  }

  ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context) const override {
    check_options(DriverCall::verify, options.driver);
    return files::prove(backup, options, context);
  }

  void export_to(const BackupView& backup, const ExportOptions&, Writer&, Context&) const override {
    throw Error(ErrorCode::unsupported,
                "there is no export of a tree of files: restore " + backup.source().name + " into a folder, and read the files there");
  }

  std::vector<Finding> diagnose(const std::string& uri, const Options& options, Context& context) const override {
    check_options(DriverCall::doctor, options);
    if (uri.empty()) return {{Finding::State::ok, "files", "reads and restores trees of files"}};
    const std::string path = path_of(uri);
    try {
      tree_source(path, {}, {})->describe(context);
      return {{Finding::State::ok, path, "a folder that can be read"}};
    } catch (const Error& error) {
      return {{Finding::State::missing, path, error.message()}};
    }
  }
};

}  // namespace

std::shared_ptr<const Driver> driver() { return std::make_shared<FilesDriver>(); }

}  // namespace holdfast::files
