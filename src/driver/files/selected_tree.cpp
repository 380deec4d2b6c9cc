#include "driver/files/selected_tree.hpp"

#include "driver/files/beneath.hpp"

namespace holdfast::files {

bool SelectedTree::next(Item& item) {
  for (TreeRecord record; ready_.empty();) {
    if (!reader_.next(record)) return false;
    take(std::move(record));
  }
  item = std::move(ready_.front());
  ready_.pop_front();
  return true;
}

std::string SelectedTree::path_of(const TreeRecord& record) const {
  return levels_.empty() ? std::string() : join_path(levels_.back().path, record.name);
}

void SelectedTree::enter(TreeRecord record) {
  Level level;
  level.record = std::move(record);
  level.path = path_of(level.record);
  const bool root = levels_.empty();
  level.skipped = !root && (levels_.back().skipped || filter_.excluded(level.path));
  level.inside = !level.skipped && (filter_.included(level.path) || (!root && levels_.back().inside));
  levels_.push_back(std::move(level));
  if (levels_.size() == 1 || levels_.back().inside) announce();
}

// Emits the folders above a selected item once one of their items is selected.
void SelectedTree::announce() {
  for (Level& level : levels_) {
    if (!level.announced) ready_.push_back({.record = level.record, .path = level.path, .link_to = {}});
    level.announced = true;
  }
}

void SelectedTree::leave() {
  Level& level = levels_.back();
  if (level.announced) ready_.push_back({.record = std::move(level.record), .path = std::move(level.path), .leave = true, .link_to = {}});
  levels_.pop_back();
}

void SelectedTree::take(TreeRecord record) {
  if (record.kind == FileKind::directory) return enter(std::move(record));
  if (record.kind == FileKind::end) return leave();
  const std::string path = path_of(record);
  const Level& folder = levels_.back();
  const bool selected = !folder.skipped && !filter_.excluded(path) && (filter_.included(path) || folder.inside);
  Item item{.record = std::move(record), .path = path, .link_to = {}};
  if (item.record.linked) {
    Link& link = links_[links_.size()];
    if (selected) {
      link.path = path;
    } else {
      link.record = item.record;
    }
  }
  if (!selected) return;
  if (item.record.kind == FileKind::hard_link) {
    Link& link = links_.at(item.record.link);
    if (link.path.empty()) {
      link.path = path;
      link.record.name = std::move(item.record.name);
      item.record = std::move(link.record);
    } else {
      item.link_to = link.path;
    }
  }
  announce();
  ready_.push_back(std::move(item));
}

}  // namespace holdfast::files
