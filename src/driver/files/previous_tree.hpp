#pragma once

#include <string>

#include "driver/files/tree.hpp"

namespace holdfast::files {

/// The tree of an earlier backup, read alongside a walk in the same order. Holds one record at a time. Records that
/// cannot be read count as missing.
class PreviousTree {
 public:
  /// Without a reader there is no earlier tree.
  explicit PreviousTree(std::unique_ptr<Reader> from);

  /// Returns the record of that name in the current folder, or null. Names must be in order. Valid until the next call.
  const TreeRecord* find(const std::string& name);
  /// The walk enters the folder of the last find().
  void enter();
  /// The walk leaves a folder that it entered.
  void leave();
  /// Returns why reading stopped early; empty if it did not.
  const std::string& damage() const noexcept { return damage_; }

 private:
  bool advance();
  void skip_folder();

  std::unique_ptr<TreeReader> reader_;
  TreeRecord record_;
  bool ahead_ = false;       // record_ was read and not used yet
  bool in_record_ = false;   // record_ is a folder and the next record is inside it
  std::size_t missing_ = 0;  // number of the walk's open folders that the earlier tree lacks
  std::string damage_;
};

}  // namespace holdfast::files
