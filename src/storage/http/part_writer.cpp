#include "storage/http/part_writer.hpp"

#include <algorithm>
#include <utility>

#include "holdfast/error.hpp"
#include "storage/http/part_plan.hpp"

namespace holdfast {

namespace {

class PartWriter final : public Writer {
 public:
  PartWriter(std::unique_ptr<PartedObject> object, PartRules rules) : object_(std::move(object)), rules_(std::move(rules)) {}

  void write(ByteView data) override {
    if (finished_) fail(ErrorCode::invalid_state, "its writer failed or was committed");
    while (!data.empty()) {
      const std::uint64_t room = planned_part_size(parts_ + 1, rules_.first_size, rules_.most, rules_.largest_size) - part_.size();
      if (room == 0) {
        send_part();
        continue;
      }
      const ByteView piece = data.first(static_cast<std::size_t>(std::min<std::uint64_t>(room, data.size())));
      part_.insert(part_.end(), piece.begin(), piece.end());
      data = data.subspan(piece.size());
      size_ += piece.size();
    }
  }

  void commit() override {
    if (std::exchange(finished_, true)) fail(ErrorCode::invalid_state, "its writer failed or was committed");
    const PutResult result = uploads_ ? complete() : object_->put(part_);
    if (result == PutResult::already_exists) fail(ErrorCode::already_exists, "an object of that name exists");
  }

 private:
  void send_part() {
    if (parts_ == rules_.most)
      fail(ErrorCode::limit, "it has more than the server's " + std::to_string(parts_) + " parts; set a larger part_size");
    if (!uploads_) {
      object_->begin();
      uploads_ = std::make_unique<PartUploads>(
          rules_.parallel, rules_.memory, rules_.stop,
          [this](unsigned number, ByteView bytes, const std::stop_token& stop) { return object_->put_part(number, bytes, stop); });
    }
    uploads_->send(std::exchange(part_, {}));
    ++parts_;
  }

  PutResult complete() {
    send_part();
    return object_->complete(uploads_->finish(), size_);
  }

  [[noreturn]] void fail(ErrorCode code, const std::string& why) const {
    throw Error(code, "can't store " + object_->shown() + ": " + why);
  }

  std::unique_ptr<PartedObject> object_;
  PartRules rules_;
  Bytes part_;
  unsigned parts_ = 0;  // sent
  std::uint64_t size_ = 0;
  bool finished_ = false;
  std::unique_ptr<PartUploads> uploads_;  // last: its threads use the others
};

}  // namespace

std::unique_ptr<Writer> part_writer(std::unique_ptr<PartedObject> object, PartRules rules) {
  return std::make_unique<PartWriter>(std::move(object), std::move(rules));
}

}  // namespace holdfast
