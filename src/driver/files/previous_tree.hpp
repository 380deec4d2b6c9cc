#pragma once

#include <string>

#include "driver/files/tree.hpp"

namespace holdfast::files {

/// The tree of an earlier backup, read alongside a walk in the same order: one record is held at a time. What can't be read of it counts
/// as not there.
class PreviousTree {
 public:
  /// Without a reader nothing was there before.
  explicit PreviousTree(std::unique_ptr<Reader> from);

  /// The record of that name in the folder both are in, or null; names come in order. Valid until the next call.
  const TreeRecord* find(const std::string& name);
  /// The walk goes into the folder it asked for last.
  void enter();
  /// The walk goes out of a folder that it entered.
  void leave();
  /// Why reading stopped early; empty if it did not.
  const std::string& damage() const noexcept { return damage_; }

 private:
  bool advance();
  void skip_folder();

  std::unique_ptr<TreeReader> reader_;
  TreeRecord record_;
  bool ahead_ = false;       // record_ was read and is still to be looked at
  bool in_record_ = false;   // record_ is a folder and the next record is inside it
  std::size_t missing_ = 0;  // folders the walk is in that were not there
  std::string damage_;
};

}  // namespace holdfast::files
