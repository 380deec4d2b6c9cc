#include "storage/azure/azure_writer.hpp"

#include "storage/http/part_writer.hpp"
#include "storage/http/write_mark.hpp"

namespace holdfast {

namespace {

class AzureBlocks final : public PartedObject {
 public:
  AzureBlocks(std::shared_ptr<AzureBlobs> blobs, std::string blob)
      : blobs_(std::move(blobs)), blob_(std::move(blob)), mark_(new_write_mark(blobs_->client()->random())) {}

  std::string shown() const override { return blobs_->shown(blob_); }
  PutResult put(ByteView bytes) override { return blobs_->put(blob_, bytes); }
  std::string put_part(unsigned number, ByteView bytes, const std::stop_token& stop) override {
    return blobs_->put_block(blob_, number, bytes, mark_, stop);
  }
  PutResult complete(const std::vector<std::string>& names, std::uint64_t /*size*/) override {
    return blobs_->put_block_list(blob_, names, mark_);
  }

 private:
  std::shared_ptr<AzureBlobs> blobs_;
  std::string blob_, mark_;
};

}  // namespace

std::unique_ptr<Writer> open_azure_writer(std::shared_ptr<AzureBlobs> blobs, std::string blob) {
  const AzureOptions& options = blobs->options();
  PartRules rules{.first_size = options.part_size,
                  .largest_size = kLargestBlock,
                  .most = options.max_parts,
                  .parallel = options.parallel_parts,
                  .memory = blobs->memory(),
                  .stop = blobs->client()->stop()};
  return part_writer(std::make_unique<AzureBlocks>(std::move(blobs), std::move(blob)), std::move(rules));
}

}  // namespace holdfast
