#pragma once

#include <memory>
#include <mutex>

#include "failure.hpp"
#include "holdfast/io.hpp"
#include "live.hpp"

namespace holdfast::python {

/// A stream of the library, read by Python. Safe from any thread; calls take turns.
class StreamReader {
 public:
  /// The stream keeps the objects that it needs alive. Each read is a step of the operation, if there is one.
  StreamReader(std::unique_ptr<Reader> reader, const FailureLogs& failures, std::shared_ptr<Operation> operation = nullptr)
      : operation_(std::move(operation)), scope_(failures), reader_(reader.release()) {}

  // With the GIL:
  std::size_t readinto(const py::buffer& out);
  void close();

 private:
  std::size_t read(std::span<std::byte> out);  ///< without the GIL

  std::shared_ptr<Operation> operation_;  // declared first: the reader may use its context
  FailureScope scope_;
  std::mutex mutex_;  // taken without the GIL
  OwnedHere<Reader> reader_;
  bool ended_ = false;
};

void bind_entry_reader(py::module_& module);

}  // namespace holdfast::python
