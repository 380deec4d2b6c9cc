#include <algorithm>

#include "foreign.hpp"

namespace holdfast::capi {

namespace {

constexpr std::size_t kBuffer = 64U << 10;

class Table {
 public:
  explicit Table(Owned<holdfast_transform_driver> driver) : driver_(std::move(driver)) {
    driver_.require(driver_->name, "name");
    driver_.require(driver_->open, "open");
    driver_.require(driver_->process, "process");
    driver_.require(driver_->close, "close");
    name = required_text(driver_->name, "name");
    if (driver_->suffix != nullptr) suffix = required_text(driver_->suffix, "suffix");
  }
  const holdfast_transform_driver* operator->() const noexcept { return driver_.operator->(); }
  void* data() const noexcept { return driver_.data(); }

  std::string name, suffix;

 private:
  Owned<holdfast_transform_driver> driver_;
};

/// An open stream of the host's.
class Stream {
 public:
  Stream(std::shared_ptr<const Table> table, std::int32_t direction) : table_(std::move(table)) {
    call_host("open", table_->name, [&](holdfast_error** err) { return (*table_)->open(table_->data(), direction, &stream_, err); });
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { (*table_)->close(stream_); }

  struct Moved {
    std::size_t in = 0, out = 0;
    bool done = false;
  };
  Moved process(std::int32_t op, ByteView in, std::span<std::byte> out) {
    Moved moved;
    std::int32_t done = 0;
    call_host("process", table_->name, [&](holdfast_error** err) {
      return (*table_)->process(stream_, op, in.data(), in.size(), &moved.in, out.data(), out.size(), &moved.out, &done, err);
    });
    moved.done = done != 0 && op == HOLDFAST_OP_END;
    if (moved.in > in.size() || moved.out > out.size())
      throw Error(ErrorCode::internal, table_->name + ": process says it moved more than there is");
    const bool idle = moved.in == 0 && moved.out == 0 && !moved.done;
    if (idle && (op == HOLDFAST_OP_END || !in.empty()))
      throw Error(ErrorCode::internal, table_->name + ": process moves nothing and is not done");
    return moved;
  }

 private:
  std::shared_ptr<const Table> table_;
  void* stream_ = nullptr;
};

class Encoder final : public Writer {
 public:
  Encoder(std::shared_ptr<const Table> table, std::unique_ptr<Writer> next)
      : stream_(std::move(table), HOLDFAST_ENCODE), next_(std::move(next)) {}

  void write(ByteView data) override {
    while (!data.empty()) data = data.subspan(step(HOLDFAST_OP_RUN, data).in);
  }
  void commit() override {
    while (!step(HOLDFAST_OP_END, {}).done) {
    }
    next_->commit();
  }

 private:
  Stream::Moved step(std::int32_t op, ByteView in) {
    const Stream::Moved moved = stream_.process(op, in, buffer_);
    if (moved.out > 0) next_->write(ByteView(buffer_).first(moved.out));
    return moved;
  }

  Stream stream_;
  std::unique_ptr<Writer> next_;
  Bytes buffer_ = Bytes(kBuffer);
};

class Decoder final : public Reader {
 public:
  Decoder(std::shared_ptr<const Table> table, std::unique_ptr<Reader> from)
      : stream_(std::move(table), HOLDFAST_DECODE), from_(std::move(from)) {}

  std::size_t read(std::span<std::byte> out) override {
    if (out.empty()) return 0;
    while (!done_) {
      if (ready_.empty() && !ended_) {
        ready_ = ByteView(buffer_).first(from_->read(buffer_));
        ended_ = ready_.empty();
      }
      const Stream::Moved moved = stream_.process(ended_ ? HOLDFAST_OP_END : HOLDFAST_OP_RUN, ready_, out);
      ready_ = ready_.subspan(moved.in);
      done_ = moved.done;
      if (moved.out > 0) return moved.out;
    }
    return 0;
  }

 private:
  Stream stream_;
  std::unique_ptr<Reader> from_;
  Bytes buffer_ = Bytes(kBuffer);
  ByteView ready_;
  bool ended_ = false, done_ = false;
};

class ForeignTransform final : public Transform {
 public:
  explicit ForeignTransform(Owned<holdfast_transform_driver> driver) : table_(std::make_shared<const Table>(std::move(driver))) {}
  std::string_view name() const noexcept override { return table_->name; }
  std::string_view suffix() const noexcept override { return table_->suffix; }
  std::uint32_t version() const noexcept override { return std::max<std::uint32_t>((*table_)->version, 1); }
  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const override { return std::make_unique<Encoder>(table_, std::move(next)); }
  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const override { return std::make_unique<Decoder>(table_, std::move(from)); }

 private:
  std::shared_ptr<const Table> table_;
};

}  // namespace

TransformPtr foreign_transform(Owned<holdfast_transform_driver> driver) {
  return std::make_shared<const ForeignTransform>(std::move(driver));
}

}  // namespace holdfast::capi
