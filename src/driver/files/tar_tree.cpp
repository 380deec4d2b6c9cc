#include "driver/files/tar_tree.hpp"

#include "driver/files/path_pattern.hpp"
#include "holdfast/error.hpp"

namespace holdfast::files {

namespace {

constexpr std::size_t kLongestName = 255;

// Calls `visit` with each part of a path.
template <typename Visit>
void each_part(const std::string& path, Visit&& visit) {
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    visit(path.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace

TarTree::TarTree(Timestamp now) : now_(now), root_{new_folder(), {}} {}

std::shared_ptr<TreeRecord> TarTree::new_folder() const {
  auto folder = std::make_shared<TreeRecord>();
  folder->kind = FileKind::directory;
  folder->mode = 0755;
  folder->mtime = now_;
  return folder;
}

TarTree::Node& TarTree::make(const std::string& path) {
  Node* node = &root_;
  std::size_t depth = 0;
  each_part(path, [&](std::string name) {
    if (name.size() > kLongestName) throw Error(ErrorCode::limit, path + ": has a name of more than 255 bytes");
    if (++depth >= kMaxDepth) throw Error(ErrorCode::limit, path + ": is more than 400 folders deep");
    if (node->record->kind != FileKind::directory) node->record = new_folder();
    Node& child = node->children[std::move(name)];
    if (!child.record) child.record = new_folder();
    node = &child;
  });
  return *node;
}

TarTree::Node* TarTree::find(const std::string& path) {
  Node* node = &root_;
  each_part(path, [&](const std::string& name) {
    if (node == nullptr) return;
    const auto found = node->children.find(name);
    node = found == node->children.end() ? nullptr : &found->second;
  });
  return node;
}

void TarTree::add(const std::string& path, TreeRecord record) {
  if (path.empty() && record.kind != FileKind::directory) throw Error(ErrorCode::source, "the archive has a file without a name");
  Node& node = make(path);
  if (record.kind != FileKind::directory) node.children.clear();
  node.record = std::make_shared<TreeRecord>(std::move(record));
}

void TarTree::link(const std::string& path, const std::string& target) {
  const Node* file = find(target);
  if (file == nullptr || file->record->kind == FileKind::directory)
    throw Error(ErrorCode::source, path + ": is a hard link to " + target + ", which is no file before it in the archive");
  if (path == target) return;
  const std::shared_ptr<TreeRecord> record = file->record;
  Node& node = make(path);
  node.children.clear();
  node.record = record;
}

TreeCounts TarTree::write(TreeWriter& out) {
  TreeCounts counts;
  links_.clear();
  write_node({}, root_, out, counts);
  out.flush();
  return counts;
}

void TarTree::write_names(const Node& node, TreeWriter& out, TreeCounts& counts) {
  for (const auto& [name, child] : node.children) write_node(name, child, out, counts);
}

void TarTree::write_node(const std::string& name, const Node& node, TreeWriter& out, TreeCounts& counts) {
  TreeRecord record = *node.record;
  record.name = name;
  ++(record.kind == FileKind::directory ? counts.folders : counts.files);
  if (record.kind == FileKind::directory) {
    out.write(record);
    write_names(node, out, counts);
    return out.end_directory();
  }
  // Only regular files have several names in a tree stream; other kinds are then separate files.
  if (record.kind == FileKind::regular && node.record.use_count() > 1) {
    const auto [first, is_first] = links_.try_emplace(node.record.get(), links_.size());
    record.linked = is_first;
    if (!is_first) {
      record.kind = FileKind::hard_link;
      record.link = first->second;
    }
  }
  if (record.kind == FileKind::regular) counts.bytes += record.content.size;
  out.write(record);
}

}  // namespace holdfast::files
