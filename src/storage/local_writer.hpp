#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "holdfast/io.hpp"
#include "holdfast/storage.hpp"
#include "storage/local_claim.hpp"
#include "storage/local_tree.hpp"

namespace holdfast {

/// Writes an object to a temporary file, and gives it its name when it is complete and durable: write → fsync(file) →
/// link (fails if the name is taken) → fsync(directory) → unlink the temporary name. File systems without links or such
/// a rename have a longer way (LocalClaim). After an error, the temporary file is removed and every further call
/// throws: after a failed fsync, a repeated one proves nothing, because the kernel has dropped the pages that it could
/// not write.
class LocalWriter final : public Writer {
 public:
  LocalWriter(std::shared_ptr<LocalTree> tree, std::string_view name);
  ~LocalWriter() override { discard(); }

  void write(ByteView data) override;
  void commit() override;
  /// Like commit(), but returns `already_exists` instead of throwing it.
  PutResult publish();

 private:
  void make_temp();
  void give_temp();
  void start_writeback();
  void seal();
  PutResult give_name();
  int link_or_rename(const Fd& directory, const char* leaf);
  int claim_and_rename(const Fd& directory, const char* leaf);
  std::optional<PutResult> name_taken(const Fd& directory, const ObjectPlace& place);
  void check_temp();
  void make_entry_durable(const Fd& directory, const ObjectPlace& place);
  void release_claim();
  void discard() noexcept;
  void leave_nothing() noexcept;
  [[noreturn]] void fail(int error_number);

  std::shared_ptr<LocalTree> tree_;
  std::string name_;
  LocalTree::Directory temp_directory_;
  std::string temp_;  ///< empty if there is nothing to clean up
  std::optional<LocalClaim> claim_;
  Fd file_;
  std::uint64_t written_ = 0;
  std::uint64_t writeback_started_ = 0;
};

/// Removes temporary files that were not written to for a day. The writer of such a file is dead, or so late that it
/// fails when it finds the file missing: no object is lost either way. Never throws; a file that can't be removed
/// stays.
void remove_stale_temps(LocalTree& tree) noexcept;

}  // namespace holdfast
