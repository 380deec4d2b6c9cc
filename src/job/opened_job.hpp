#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "holdfast/job_run.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/source.hpp"

namespace holdfast {

/// Returns the job. Throws Error{not_found} that lists the jobs of the file.
const JobDefinition& find_job(const JobFile& file, const std::string& name);
/// Returns the state folder. Throws Error{invalid_argument} if neither file nor host name one.
std::filesystem::path state_folder(const JobFile& file, const JobHost& host);
/// Returns the tags of a job's backups: without another series, they are of the series with the job's name.
Notes tags_of(const JobDefinition& job);
/// Returns the series of a job's backups.
std::string series_of(const JobDefinition& job);
/// The same for a channel. Resolves its secrets. Throws Error.
Channel make_channel(const JobChannel& channel, const JobHost& host, Context& context);
/// Like read_secret, with the line ends at its end: a raw key may have such bytes.
Secret read_secret_bytes(const SecretReference& reference, const JobHost& host, Context& context);
Secret without_line_ends(const Secret& secret);
/// Returns the key of a secret: 32 bytes, 64 hex digits or a recovery key. Throws Error{invalid_argument}.
Key key_from(const Secret& secret);

/// What a job works on, opened when it is first needed, with secrets that are resolved then. One thread.
class OpenedJob {
 public:
  /// All are borrowed.
  OpenedJob(const JobFile& file, const JobDefinition& job, const JobHost& host, Context& context)
      : file_(file), job_(job), host_(host), context_(context) {}

  /// Opens one of the file's repositories, once. Throws Error.
  Repository& repository(const std::string& name);
  Repository& repository() { return repository(job_.repository); }
  /// Returns those that were opened, or null.
  Repository* opened(const std::string& name);
  /// Returns the entry of the file.
  const JobRepository& entry(const std::string& name) const;

  /// Opens a source. It keeps the name that the file gives it. Throws Error.
  std::unique_ptr<Source> open_source(const JobSource& source);
  /// Returns the options of a source for one of its driver's calls: those that the call takes.
  Options driver_options(const JobSource& source, DriverCall call);

  const JobFile& file() const noexcept { return file_; }
  const JobDefinition& job() const noexcept { return job_; }
  const JobHost& host() const noexcept { return host_; }
  Context& context() noexcept { return context_; }

 private:
  const JobFile& file_;
  const JobDefinition& job_;
  const JobHost& host_;
  Context& context_;
  std::map<std::string, Repository> repositories_;
};

}  // namespace holdfast
