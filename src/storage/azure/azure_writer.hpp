#pragma once

#include <memory>
#include <string>

#include "holdfast/io.hpp"
#include "storage/azure/azure_blobs.hpp"

namespace holdfast {

/// A new blob of unknown length: one Put Blob if it fits into a part, else blocks, which the server drops after a week when they were never
/// made a blob.
class AzureWriter final : public Writer {
 public:
  AzureWriter(std::shared_ptr<AzureBlobs> blobs, std::string blob);

  void write(ByteView data) override;
  void commit() override;

 private:
  std::uint64_t part_size() const;
  void send_part();
  PutResult complete();
  [[noreturn]] void fail(ErrorCode code, const std::string& why) const;

  std::shared_ptr<AzureBlobs> blobs_;
  std::string blob_, mark_;
  Bytes part_;
  unsigned parts_ = 0;  // sent
  bool finished_ = false;
  std::unique_ptr<PartUploads> uploads_;  // last: its threads use the others
};

}  // namespace holdfast
