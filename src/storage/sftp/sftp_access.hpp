#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "storage/folder_modes.hpp"
#include "storage/sftp/sftp_connection.hpp"

namespace holdfast {

/// Owner, group and modes of the files and directories that an SFTP storage creates: those of its root folder, as on a
/// local disk (LocalAccess). Safe from any thread.
class SftpAccess {
 public:
  explicit SftpAccess(const SftpAttributes& root) : modes_(modes_below(root.mode)), owner_(root.owner), group_(root.group) {}

  /// Gives an open new file, which nobody else can reach, its owner, group and mode. `object` is for messages. Throws
  /// if it can't be given to the folder's owner.
  void give_file(SftpConnection& connection, std::string_view handle, std::string_view object);
  /// Makes a directory whose parent exists. Returns the server's status: a failure if it exists, or if the parent is
  /// gone.
  SftpStatus make_directory(SftpConnection& connection, const std::string& path);

 private:
  /// Whether the server makes our files as they must be.
  bool known_right() const noexcept { return !modes_.shared && same_owner_.load(); }
  void give(SftpConnection& connection, SftpType change, std::string_view target, const SftpAttributes& made, mode_t mode,
            std::string_view object);

  const FolderModes modes_;
  const std::uint32_t owner_, group_;
  std::atomic<bool> same_owner_{false};  ///< as the first file showed
};

}  // namespace holdfast
