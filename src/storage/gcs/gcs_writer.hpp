#pragma once

#include <memory>
#include <string>

#include "base/md5.hpp"
#include "holdfast/io.hpp"
#include "storage/gcs/gcs_upload.hpp"

namespace holdfast {

/// Writes a new object of unknown length: one request if it fits into a chunk, else a resumable upload, which sends one
/// chunk while the next one is filled.
class GcsWriter final : public Writer {
 public:
  GcsWriter(std::shared_ptr<GcsObjects> objects, std::string key);

  void write(ByteView data) override;
  void commit() override;

 private:
  void send_chunk();
  PutResult finish();
  [[noreturn]] void fail(ErrorCode code, const std::string& why) const;

  std::shared_ptr<GcsObjects> objects_;
  GcsWrite write_;
  Md5 md5_;
  std::unique_ptr<GcsUpload> upload_;
  std::unique_ptr<PartUploads> chunks_;  // declared after its target, so destroyed first
  Bytes chunk_;
  bool finished_ = false;
};

}  // namespace holdfast
