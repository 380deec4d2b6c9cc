#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "holdfast/source.hpp"
#include "live.hpp"
#include "operation.hpp"

namespace holdfast::python {

/// One entry, written by Python. Safe from any thread; calls take turns. It may outlive its source's writer, and is
/// then closed.
class PythonEntry {
 public:
  PythonEntry(std::shared_ptr<Operation> operation, std::unique_ptr<EntryWriter> writer, std::string name)
      : operation_(std::move(operation)), writer_(writer.release()), name_(std::move(name)) {}

  // With the GIL:
  std::size_t write(const py::buffer& data);
  void note(const std::string& key, std::string value);
  void commit();
  void abort();    ///< omits the entry from the backup deliberately, also after give_up()
  void give_up();  ///< closes it unfinished: the backup can't be committed unless the entry is aborted
  bool closed();

  // Without the GIL:
  /// The same as give_up(), called when the source's writer ends.
  void drop();

 private:
  EntryWriter& writer() const;  ///< with the mutex held; throws when closed

  std::shared_ptr<Operation> operation_;
  std::mutex mutex_;               // taken without the GIL
  OwnedHere<EntryWriter> writer_;  // null: committed, aborted or dropped
  bool given_up_ = false;
  std::string name_;
};

/// The part of one source in a backup that Python fills. Safe from any thread. After its end it refuses every call.
class SourceWriter {
 public:
  SourceWriter(std::shared_ptr<Operation> operation, BackupWriter& out) : operation_(std::move(operation)), out_(&out) {}

  // With the GIL:
  std::shared_ptr<PythonEntry> open(EntryInfo info);
  void note(const std::string& key, std::string value);
  void set_instant(const py::handle& moment);
  bool encrypted();
  bool cancelled() const { return operation_->context().cancelled(); }

  // Without the GIL:
  /// Drops open entries, and refuses every further call.
  void end();

 private:
  BackupWriter& out() const;  ///< with the mutex held; throws after the end

  std::shared_ptr<Operation> operation_;
  std::mutex mutex_;  // taken without the GIL
  BackupWriter* out_;
  std::vector<std::weak_ptr<PythonEntry>> entries_;
};

void bind_entry_writer(py::module_& module);

}  // namespace holdfast::python
