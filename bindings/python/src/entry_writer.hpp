#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "holdfast/source.hpp"
#include "live.hpp"
#include "operation.hpp"

namespace holdfast::python {

/// One entry that Python writes. Any thread; calls take turns. Outlives what it writes into: then it is closed.
class PythonEntry {
 public:
  PythonEntry(std::shared_ptr<Operation> operation, std::unique_ptr<EntryWriter> writer, std::string name)
      : operation_(std::move(operation)), writer_(writer.release()), name_(std::move(name)) {}

  // With the GIL.
  std::size_t write(const py::buffer& data);
  void note(const std::string& key, std::string value);
  void commit();
  void abort();    ///< leaves the entry out of the backup, on purpose; also one that was given up
  void give_up();  ///< closes it unfinished: unless it is aborted the backup can't be committed
  bool closed();

  // Without the GIL.
  /// The same as giving it up, when what it writes into ends.
  void drop();

 private:
  EntryWriter& writer() const;  ///< with the mutex; throws when closed

  std::shared_ptr<Operation> operation_;
  std::mutex mutex_;               // taken without the GIL
  OwnedHere<EntryWriter> writer_;  // null: committed, aborted or dropped
  bool given_up_ = false;
  std::string name_;
};

/// A source's part of a backup that Python fills. Any thread. Once ended, every call is refused.
class SourceWriter {
 public:
  SourceWriter(std::shared_ptr<Operation> operation, BackupWriter& out) : operation_(std::move(operation)), out_(&out) {}

  // With the GIL.
  std::shared_ptr<PythonEntry> open(EntryInfo info);
  void note(const std::string& key, std::string value);
  void set_instant(const py::handle& moment);
  bool encrypted();
  bool cancelled() const { return operation_->context().cancelled(); }

  // Without the GIL.
  /// Drops what is open and refuses everything from now on.
  void end();

 private:
  BackupWriter& out() const;  ///< with the mutex; throws when ended

  std::shared_ptr<Operation> operation_;
  std::mutex mutex_;  // taken without the GIL
  BackupWriter* out_;
  std::vector<std::weak_ptr<PythonEntry>> entries_;
};

void bind_entry_writer(py::module_& module);

}  // namespace holdfast::python
