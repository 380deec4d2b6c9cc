#include "storage/azure/azure_writer.hpp"

#include <algorithm>

#include "storage/http/part_plan.hpp"
#include "storage/http/write_mark.hpp"

namespace holdfast {

AzureWriter::AzureWriter(std::shared_ptr<AzureBlobs> blobs, std::string blob)
    : blobs_(std::move(blobs)), blob_(std::move(blob)), mark_(new_write_mark(blobs_->client()->random())) {}

void AzureWriter::fail(ErrorCode code, const std::string& why) const {
  throw Error(code, "can't store " + blobs_->shown(blob_) + ": " + why);
}

std::uint64_t AzureWriter::part_size() const {
  return planned_part_size(parts_ + 1, blobs_->options().part_size, blobs_->options().max_parts, kLargestBlock);
}

void AzureWriter::write(ByteView data) {
  if (finished_) fail(ErrorCode::invalid_state, "its writer failed or was committed");
  while (!data.empty()) {
    const std::uint64_t room = part_size() - part_.size();
    if (room == 0) {
      send_part();
      continue;
    }
    const ByteView piece = data.first(static_cast<std::size_t>(std::min<std::uint64_t>(room, data.size())));
    part_.insert(part_.end(), piece.begin(), piece.end());
    data = data.subspan(piece.size());
  }
}

void AzureWriter::send_part() {
  if (parts_ == blobs_->options().max_parts)
    fail(ErrorCode::limit, "it has more than the server's " + std::to_string(parts_) + " parts; set a larger part_size");
  if (!uploads_)
    uploads_ = std::make_unique<PartUploads>(blobs_->options().parallel_parts, blobs_->memory(),
                                             [this](unsigned number, ByteView bytes, const std::stop_token& stop) {
                                               return blobs_->put_block(blob_, number, bytes, mark_, stop);
                                             });
  uploads_->send(std::exchange(part_, {}));
  ++parts_;
}

void AzureWriter::commit() {
  if (std::exchange(finished_, true)) fail(ErrorCode::invalid_state, "its writer failed or was committed");
  const PutResult result = uploads_ ? complete() : blobs_->put(blob_, part_);
  if (result == PutResult::already_exists) fail(ErrorCode::already_exists, "an object of that name exists");
}

PutResult AzureWriter::complete() {
  send_part();
  return blobs_->put_block_list(blob_, uploads_->finish(), mark_);
}

}  // namespace holdfast
