#include "driver/files/volume.hpp"
#include "driver/files/volume_archive.hpp"
#include "driver/files/volume_record.hpp"

namespace holdfast::files {

namespace {

class VolumeSource final : public Source {
 public:
  VolumeSource(VolumePlace place, const Selection& selection, const SourceOptions& options)
      : place_(std::move(place)), selection_(selection), options_(options) {}

  SourceInfo describe(Context& context) override {
    container::Engine engine(place_.socket, context);
    return open(engine, context)->describe(context);
  }

  void backup(BackupWriter& out, Context& context) override {
    container::while_quiet(place_.socket, place_.name, place_.quiesce, context, [&] {
      // Only now: a container that was stopped may have kept the volume mounted.
      container::Engine engine(place_.socket, context);
      open(engine, context)->backup(out, context);
    });
  }

 private:
  std::unique_ptr<Source> open(container::Engine& engine, const Context& context) const {
    const container::Volume volume = container::require_volume(engine, place_.name);
    SourceRecord record = volume_record(place_, volume, engine.version());
    const std::optional<std::string> folder = reachable_folder(volume, context);
    if (!folder) return volume_archive_source(place_, std::move(record), selection_, options_);
    return tree_source(*folder, std::move(record), selection_, options_);
  }

  const VolumePlace place_;
  const Selection selection_;
  const SourceOptions options_;
};

}  // namespace

std::unique_ptr<Source> volume_source(VolumePlace place, const Selection& selection, const SourceOptions& options) {
  return std::make_unique<VolumeSource>(std::move(place), selection, options);
}

}  // namespace holdfast::files
