#pragma once

#include <memory>
#include <mutex>

#include "failure.hpp"
#include "holdfast/io.hpp"

namespace holdfast::python {

/// A stream of the library that Python writes: a new object, or what encodes into one. Any thread; calls take turns. No operation belongs
/// to it: it can't be cancelled, only wait out its storage's deadlines.
class ObjectWriter {
 public:
  ObjectWriter(std::unique_ptr<Writer> writer, const FailureLogs& failures) : scope_(failures), writer_(std::move(writer)) {}

  // With the GIL.
  std::size_t write(const py::buffer& data);
  void commit();
  void abort();

 private:
  Writer& open() const;  ///< with the mutex; throws when closed

  FailureScope scope_;
  std::mutex mutex_;  // taken without the GIL
  std::unique_ptr<Writer> writer_;
};

void bind_object_writer(py::module_& module);

}  // namespace holdfast::python
