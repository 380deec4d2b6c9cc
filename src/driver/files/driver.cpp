#include "driver/files/driver.hpp"

#include "driver/files/options.hpp"
#include "driver/files/place.hpp"
#include "driver/files/proof.hpp"
#include "driver/files/source.hpp"
#include "driver/files/tar_export.hpp"
#include "driver/files/tar_source.hpp"
#include "driver/files/target.hpp"
#include "driver/files/volume.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

namespace {

// A proof compares folders: that of a volume is as good as any.
std::string folder_to_compare(const std::string& uri, const ParsedOptions& options, Context& context) {
  if (!names_volume(uri)) return uri;
  const VolumePlace place = volume_place(uri, DriverCall::verify, options);
  container::Engine engine(place.socket, context);
  return uri_of(volume_folder(container::require_volume(engine, place.name)));
}

Finding volume_finding(const VolumePlace& place, Context& context) {
  try {
    container::Engine engine(place.socket, context);
    const std::string version = engine.version();
    const std::optional<std::string> folder = reachable_folder(container::require_volume(engine, place.name), context);
    return {Finding::State::ok, place.uri(),
            "a volume of " + version + (folder ? " that can be read in " + *folder : " that can be read through a helper container")};
  } catch (const Error& error) {
    return {Finding::State::missing, place.uri(), error.message()};
  }
}

// Not read: it may be a pipe, whose bytes would be missing from the backup.
Finding archive_finding(const std::string& uri, Context& context) {
  const std::string shown = archive_source(uri, {})->describe(context).record.uri;
  return {Finding::State::ok, shown, "an archive, which is read by the backup only"};
}

Finding folder_finding(const std::string& path, Context& context) {
  try {
    tree_source(path, folder_record(path), {}, {})->describe(context);
    return {Finding::State::ok, path, "a folder that can be read"};
  } catch (const Error& error) {
    return {Finding::State::missing, path, error.message()};
  }
}

class FilesDriver final : public Driver {
 public:
  std::string_view name() const noexcept override { return "files"; }
  std::vector<std::string> schemes() const override { return {"dir", "docker-volume", "podman-volume", "tar"}; }

  std::vector<ExportFormat> export_formats() const override { return {{"tar", "a tar archive in the format pax, which GNU tar reads"}}; }

  DriverAbilities abilities() const override { return {.consistent = false, .selection = true, .proof = ProofLevel::content_equal}; }

  std::vector<OptionSpec> options() const override { return option_specs(); }

  std::unique_ptr<Source> open_source(const std::string& uri, const Selection& selection, const Options& given) const override {
    const ParsedOptions options = parsed(DriverCall::backup, given);
    if (names_volume(uri)) return volume_source(volume_place(uri, DriverCall::backup, options), selection, source_options(options));
    refuse_volume_options(DriverCall::backup, options);
    if (names_archive(uri)) {
      if (!given.empty()) throw Error(ErrorCode::invalid_argument, "an archive takes no options: they say how folders are read");
      return archive_source(uri, selection);
    }
    std::string path = path_of(uri);
    SourceRecord record = folder_record(path);
    return tree_source(std::move(path), std::move(record), selection, source_options(options));
  }

  std::unique_ptr<Target> open_target(const std::string& uri, const Options& given) const override {
    const ParsedOptions options = parsed(DriverCall::restore, given);
    if (names_volume(uri)) return volume_target(volume_place(uri, DriverCall::restore, options));
    refuse_volume_options(DriverCall::restore, options);
    if (names_archive(uri))
      throw Error(ErrorCode::unsupported, "there is no restore into an archive: write one with an export in the format tar");
    return tree_target(path_of(uri));
  }

  ProofReport prove(const BackupView& backup, const VerifyOptions& options, Context& context) const override {
    const ParsedOptions given = parsed(DriverCall::verify, options.driver);
    VerifyOptions folders = options;
    folders.restored = folder_to_compare(options.restored, given, context);
    return files::prove(backup, folders, context);
  }

  void export_to(const BackupView& backup, const ExportOptions& options, Writer& out, Context& context) const override {
    check_options(DriverCall::export_to, options.driver);
    export_tar(backup, options.selection, out, context);
  }

  std::vector<Finding> diagnose(const std::string& uri, const Options& given, Context& context) const override {
    const ParsedOptions options = parsed(DriverCall::doctor, given);
    if (uri.empty()) return {{Finding::State::ok, "files", "reads and restores trees of files"}};
    if (names_archive(uri)) return {archive_finding(uri, context)};
    if (names_volume(uri)) return {volume_finding(volume_place(uri, DriverCall::doctor, options), context)};
    return {folder_finding(path_of(uri), context)};
  }
};

}  // namespace

std::shared_ptr<const Driver> driver() { return std::make_shared<FilesDriver>(); }

}  // namespace holdfast::files
