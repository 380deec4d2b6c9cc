#include <filesystem>

#include "base/system_error.hpp"
#include "driver/files/target.hpp"
#include "driver/files/volume.hpp"
#include "driver/files/volume_record.hpp"

namespace holdfast::files {

namespace {

void remove_content(const std::string& folder) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::filesystem::remove_all(entry->path(), error);
    if (error) break;
  }
  if (error) throw system_error("can't empty " + folder, error.value());
}

class VolumeTarget final : public Target {
 public:
  explicit VolumeTarget(VolumePlace place) : place_(std::move(place)) {}

  void preflight(const BackupView& backup, const RestoreOptions& options, Context& context) override {
    check_tree_restore(backup, options, context);
    if (place_.empty && options.resume)
      throw Error(ErrorCode::invalid_argument, "a volume can't be emptied and its restore resumed: leave out one of the two options");
    container::Engine engine(place_.socket, context);
    const auto volume = container::find_volume(engine, place_.name);
    if (!volume) {
      static_cast<void>(volume_like(backup.source(), place_.name));
      return;
    }
    require_unused(engine);
    // One that the engine mounts for a container is looked at once it is mounted.
    if (!place_.empty) tree_target(volume_folder(*volume))->preflight(backup, options, context);
  }

  RestoreReport restore(const BackupView& backup, const RestoreOptions& options, Context& context) override {
    RestoreReport report;
    container::while_quiet(place_.socket, place_.name, place_.quiesce, context, [&] {
      container::Engine engine(place_.socket, context);
      auto volume = container::find_volume(engine, place_.name);
      std::vector<std::string> warnings;
      if (volume) {
        warnings = differences(backup.source(), *volume);
      } else {
        volume = container::create_volume(engine, volume_like(backup.source(), place_.name));
      }
      const std::string folder = volume_folder(*volume);
      if (place_.empty) remove_content(folder);
      report = tree_target(folder)->restore(backup, options, context);
      report.warnings.insert(report.warnings.begin(), warnings.begin(), warnings.end());
    });
    report.where = "the volume " + place_.name + " of " + place_.socket;
    return report;
  }

 private:
  // A container would see, and could change, a tree that is only partly there.
  void require_unused(container::Engine& engine) const {
    if (place_.quiesce == container::Quiesce::stop) return;
    for (const container::VolumeUser& user : container::users_of(engine, place_.name)) {
      if (user.active())
        throw Error(ErrorCode::invalid_state, "the volume " + place_.name + " is used by the container " + user.name +
                                                  ", which runs: stop it, or let the restore do so with quiesce=stop");
    }
  }

  const VolumePlace place_;
};

}  // namespace

std::unique_ptr<Target> volume_target(VolumePlace place) { return std::make_unique<VolumeTarget>(std::move(place)); }

}  // namespace holdfast::files
