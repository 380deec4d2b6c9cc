#include <filesystem>

#include "base/system_error.hpp"
#include "driver/files/target.hpp"
#include "driver/files/volume.hpp"
#include "driver/files/volume_archive.hpp"
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
    if (const auto folder = reachable_folder(*volume, context)) {
      if (!place_.empty) tree_target(*folder)->preflight(backup, options, context);
    } else {
      refuse_resume(options);
      if (!place_.empty) require_empty_archive(place_, context);
    }
  }

  RestoreReport restore(const BackupView& backup, const RestoreOptions& options, Context& context) override {
    RestoreReport report;
    container::while_quiet(place_.socket, place_.name, place_.quiesce, context, [&] {
      container::Engine engine(place_.socket, context);
      const auto found = container::find_volume(engine, place_.name);
      const container::Volume volume = found ? *found : container::create_volume(engine, volume_like(backup.source(), place_.name));
      report = restore_into(volume, !found, engine, backup, options, context);
      if (!found) return;
      const std::vector<std::string> warnings = differences(backup.source(), volume);
      report.warnings.insert(report.warnings.begin(), warnings.begin(), warnings.end());
    });
    report.where = "the volume " + place_.name + " of " + place_.socket;
    return report;
  }

 private:
  RestoreReport restore_into(const container::Volume& volume, bool made, container::Engine& engine, const BackupView& backup,
                             const RestoreOptions& options, Context& context) {
    if (const auto folder = reachable_folder(volume, context)) {
      if (place_.empty) remove_content(*folder);
      return tree_target(*folder)->restore(backup, options, context);
    }
    refuse_resume(options);
    if (place_.empty && !made) make_volume_anew(engine, volume);
    if (!place_.empty && !made) require_empty_archive(place_, context);
    return restore_archive(place_, made, backup, options, context);
  }

  void refuse_resume(const RestoreOptions& options) const {
    if (options.resume)
      throw Error(ErrorCode::unsupported,
                  "a restore into the volume " + place_.name + " can't be resumed: its folder can't be reached here");
  }

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
