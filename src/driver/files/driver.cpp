#include "driver/files/driver.hpp"

#include <algorithm>

#include "driver/files/place.hpp"
#include "driver/files/proof.hpp"
#include "driver/files/source.hpp"
#include "driver/files/target.hpp"
#include "holdfast/error.hpp"
#include "holdfast/flag.hpp"

namespace holdfast::files {

namespace {

constexpr const char* kOneFileSystem = "one_file_system";
constexpr const char* kChanged = "changed";

SourceOptions parse(const Options& options) {
  SourceOptions parsed;
  for (const auto& [name, value] : options) {
    if (name == kOneFileSystem) {
      parsed.walk.one_file_system = parse_flag(name, value);
    } else if (name == kChanged) {
      if (value != "warn" && value != "fail") throw Error(ErrorCode::invalid_argument, "option " + name + " takes warn or fail");
      parsed.on_change = value == "warn" ? OnChange::warn : OnChange::fail;
    } else {
      throw Error(ErrorCode::invalid_argument, "dir has no option " + name + "; it has " + kOneFileSystem + ", " + kChanged);
    }
  }
  return parsed;
}

class FilesDriver final : public Driver {
 public:
  std::string_view name() const noexcept override { return "files"; }
  std::vector<std::string> schemes() const override { return {"dir"}; }

  std::vector<OptionSpec> options() const override {
    return {{kOneFileSystem, "boolean", "no", "take folders where another file system is mounted as empty", false},
            {kChanged, "string", "warn", "a file that changes each time it is read: warn or fail", false}};
  }

  std::unique_ptr<Source> open_source(const std::string& uri, const Selection& selection, const Options& options) const override {
    return tree_source(path_of(uri), selection, parse(options));
  }

  std::unique_ptr<Target> open_target(const std::string& uri, const Options& options) const override {
    if (!options.empty()) throw Error(ErrorCode::invalid_argument, "a restore into dir has no option " + options.begin()->first);
    return tree_target(path_of(uri));
  }

  ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context) const override {
    return files::prove(backup, options, context);
  }

  void export_to(const BackupView& backup, ExportFormat, const Selection&, Writer&, Context&) const override {
    throw Error(ErrorCode::unsupported,
                "there is no export of a tree of files: restore " + backup.source().name + " into a folder, and use what reads files");
  }

  std::vector<Finding> diagnose(const std::string& uri, Context& context) const override {
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
