#pragma once

#include <memory>
#include <string>

#include "driver/files/file_reader.hpp"
#include "driver/files/path_filter.hpp"
#include "driver/files/walk.hpp"
#include "holdfast/source.hpp"

namespace holdfast::files {

struct SourceOptions {
  WalkOptions walk;
  ReadOptions read;
};

/// The record of a folder of this machine.
SourceRecord folder_record(const std::string& path);
/// Returns a source that reads the folder `path` and describes itself by `record`.
std::unique_ptr<Source> tree_source(std::string path, SourceRecord record, const Selection& selection, const SourceOptions& options);

}  // namespace holdfast::files
