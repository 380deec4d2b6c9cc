#pragma once

#include <memory>
#include <vector>

#include "entry_writer.hpp"
#include "holdfast/repository.hpp"
#include "operation.hpp"

namespace holdfast::python {

using OperationPtr = std::shared_ptr<Operation>;

/// A repository that is open in Python. Objects opened through it keep the repository itself alive: closing ends only
/// this handle. All members need the GIL.
class RepositoryHandle {
 public:
  /// `failures`: the logs of the storage and drivers written in Python.
  RepositoryHandle(Repository repository, FailureLogs failures)
      : repository_(make_unlocked<Repository>(std::move(repository))), failures_(std::move(failures)) {}

  /// Throws Error{invalid_state} if closed.
  std::shared_ptr<Repository> get() const {
    if (!repository_) throw Error(ErrorCode::invalid_state, "the repository is closed");
    return repository_;
  }
  const FailureLogs& failures() const noexcept { return failures_; }
  void close() { repository_.reset(); }
  bool closed() const noexcept { return repository_ == nullptr; }

  /// Runs `work(repository, context)` as the operation. Exceptions of the storage and drivers leave unchanged.
  template <class Work>
  auto run(Operation& operation, Work work) const {
    const std::shared_ptr<Repository> repository = get();
    operation.watch(failures_);
    return operation.run([&] { return work(*repository, operation.context()); });
  }

 private:
  std::shared_ptr<Repository> repository_;
  FailureLogs failures_;
};

/// A backup that Python fills itself. Destroyed before its commit, it never existed. Safe from any thread. All members
/// need the GIL.
class Session {
 public:
  Session(std::shared_ptr<Repository> repository, OperationPtr operation, std::unique_ptr<BackupSession> session)
      : operation_(std::move(operation)), repository_(std::move(repository)), id_(session->id()), session_(session.release()) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { end(); }

  const BackupId& id() const noexcept { return id_; }
  std::shared_ptr<SourceWriter> add_source(const SourceInfo& info);
  BackupInfo commit();
  void close();
  bool closed();

 private:
  BackupSession& session() const;  ///< with the mutex held; throws when closed
  void end();                      ///< without the GIL

  OperationPtr operation_;  // declared first: the session uses its context to the end
  std::shared_ptr<Repository> repository_;
  BackupId id_;
  std::mutex mutex_;  // taken without the GIL
  OwnedHere<BackupSession> session_;
  std::vector<std::shared_ptr<SourceWriter>> sources_;
};

void bind_session(py::module_& module);
void bind_repository(py::module_& module);
void bind_audit(py::module_& module);
void bind_envelope(py::module_& module);

}  // namespace holdfast::python
