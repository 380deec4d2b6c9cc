#pragma once

#include <deque>

#include "holdfast/storage.hpp"
#include "storage/sftp/sftp_access.hpp"

namespace holdfast {

/// A folder on a server, with the facts known once the server was reached.
struct SftpPlace {
  std::shared_ptr<SftpPool> pool;
  std::string root;
  bool durable = false;
  std::shared_ptr<SftpAccess> access;
};

/// Reads an object from a file, with many reads in flight.
class SftpReader final : public Reader {
 public:
  /// `path` is that of the object `name`. Throws Error{not_found}.
  SftpReader(SftpLease connection, std::string path, std::string_view name, std::uint64_t offset, std::uint64_t length);
  std::size_t read(std::span<std::byte> out) override;

 private:
  struct Piece {
    std::uint32_t id = 0;
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    std::optional<Bytes> bytes;
  };
  void ask();
  void ask_piece(Piece& piece);
  void take_answer();
  void finish();

  std::string name_;
  SftpLease connection_;
  std::string handle_;
  std::uint64_t next_ = 0;  ///< of the first byte not requested yet
  std::uint64_t end_ = 0;
  std::deque<Piece> pieces_;
  std::size_t used_ = 0;  ///< bytes of the first piece that were returned
};

/// Writes a temporary file, and gives it its name when it is complete and as durable as the server can make it.
class SftpWriter final : public Writer {
 public:
  SftpWriter(const SftpPlace& place, std::shared_ptr<const CallLimit> limit, std::string_view name);
  SftpWriter(const SftpWriter&) = delete;
  SftpWriter& operator=(const SftpWriter&) = delete;
  ~SftpWriter() override;

  void write(ByteView data) override;
  void commit() override;
  /// Like commit(), but returns `already_exists` instead of throwing it.
  PutResult publish();

 private:
  void take_answers(std::size_t leave);
  PutResult give_name();
  SftpStatus link_or_rename(const std::string& path);

  const SftpPlace place_;
  const std::string name_;
  SftpLease connection_;
  std::string temp_, handle_;
  std::uint64_t written_ = 0;
  std::size_t on_the_way_ = 0;
};

/// Creates the directories above `path` below the root, which exists.
void make_sftp_directories(SftpConnection& connection, const SftpPlace& place, std::string_view path);
/// Creates a root folder and the missing ones above it. In one that hands its group down it is that group's, as far as
/// the server's umask allows.
void make_sftp_root(SftpConnection& connection, const std::string& path);
/// Makes a directory's entries durable if the server can.
void sync_sftp_directory(SftpConnection& connection, const std::string& path);

}  // namespace holdfast
