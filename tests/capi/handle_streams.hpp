#pragma once

#include <cstddef>
#include <span>

#include "holdfast.h"
#include "holdfast/error.hpp"
#include "holdfast/io.hpp"

/// Streams of the library over handles of the C interface, so that the shared suites run through it.
namespace holdfast::capi_test {

/// Makes a call and throws its error.
template <class Call>
void call(Call&& make) {
  holdfast_error* error = nullptr;
  const holdfast_status status = make(&error);
  if (status == HOLDFAST_OK) return;
  const Error thrown(static_cast<ErrorCode>(status), holdfast_error_message(error), holdfast_error_is_retryable(error) != 0);
  holdfast_error_free(error);
  throw thrown;
}

class HandleReader final : public Reader {
 public:
  explicit HandleReader(holdfast_reader* reader) : reader_(reader) {}
  ~HandleReader() override { holdfast_reader_free(reader_); }
  std::size_t read(std::span<std::byte> out) override {
    if (out.empty()) return 0;  // C refuses this, because it would look like the end
    std::size_t length = 0;
    call([&](holdfast_error** err) { return holdfast_reader_read(&length, reader_, out.data(), out.size(), err); });
    return length;
  }

 private:
  holdfast_reader* reader_;
};

class HandleWriter final : public Writer {
 public:
  explicit HandleWriter(holdfast_writer* writer) : writer_(writer) {}
  ~HandleWriter() override { holdfast_writer_free(writer_); }
  void write(ByteView data) override {
    call([&](holdfast_error** err) { return holdfast_writer_write(writer_, data.data(), data.size(), err); });
  }
  void commit() override {
    call([&](holdfast_error** err) { return holdfast_writer_commit(writer_, err); });
  }

 private:
  holdfast_writer* writer_;
};

}  // namespace holdfast::capi_test
