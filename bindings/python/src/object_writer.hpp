#pragma once

#include <memory>
#include <mutex>

#include "failure.hpp"
#include "holdfast/io.hpp"

namespace holdfast::python {

/// A stream of the library that Python writes: a new object, or an encoder in front of one. Safe from any thread; calls
/// take turns. It belongs to no operation, so it can't be cancelled and ends only by the storage's deadlines.
class ObjectWriter {
 public:
  ObjectWriter(std::unique_ptr<Writer> writer, const FailureLogs& failures) : scope_(failures), writer_(std::move(writer)) {}

  // With the GIL:
  std::size_t write(const py::buffer& data);
  void commit();
  void abort();

 private:
  Writer& open() const;  ///< with the mutex held; throws when closed

  FailureScope scope_;
  std::mutex mutex_;  // taken without the GIL
  std::unique_ptr<Writer> writer_;
};

void bind_object_writer(py::module_& module);

}  // namespace holdfast::python
