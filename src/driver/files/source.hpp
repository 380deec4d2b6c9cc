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

std::unique_ptr<Source> tree_source(std::string path, const Selection& selection, const SourceOptions& options);

}  // namespace holdfast::files
