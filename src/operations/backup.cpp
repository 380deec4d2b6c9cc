#include <mutex>

#include "holdfast/error.hpp"
#include "holdfast/host.hpp"
#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "repository/draft.hpp"
#include "repository/layout.hpp"

namespace holdfast {

namespace {

// Runs one step for one source. Its errors name the source.
template <typename Step>
auto with_source(const std::string& label, const Step& step) {
  try {
    return step();
  } catch (const Error& error) {
    throw error.with_context(label);
  }
}

// Names a source in errors before it has told its own name: a URI may contain a password, this text never does.
std::string numbered(std::size_t index) { return "source " + std::to_string(index + 1); }

void require_some(std::size_t sources) {
  if (sources == 0) throw Error(ErrorCode::invalid_argument, "nothing to back up: name at least one source");
}

// Describes all sources before the first is read, so that a faulty one fails before anything is done.
std::vector<SourceInfo> describe_all(const std::vector<Source*>& sources, Context& context) {
  std::vector<SourceInfo> infos;
  std::uint64_t expected = 0;
  bool all_known = true;
  for (Source* source : sources) {
    infos.push_back(with_source(numbered(infos.size()), [&] { return source->describe(context); }));
    expected += infos.back().size_estimate;
    all_known = all_known && infos.back().size_estimate != 0;
  }
  if (all_known) context.expect_bytes(expected);
  return infos;
}

// Reads all sources into one backup.
BackupInfo read(Layout& layout, const std::vector<Source*>& sources, const BackupOptions& options, Context& context,
                OperationRecord& record) {
  BackupInfo described{.tags = options.tags};
  record.series = series_of(described);  // only if a tag names it, until the sources are known
  context.phase("looking at the source");
  const std::vector<SourceInfo> infos = describe_all(sources, context);
  for (const SourceInfo& info : infos) {
    record.sources.push_back(info.record.uri);
    described.sources.push_back(info.record);
  }
  record.series = series_of(described);
  const std::unique_ptr<BackupSession> session = begin_backup(layout, options, context);
  record.backups = {session->id()};
  std::vector<BackupWriter*> writers;
  for (const SourceInfo& info : infos) {
    writers.push_back(with_source(info.record.name, [&] { return &session->add_source(info); }));
  }
  for (std::size_t index = 0; index < sources.size(); ++index) {
    const std::string& name = infos[index].record.name;
    context.phase("backing up " + name);
    with_source(name, [&] { sources[index]->backup(*writers[index], context); });
  }
  context.phase("committing " + session->id());
  BackupInfo made = session->commit();
  describe(record, made);
  return made;
}

// A backup that a host fills itself, as an operation. The operation ends with the commit or abort.
class RecordedSession final : public BackupSession {
 public:
  RecordedSession(std::shared_ptr<Layout> layout, const BackupOptions& options, Context& context)
      : layout_(std::move(layout)), operation_(context, "backup", *layout_, kAuditedAndKept) {
    operation_.record().series = series_of({.tags = options.tags});
    const RetryTally::Scope scope(operation_.retried());
    try {
      operation_.begin();
      session_ = begin_backup(*layout_, options, context);
    } catch (...) {
      operation_.fail();
      throw;
    }
    operation_.record().backups = {session_->id()};
  }

  const BackupId& id() const override { return session_->id(); }

  BackupWriter& add_source(const SourceInfo& info) override {
    const RetryTally::Scope scope(operation_.retried());
    BackupWriter& writer = session_->add_source(info);
    const std::lock_guard lock(mutex_);
    operation_.record().sources.push_back(info.record.uri);
    return writer;
  }

  BackupInfo commit() override {
    const RetryTally::Scope scope(operation_.retried());
    try {
      BackupInfo made = session_->commit();
      describe(operation_.record(), made);
      operation_.succeed();
      return made;
    } catch (...) {
      operation_.fail();
      throw;
    }
  }

 private:
  std::shared_ptr<Layout> layout_;
  RecordedOperation operation_;  // ends after the session
  std::mutex mutex_;
  std::unique_ptr<BackupSession> session_;
};

}  // namespace

std::unique_ptr<BackupSession> Repository::begin(const BackupOptions& options, Context& context) {
  return std::make_unique<RecordedSession>(layout_, options, context);
}

BackupInfo Repository::backup(const std::vector<std::string>& uris, const BackupOptions& options, Context& context) {
  return recorded(context, "backup", *layout_, kAuditedAndKept, [&](OperationRecord& record) {
    require_some(uris.size());
    std::vector<std::unique_ptr<Source>> opened;
    std::vector<Source*> sources;
    for (const std::string& uri : uris) {
      opened.push_back(
          with_source(numbered(opened.size()), [&] { return drivers_.for_uri(uri).open_source(uri, options.selection, options.driver); }));
      sources.push_back(opened.back().get());
    }
    BackupOptions left = options;
    left.selection = {};
    left.driver.clear();
    return read(*layout_, sources, left, context, record);
  });
}

BackupInfo backup_sources(Repository& repository, const std::vector<Source*>& sources, const BackupOptions& options, Context& context) {
  return recorded(context, "backup", repository.layout(), kAuditedAndKept, [&](OperationRecord& record) {
    require_some(sources.size());
    require_nothing_to_select(options);
    return read(repository.layout(), sources, options, context, record);
  });
}

}  // namespace holdfast
