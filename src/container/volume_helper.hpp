#pragma once

#include <memory>
#include <string>

#include "container/engine.hpp"
#include "holdfast/context.hpp"
#include "holdfast/io.hpp"

namespace holdfast::container {

/// A container that is never started and has a volume in it: the engine reads and writes the volume's files for it, as
/// tar archives, where this process can't. Its image has no files. The destructor removes both. Those of processes that
/// were killed are removed by the next helper. Used by one thread; the context outlives it.
class VolumeHelper {
 public:
  enum class Access { read, write };
  VolumeHelper(const std::string& socket, const std::string& volume, Access access, const Context& context);
  ~VolumeHelper();
  VolumeHelper(const VolumeHelper&) = delete;
  VolumeHelper& operator=(const VolumeHelper&) = delete;

  /// Returns a tar archive of the volume; names are relative to it.
  std::unique_ptr<Reader> read();
  /// Returns a writer that unpacks a tar archive in the volume.
  std::unique_ptr<Writer> write();

 private:
  std::string import_image();
  std::string create(const std::string& volume, Access access);

  const Context& context_;
  Engine engine_;
  std::string image_, id_;
};

/// Removes the helpers of processes of this machine that no longer run, and old ones of others. Warns of each that was
/// writing: its volume is only partly restored.
void remove_left_helpers(Engine& engine, const Context& context);

}  // namespace holdfast::container
