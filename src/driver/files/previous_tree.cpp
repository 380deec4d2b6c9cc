#include "driver/files/previous_tree.hpp"

#include "holdfast/error.hpp"

namespace holdfast::files {

PreviousTree::PreviousTree(std::unique_ptr<Reader> from) {
  if (!from) return;
  reader_ = std::make_unique<TreeReader>(std::move(from));
  if (advance()) in_record_ = true;
}

bool PreviousTree::advance() {
  if (!reader_) return false;
  try {
    if (reader_->next(record_)) return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    damage_ = error.message();
  }
  reader_.reset();
  return false;
}

// Skips the rest of the folder that record_ opened.
void PreviousTree::skip_folder() {
  in_record_ = false;
  for (std::size_t depth = 1; depth > 0 && advance();) {
    if (record_.kind == FileKind::directory) ++depth;
    if (record_.kind == FileKind::end) --depth;
  }
}

const TreeRecord* PreviousTree::find(const std::string& name) {
  if (missing_ > 0) return nullptr;
  while (reader_) {
    if (!ahead_) {
      if (in_record_) skip_folder();
      if (!advance()) return nullptr;
      ahead_ = true;
    }
    if (record_.kind == FileKind::end || record_.name > name) return nullptr;
    ahead_ = false;
    in_record_ = record_.kind == FileKind::directory;
    if (record_.name == name) return &record_;
  }
  return nullptr;
}

void PreviousTree::enter() {
  if (in_record_ && !ahead_ && missing_ == 0) {
    in_record_ = false;
  } else {
    ++missing_;
  }
}

void PreviousTree::leave() {
  if (missing_ > 0) {
    --missing_;
    return;
  }
  while (reader_) {
    if (!ahead_) {
      if (in_record_) skip_folder();
      if (!advance()) return;
    }
    ahead_ = false;
    if (record_.kind == FileKind::end) return;
    in_record_ = record_.kind == FileKind::directory;
  }
}

}  // namespace holdfast::files
