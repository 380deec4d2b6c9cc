#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "storage/gcs/gcs_objects.hpp"

namespace holdfast {

/// A resumable upload: chunks of one object in order, each a multiple of 256 KiB but for the last. What of a chunk the server has kept when
/// a connection breaks is not sent again. Used by one thread at a time. Destroyed before it is finished = given up.
class GcsUpload {
 public:
  /// Throws Error{already_exists} when the name is taken.
  GcsUpload(std::shared_ptr<GcsObjects> objects, std::string key, std::string mark);
  ~GcsUpload();
  GcsUpload(const GcsUpload&) = delete;
  GcsUpload& operator=(const GcsUpload&) = delete;

  void append(ByteView chunk, const std::stop_token& stop);
  /// Sends the last chunk, of at least a byte, and makes the object.
  PutResult finish(ByteView chunk, const GcsWrite& write);

 private:
  std::optional<GcsReply> advance(ByteView chunk, bool last, Retry& retry);
  GcsRequest next_request(ByteView chunk, bool last, bool ask) const;
  bool take_kept(const GcsReply& reply, std::uint64_t end);
  [[noreturn]] void fail(ErrorCode code, const std::string& why) const;

  std::shared_ptr<GcsObjects> objects_;
  std::string key_;
  std::string session_;       // path and query: whoever knows it may write
  std::uint64_t begins_ = 0;  // where the chunk does that is being sent
  std::uint64_t kept_ = 0;    // bytes the server has said it has
  bool open_ = true;
};

}  // namespace holdfast
