#include "backup_writer.hpp"

#include <algorithm>

using namespace holdfast;
using namespace holdfast::capi;

namespace holdfast::capi {

BackupWriterCore::BackupWriterCore(std::shared_ptr<RepositoryCore> repository, const OptionSet& options)
    : repository_(std::move(repository)), operation_(std::make_unique<Operation>(options)) {
  session_ = repository_->repository.begin(session_options(options), operation_->context);
}

void BackupWriterCore::require_open() const {
  if (over_) refuse_state("the backup is over: it was committed or failed, or it was lent and taken back");
}

std::size_t BackupWriterCore::add_source(std::string uri, std::string name) {
  const std::lock_guard lock(mutex_);
  require_open();
  if (!session_) refuse_state("the backup is lent to a source, which can't add another");
  sources_.reserve(sources_.size() + 1);
  SourceInfo info{.record = {.uri = std::move(uri), .driver = "host", .name = std::move(name)}};
  BackupWriter& added = session_->add_source(info);
  added.set_instant(operation_->context.now());
  sources_.push_back(&added);
  return sources_.size() - 1;
}

BackupWriter& BackupWriterCore::source(std::size_t index) {
  const std::lock_guard lock(mutex_);
  require_open();
  if (index >= sources_.size())
    refuse("the backup has " + std::to_string(sources_.size()) + " sources, none with number " + std::to_string(index));
  return *sources_[index];
}

std::shared_ptr<WriterCore> BackupWriterCore::open(std::size_t index, EntryInfo info) {
  auto core = std::make_shared<WriterCore>();
  if (session_) core->kept = shared_from_this();
  auto entry = source(index).open(std::move(info));
  core->entry = entry.get();
  core->writer = std::move(entry);
  if (!session_) {
    const std::lock_guard lock(mutex_);
    std::erase_if(lent_entries_, [](const auto& known) { return known.expired(); });
    lent_entries_.push_back(core);
  }
  return core;
}

BackupInfo BackupWriterCore::commit() {
  {
    const std::lock_guard lock(mutex_);
    require_open();
    if (!session_) refuse_state("the backup is lent to a source; it is committed when all sources are read");
  }
  BackupInfo info = session_->commit();
  const std::lock_guard lock(mutex_);
  over_ = true;
  return info;
}

void BackupWriterCore::take_back() noexcept {
  const std::lock_guard lock(mutex_);
  over_ = true;
  for (const auto& known : lent_entries_) {
    const std::shared_ptr<WriterCore> core = known.lock();
    if (!core) continue;
    const Busy::Hold hold(core->busy);
    core->entry = nullptr;
    core->writer = nullptr;
  }
}

}  // namespace holdfast::capi

namespace {

template <class Body>
holdfast_status with_writer(holdfast_backup_writer* writer, holdfast_error** err, Body&& body) {
  return guard("backup_writer", err, [&] {
    const auto core = required(writer, "writer").core;
    body(*core);
  });
}

}  // namespace

holdfast_status holdfast_backup_writer_begin(holdfast_backup_writer** out, holdfast_repository* repository, const holdfast_options* options,
                                             holdfast_error** err) {
  clear(out);
  return guard("backup_writer", err, [&] {
    Out result(out);
    result.make(std::make_shared<BackupWriterCore>(required(repository, "repository").core, options_of(options)));
  });
}

holdfast_status holdfast_backup_writer_add_source(size_t* source_out, holdfast_backup_writer* writer, const char* uri, const char* name,
                                                  holdfast_error** err) {
  return with_writer(writer, err, [&](BackupWriterCore& core) {
    required(source_out, "source_out") = 0;
    *source_out = core.add_source(required_text(uri, "uri"), required_text(name, "name"));
  });
}

holdfast_status holdfast_backup_writer_note(holdfast_backup_writer* writer, size_t source, const char* key, const char* value,
                                            holdfast_error** err) {
  return with_writer(writer, err,
                     [&](BackupWriterCore& core) { core.source(source).note(required_text(key, "key"), required_text(value, "value")); });
}

holdfast_status holdfast_backup_writer_set_instant(holdfast_backup_writer* writer, size_t source, int64_t instant, holdfast_error** err) {
  return with_writer(writer, err,
                     [&](BackupWriterCore& core) { core.source(source).set_instant(TimePoint(std::chrono::microseconds(instant))); });
}

holdfast_status holdfast_backup_writer_open(holdfast_writer** out, holdfast_backup_writer* writer, size_t source, const char* name,
                                            const char* kind, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return with_writer(writer, err, [&](BackupWriterCore& core) {
    Out result(out);
    const OptionSet set = options_of(options);
    EntryInfo info{.name = required_text(name, "name"),
                   .kind = required_text(kind, "kind"),
                   .attributes = set.family("entry.attribute."),
                   .restore_with = set.text("entry.restore_with"),
                   .restore_order = static_cast<int>(set.integer("entry.restore_order"))};
    result.make(core.open(source, std::move(info)));
  });
}

holdfast_status holdfast_backup_writer_commit(holdfast_backup** out, holdfast_backup_writer* writer, holdfast_error** err) {
  clear(out);
  return with_writer(writer, err, [&](BackupWriterCore& core) {
    const Busy::Hold hold(writer->committing, "writer");
    auto backup = std::make_unique<BackupInfo>();  // allocated first: nothing may fail after the commit point
    *backup = core.commit();
    if (out != nullptr) *out = reinterpret_cast<holdfast_backup*>(backup.release());
  });
}

void holdfast_backup_writer_free(holdfast_backup_writer* writer) { delete writer; }
