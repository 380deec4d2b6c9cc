#include "storage/sftp/sftp_access.hpp"

#include "storage/local_tree.hpp"

namespace holdfast {

void SftpAccess::give_file(SftpConnection& connection, std::string_view handle, std::string_view object) {
  if (known_right()) return;
  const SftpReply reply = connection.request(SftpType::fstat, SftpBody().text(handle));
  connection.require(SftpConnection::status_in(reply), "examine", object);
  give(connection, SftpType::fsetstat, handle, SftpParser(reply.body).attributes(), modes_.file, object);
}

/// Unless the server makes it right at once, makes it under another name first: until it has the right owner, others
/// could not use it, and if this process died they never could.
SftpStatus SftpAccess::make_directory(SftpConnection& connection, const std::string& path) {
  if (known_right()) return connection.status_of(SftpType::mkdir, SftpBody().text(path).mode(modes_.directory));
  const std::string temp = path.substr(0, path.rfind('/') + 1) + unlisted_leaf();
  const SftpStatus status = connection.status_of(SftpType::mkdir, SftpBody().text(temp).mode(S_IRWXU));
  if (status != SftpStatus::ok) return status;
  try {
    const auto made = connection.lstat(temp);
    if (made) give(connection, SftpType::setstat, temp, *made, modes_.directory, path);
    // By version 3 of the protocol this fails if the name is taken.
    const SftpStatus named = connection.status_of(SftpType::rename, SftpBody().text(temp).text(path));
    if (named != SftpStatus::ok) connection.status_of(SftpType::rmdir, SftpBody().text(temp));
    return named;
  } catch (const Error& error) {
    if (!error.retryable()) connection.status_of(SftpType::rmdir, SftpBody().text(temp));
    throw;
  }
}

void SftpAccess::give(SftpConnection& connection, SftpType change, std::string_view target, const SftpAttributes& made, mode_t mode,
                      std::string_view object) {
  // Only root gives files away; other users keep theirs.
  const bool other_owner = made.owner != owner_ && made.owner == 0;
  if (!other_owner && !modes_.shared) {
    same_owner_ = true;
    return;
  }
  if (other_owner || made.group != group_) {
    const std::uint32_t owner = other_owner ? owner_ : made.owner;
    const SftpStatus status = connection.status_of(change, SftpBody().text(target).owners(owner, group_));
    if (status != SftpStatus::ok && other_owner)
      throw connection.error("give to the owner of the folder", object, status, "log in as that user, who could not use it otherwise");
    // Another group than the folder's gets nothing.
    if (status != SftpStatus::ok) mode &= ~static_cast<mode_t>(S_IRWXG | S_ISGID);
  }
  // Despite the server's umask. A server that keeps no modes has its own.
  if ((made.mode & ALLPERMS) != mode) connection.status_of(change, SftpBody().text(target).mode(mode));
}

}  // namespace holdfast
