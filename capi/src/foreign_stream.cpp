#include "foreign.hpp"

namespace holdfast::capi {

namespace {

class ForeignReader final : public Reader {
 public:
  ForeignReader(Owned<holdfast_reader_driver> driver, std::string object) : driver_(std::move(driver)), object_(std::move(object)) {
    driver_.require(driver_->read, "read");
  }

  std::size_t read(std::span<std::byte> out) override {
    if (out.empty()) return 0;
    std::size_t length = 0;
    call_host("read", object_, [&](holdfast_error** err) { return driver_->read(driver_.data(), out.data(), out.size(), &length, err); });
    if (length > out.size()) {
      throw Error(ErrorCode::internal,
                  object_ + ": the host's read says " + std::to_string(length) + " bytes where " + std::to_string(out.size()) + " fit");
    }
    return length;
  }

 private:
  Owned<holdfast_reader_driver> driver_;
  std::string object_;
};

class ForeignWriter final : public Writer {
 public:
  ForeignWriter(Owned<holdfast_writer_driver> driver, std::string object) : driver_(std::move(driver)), object_(std::move(object)) {
    driver_.require(driver_->write, "write");
    driver_.require(driver_->commit, "commit");
  }

  void write(ByteView data) override {
    if (data.empty()) return;
    call_host("write", object_, [&](holdfast_error** err) { return driver_->write(driver_.data(), data.data(), data.size(), err); });
  }

  void commit() override {
    call_host("commit", object_, [&](holdfast_error** err) { return driver_->commit(driver_.data(), err); });
  }

 private:
  Owned<holdfast_writer_driver> driver_;
  std::string object_;
};

}  // namespace

std::unique_ptr<Reader> foreign_reader(Owned<holdfast_reader_driver> driver, std::string object) {
  return std::make_unique<ForeignReader>(std::move(driver), std::move(object));
}

std::unique_ptr<Writer> foreign_writer(Owned<holdfast_writer_driver> driver, std::string object) {
  return std::make_unique<ForeignWriter>(std::move(driver), std::move(object));
}

}  // namespace holdfast::capi
