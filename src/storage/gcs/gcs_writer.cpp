#include "storage/gcs/gcs_writer.hpp"

#include "base/base64.hpp"
#include "storage/http/write_mark.hpp"

namespace holdfast {

GcsWriter::GcsWriter(std::shared_ptr<GcsObjects> objects, std::string key) : objects_(std::move(objects)) {
  write_.key = std::move(key);
  write_.mark = new_write_mark(objects_->client().random());
}

void GcsWriter::fail(ErrorCode code, const std::string& why) const {
  throw Error(code, "can't store " + objects_->shown(write_.key) + ": " + why);
}

void GcsWriter::write(ByteView data) {
  if (finished_) fail(ErrorCode::invalid_state, "its writer failed or was committed");
  while (!data.empty()) {
    const std::uint64_t room = objects_->options().chunk_size - chunk_.size();
    if (room == 0) {
      send_chunk();
      continue;
    }
    const ByteView piece = data.first(static_cast<std::size_t>(std::min<std::uint64_t>(room, data.size())));
    chunk_.insert(chunk_.end(), piece.begin(), piece.end());
    md5_.update(piece);
    write_.size += piece.size();
    data = data.subspan(piece.size());
  }
}

void GcsWriter::send_chunk() {
  if (!chunks_) {
    upload_ = std::make_unique<GcsUpload>(objects_, write_.key, write_.mark);
    // The protocol allows one chunk at a time.
    chunks_ = std::make_unique<PartUploads>(1, objects_->memory(), objects_->client().stop(),
                                            [this](unsigned, ByteView bytes, const std::stop_token& stop) {
                                              upload_->append(bytes, stop);
                                              return std::string();
                                            });
  }
  chunks_->send(std::exchange(chunk_, {}));
}

void GcsWriter::commit() {
  if (std::exchange(finished_, true)) fail(ErrorCode::invalid_state, "its writer failed or was committed");
  const PutResult result = upload_ ? finish() : objects_->put(write_.key, chunk_);
  if (result == PutResult::already_exists) fail(ErrorCode::already_exists, "an object of that name exists");
}

PutResult GcsWriter::finish() {
  chunks_->finish();
  write_.md5 = to_base64(md5_.finish());
  return upload_->finish(chunk_, write_);
}

}  // namespace holdfast
