#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "storage/gcs/gcs_objects.hpp"

namespace holdfast {

/// A resumable upload: the chunks of one object in order, each a multiple of 256 KiB except the last. Bytes of a chunk
/// that the server kept before a connection broke are not sent again. Destroyed before it is finished, it gives up the
/// upload. Used by one thread at a time.
class GcsUpload {
 public:
  /// Throws Error{already_exists} if the name is taken.
  GcsUpload(std::shared_ptr<GcsObjects> objects, std::string key, std::string mark);
  ~GcsUpload();
  GcsUpload(const GcsUpload&) = delete;
  GcsUpload& operator=(const GcsUpload&) = delete;

  void append(ByteView chunk, const std::stop_token& stop);
  /// Sends the last chunk, of at least one byte, and creates the object.
  PutResult finish(ByteView chunk, const GcsWrite& write);

 private:
  std::optional<GcsReply> advance(ByteView chunk, bool last, Retry& retry);
  GcsRequest next_request(ByteView chunk, bool last, bool ask) const;
  bool take_kept(const GcsReply& reply, std::uint64_t end);
  [[noreturn]] void fail(ErrorCode code, const std::string& why) const;

  std::shared_ptr<GcsObjects> objects_;
  std::string key_;
  std::string session_;       // path and query: a secret, because it allows writing
  std::uint64_t begins_ = 0;  // where the current chunk begins
  std::uint64_t kept_ = 0;    // bytes that the server has confirmed
  bool open_ = true;
};

}  // namespace holdfast
