#include "storage/sftp/sftp_streams.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "storage/local_tree.hpp"
#include "storage/object_name.hpp"

namespace holdfast {

namespace {

constexpr std::uint32_t kPiece = 32U << 10;  // every server accepts this size
constexpr std::size_t kOnTheWay = 64;

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

SftpReader::SftpReader(SftpLease connection, std::string path, std::string_view name, std::uint64_t offset, std::uint64_t length)
    : name_(name), connection_(std::move(connection)) {
  const auto found = connection_->lstat(path);
  if (!found || !S_ISREG(found->mode)) {
    const Error error = connection_->error("read", name_, SftpStatus::no_such_file, "there is no such object");
    connection_.done();
    throw error;
  }
  handle_ = connection_->open(path, kSftpRead);
  next_ = std::min(offset, found->size);
  end_ = next_ + std::min(length, found->size - next_);
}

std::size_t SftpReader::read(std::span<std::byte> out) {
  if (out.empty() || !connection_) return 0;
  ask();
  if (pieces_.empty()) {
    finish();
    return 0;
  }
  while (!pieces_.front().bytes) take_answer();
  const Bytes& bytes = *pieces_.front().bytes;
  const std::size_t count = std::min(out.size(), bytes.size() - used_);
  std::copy_n(bytes.begin() + static_cast<long>(used_), count, out.begin());
  used_ += count;
  if (used_ == bytes.size()) {
    pieces_.pop_front();
    used_ = 0;
  }
  return count;
}

void SftpReader::ask() {
  while (next_ < end_ && pieces_.size() < kOnTheWay) {
    pieces_.push_back({.offset = next_, .length = static_cast<std::uint32_t>(std::min<std::uint64_t>(kPiece, end_ - next_)), .bytes = {}});
    ask_piece(pieces_.back());
    next_ += pieces_.back().length;
  }
}

void SftpReader::ask_piece(Piece& piece) {
  piece.id = connection_->send(SftpType::read, SftpBody().text(handle_).large(piece.offset).number(piece.length));
}

void SftpReader::take_answer() {
  const SftpReply reply = connection_->receive();
  const auto piece = std::ranges::find(pieces_, reply.id, &Piece::id);
  if (piece == pieces_.end()) throw Error(ErrorCode::network, "the SFTP server sent an unexpected answer", true);
  if (reply.type != SftpType::data) {
    const SftpStatus status = SftpConnection::status_in(reply);
    if (status == SftpStatus::end) throw connection_->error("read", name_, status, "the file is shorter than the server said");
    throw connection_->error("read", name_, status);
  }
  const ByteView data = SftpParser(reply.body).data();
  if (data.empty() || data.size() > piece->length)
    throw Error(ErrorCode::network, "the SFTP server sent more or less than was asked for", true);
  const std::uint32_t missing = piece->length - static_cast<std::uint32_t>(data.size());
  piece->bytes = Bytes(data.begin(), data.end());
  if (missing == 0) return;
  // A short answer is allowed: request the rest.
  Piece rest{.offset = piece->offset + data.size(), .length = missing, .bytes = {}};
  piece->length = static_cast<std::uint32_t>(data.size());
  ask_piece(rest);
  pieces_.insert(std::next(piece), std::move(rest));
}

void SftpReader::finish() {
  connection_->close(handle_);
  connection_.done();
}

SftpWriter::SftpWriter(const SftpPlace& place, std::shared_ptr<const CallLimit> limit, std::string_view name)
    : place_(place), name_(name), connection_(place.pool, std::move(limit)) {
  const std::string temp = place_.root + "/" + std::string(kTempFolder) + "/" + random_leaf();
  make_sftp_directories(*connection_, place_, std::string(kTempFolder) + "/x");
  handle_ = connection_->open(temp, kSftpWrite | kSftpCreate | kSftpExclusive);
  try {
    place_.access->give_file(*connection_, handle_, name_);
  } catch (const Error& error) {
    if (!error.retryable()) connection_->status_of(SftpType::remove, SftpBody().text(temp));
    throw;
  }
  temp_ = temp;
}

SftpWriter::~SftpWriter() {
  if (temp_.empty()) return;
  try {
    // The connection may have broken: use another one to clean up, soon or not at all.
    const SftpLease other(place_.pool, std::make_shared<CallLimit>(tidy_limit(place_.pool->target().timeout)));
    const SftpStatus ignored = other->status_of(SftpType::remove, SftpBody().text(temp_));
    static_cast<void>(ignored);
  } catch (...) {  // a remaining temporary file is not an object
  }
}

void SftpWriter::write(ByteView data) {
  if (!connection_) throw Error(ErrorCode::invalid_state, "can't write '" + name_ + "': its writer was committed");
  while (!data.empty()) {
    const ByteView piece = data.first(std::min<std::size_t>(data.size(), kPiece));
    connection_->send(SftpType::write, SftpBody().text(handle_).large(written_).data(piece));
    ++on_the_way_;
    written_ += piece.size();
    data = data.subspan(piece.size());
    take_answers(kOnTheWay);
  }
}

void SftpWriter::take_answers(std::size_t leave) {
  for (; on_the_way_ > leave; --on_the_way_) connection_->require(SftpConnection::status_in(connection_->receive()), "store", name_);
}

void SftpWriter::commit() {
  if (publish() == PutResult::already_exists)
    throw Error(ErrorCode::already_exists,
                "can't store '" + name_ + "' in " + place_.pool->target().uri + ": an object of that name exists");
}

PutResult SftpWriter::publish() {
  take_answers(0);
  if (connection_->offers_fsync())
    connection_->require(connection_->status_of(SftpType::extended, SftpBody().text("fsync@openssh.com").text(handle_)), "make durable",
                         name_);
  connection_->close(handle_);
  const PutResult result = give_name();
  connection_->status_of(SftpType::remove, SftpBody().text(temp_));
  temp_.clear();
  connection_.done();
  return result;
}

PutResult SftpWriter::give_name() {
  const std::string path = place_.root + "/" + name_;
  for (int attempt = 0; attempt < kRaceAttempts; ++attempt) {
    make_sftp_directories(*connection_, place_, name_);
    const SftpStatus status = link_or_rename(path);
    if (status == SftpStatus::ok) {
      sync_sftp_directory(*connection_, directory_of(path));
      return PutResult::created;
    }
    const auto there = connection_->lstat(path);
    if (there && S_ISREG(there->mode)) {
      sync_sftp_directory(*connection_, directory_of(path));
      return PutResult::already_exists;
    }
    if (there || status != SftpStatus::no_such_file) throw connection_->error("store", name_, status);
    // A remove() removed the directory because it was empty: try again, unless our file itself is gone.
    if (!connection_->lstat(temp_))
      throw connection_->error("store", name_, status, "somebody removed its temporary file from the folder .tmp");
  }
  throw Error(ErrorCode::conflict, "can't store '" + name_ + "': somebody keeps removing its directory", true);
}

/// Both ways fail if the name is taken: a link always, a rename by version 3 of the protocol.
SftpStatus SftpWriter::link_or_rename(const std::string& path) {
  if (connection_->offers_hard_links()) {
    const SftpStatus status = connection_->status_of(SftpType::extended, SftpBody().text("hardlink@openssh.com").text(temp_).text(path));
    if (status != SftpStatus::unsupported) return status;
  }
  return connection_->status_of(SftpType::rename, SftpBody().text(temp_).text(path));
}

namespace {

/// Makes the directories above `path` below `root`; `make` makes one.
void make_directories(SftpConnection& connection, const std::string& root, std::string_view path,
                      const std::function<SftpStatus(const std::string&)>& make) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return;
  const std::string directory(path.substr(0, slash));
  if (connection.lstat(root + "/" + directory)) return;
  make_directories(connection, root, directory, make);
  const std::string full = root + "/" + directory;
  SftpStatus status{};
  // The server may refuse because somebody made the directory, which may be gone again when we look.
  for (int attempt = 0; attempt < kRaceAttempts; ++attempt) {
    status = make(full);
    if (status == SftpStatus::ok) return sync_sftp_directory(connection, full.substr(0, full.rfind('/')));
    if (status == SftpStatus::no_such_file || connection.lstat(full)) return;
  }
  throw connection.error("make directory", directory, status);
}

}  // namespace

void make_sftp_directories(SftpConnection& connection, const SftpPlace& place, std::string_view path) {
  make_directories(connection, place.root, path,
                   [&](const std::string& directory) { return place.access->make_directory(connection, directory); });
}

void make_sftp_root(SftpConnection& connection, const std::string& path) {
  const std::size_t slash = path.find('/');  // in "/absolute" or "./below/home"
  make_directories(connection, path.substr(0, slash), path.substr(slash + 1) + "/x", [&](const std::string& directory) {
    const SftpReply above = connection.request(SftpType::stat, SftpBody().text(directory.substr(0, directory.rfind('/')) + "/."));
    const bool known = SftpConnection::status_in(above) == SftpStatus::ok;
    const std::uint32_t mode = known ? SftpParser(above.body).attributes().mode : 0;
    return connection.status_of(SftpType::mkdir, SftpBody().text(directory).mode(S_IRWXU | ((mode & S_ISGID) != 0 ? mode & S_IRWXG : 0)));
  });
}

void sync_sftp_directory(SftpConnection& connection, const std::string& path) {
  if (!connection.offers_fsync()) return;
  const SftpReply reply = connection.request(SftpType::open, SftpBody().text(path.empty() ? "/" : path).number(kSftpRead).no_attributes());
  if (reply.type != SftpType::handle) return;  // not every server opens a directory this way
  const std::string handle = SftpParser(reply.body).text();
  connection.status_of(SftpType::extended, SftpBody().text("fsync@openssh.com").text(handle));
  connection.close(handle);
}

}  // namespace holdfast
