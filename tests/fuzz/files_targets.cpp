// The list of files in a backup of a tree.
#include <stdexcept>

#include "driver/files/selected_tree.hpp"
#include "fuzz/target.hpp"

namespace holdfast::fuzz {

namespace {

using namespace files;

void run_tree(ByteView input) {
  for (const holdfast::Selection& selection : {holdfast::Selection{}, holdfast::Selection{.include = {"b*"}, .exclude = {"*c"}}}) {
    PathFilter filter(selection);
    SelectedTree tree(memory_reader(input), filter);
    for (SelectedTree::Item item; tree.next(item);) {
      const std::string bounded = "/" + item.path + "/";
      if (bounded.find("/../") != std::string::npos || item.path.starts_with('/')) throw std::runtime_error("a path leads out of the tree");
      if (item.record.kind == FileKind::hard_link && item.link_to.empty()) throw std::runtime_error("a hard link to nothing");
    }
  }
}

TreeRecord record(FileKind kind, std::string name) {
  TreeRecord made;
  made.kind = kind;
  made.name = std::move(name);
  return made;
}

std::vector<Bytes> tree_seeds() {
  Bytes bytes;
  const auto out = memory_writer(bytes);
  TreeWriter writer(*out);
  writer.write(record(FileKind::directory, ""));
  TreeRecord file = record(FileKind::regular, "a");
  file.linked = true;
  file.xattrs = {{"user.note", "value"}};
  file.content = {.size = 5, .bundle = 1, .offset = 7, .hash = Bytes(16)};
  writer.write(file);
  writer.write(record(FileKind::directory, "b"));
  TreeRecord holes = record(FileKind::regular, "c");
  holes.content = {.size = 100, .bundle = 1, .offset = 12, .hash = Bytes(16), .sparse = true, .extents = {{10, 5}, {50, 50}}};
  writer.write(holes);
  TreeRecord symlink = record(FileKind::symlink, "d");
  symlink.target = "../..";
  writer.write(symlink);
  writer.end_directory();
  writer.write(record(FileKind::hard_link, "e"));
  writer.write(record(FileKind::block_device, "f"));
  writer.end_directory();
  writer.flush();
  return {bytes};
}

}  // namespace

std::vector<FuzzTarget> files_targets() { return {{"files-tree", run_tree, tree_seeds}}; }

}  // namespace holdfast::fuzz
