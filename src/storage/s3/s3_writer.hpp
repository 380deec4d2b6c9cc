#pragma once

#include <memory>
#include <optional>
#include <string>

#include "holdfast/io.hpp"
#include "storage/s3/s3_objects.hpp"

namespace holdfast {

/// A new object of unknown length: one PUT if it fits into a part, else a multipart upload that exists until it is completed or aborted.
class S3Writer final : public Writer {
 public:
  S3Writer(std::shared_ptr<S3Objects> objects, std::string key);
  ~S3Writer() override;

  void write(ByteView data) override;
  void commit() override;

 private:
  std::uint64_t part_size() const;
  void send_part();
  void begin_upload();
  std::string upload_part(unsigned number, ByteView bytes, const std::stop_token& stop) const;
  PutResult complete();
  PutResult try_complete(const std::string& document, Retry& retry);
  std::optional<PutResult> resolve(Retry& retry);
  void abort() noexcept;
  [[noreturn]] void fail(ErrorCode code, const std::string& why, bool retryable = false) const;

  std::shared_ptr<S3Objects> objects_;
  std::string key_, mark_, upload_id_;
  std::unique_ptr<PartUploads> uploads_;
  Bytes part_;
  unsigned parts_ = 0;  // sent
  std::uint64_t size_ = 0;
  bool finished_ = false;
};

}  // namespace holdfast
