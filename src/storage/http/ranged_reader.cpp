#include "storage/http/ranged_reader.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kLargestOffset = std::numeric_limits<std::int64_t>::max();  // servers read offsets as signed
constexpr std::uint64_t kProgress = 64U << 10;  // after these bytes, a broken connection counts as a new failure

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class RangedReader final : public Reader {
 public:
  RangedReader(std::unique_ptr<RangedObject> object, std::uint64_t offset, std::uint64_t length)
      : object_(std::move(object)), position_(offset), retry_(object_->begin()) {
    end_ = length > kLargestOffset - offset ? kEndless : offset + length;
    open();
  }

  std::size_t read(std::span<std::byte> out) override {
    if (out.empty()) return 0;
    if (!broken_) retry_ = object_->begin();  // the time limit applies to this call, not to the whole object
    while (position_ < end_) {
      try {
        if (!stream_) open();
        if (position_ == end_) break;
        const std::size_t count = read_some(out);
        if (count == 0) {
          if (end_ == kEndless) break;  // the server did not announce the length
          throw Error(ErrorCode::network, "can't read " + object_->shown() + ": the server stopped short of its end", true);
        }
        position_ += count;
        note_progress(count);
        return count;
      } catch (const Error& error) {
        stream_.reset();
        broken_ = true;
        since_break_ = 0;
        if (!error.retryable() || !retry_.again()) throw;
      }
    }
    finish();
    return 0;
  }

 private:
  std::size_t read_some(std::span<std::byte> out) {
    try {
      return stream_->read(out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), end_ - position_))));
    } catch (const Error& error) {
      throw error.with_context("can't read " + object_->shown());
    }
  }

  void open() {
    const bool whole = position_ == 0 && end_ == kEndless;
    std::string range;
    if (!whole) range = "bytes=" + std::to_string(position_) + "-" + (end_ == kEndless ? "" : std::to_string(end_ - 1));
    HttpReply reply = object_->open(range, retry_);
    if (reply.status == 416 && !opened_) {  // the object has no bytes in this range
      end_ = position_;
      return;
    }
    if (reply.status == 412 || reply.status == 416)
      throw Error(ErrorCode::corrupt, "can't read " + object_->shown() + ": it was replaced while it was read");
    take_extent(reply, whole);
    opened_ = true;
    stream_ = std::move(reply.stream);
  }

  /// Notes which bytes the server sends, which may differ from the request.
  void take_extent(const HttpHead& reply, bool whole) {
    if (whole && reply.status == 200) {
      if (const auto length = number(reply.header("content-length"))) end_ = *length;
      return;
    }
    std::string_view range = reply.header("content-range");
    const std::size_t dash = range.find('-');
    const std::size_t slash = range.find('/');
    if (reply.status == 206 && range.starts_with("bytes ") && dash != std::string_view::npos && slash != std::string_view::npos &&
        dash < slash) {
      const auto first = number(range.substr(6, dash - 6));
      const auto last = number(range.substr(dash + 1, slash - dash - 1));
      const bool as_before = !opened_ || end_ == kEndless || (last && *last + 1 == end_);
      if (first == position_ && last && *last >= *first && *last < end_ && as_before) {
        end_ = *last + 1;
        return;
      }
    }
    throw Error(ErrorCode::unsupported, "can't read " + object_->shown() + ": the server does not send the range it is asked for");
  }

  void note_progress(std::size_t count) {
    if (!broken_) return;
    since_break_ += count;
    if (since_break_ < kProgress) return;
    broken_ = false;
  }

  /// Reads the end of the response, so that its connection can be used again.
  void finish() {
    std::byte nothing{};
    if (stream_ && stream_->read({&nothing, 1}) != 0)
      throw Error(ErrorCode::network, "can't read " + object_->shown() + ": the server sends more than it announced", true);
    stream_.reset();
  }

  std::unique_ptr<RangedObject> object_;
  std::uint64_t position_;
  std::uint64_t end_;
  Retry retry_;
  std::unique_ptr<HttpStream> stream_;
  bool opened_ = false;
  bool broken_ = false;
  std::uint64_t since_break_ = 0;
};

}  // namespace

std::unique_ptr<Reader> open_ranged_reader(std::unique_ptr<RangedObject> object, std::uint64_t offset, std::uint64_t length) {
  if (length != 0 && offset < kLargestOffset) return std::make_unique<RangedReader>(std::move(object), offset, length);
  if (!object->exists()) throw Error(ErrorCode::not_found, "can't read " + object->shown() + ": there is no such object");
  return memory_reader(Bytes());
}

}  // namespace holdfast
