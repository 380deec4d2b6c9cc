#include <algorithm>

#include "holdfast/error.hpp"
#include "holdfast/repository.hpp"
#include "operations/recorded.hpp"
#include "operations/thawed.hpp"
#include "repository/host_transforms.hpp"
#include "repository/layout.hpp"

namespace holdfast {

namespace {

SourceInfo source_of(const Manifest& manifest, std::uint32_t source) {
  std::size_t entries = 0;
  bool stream = false;
  for (const EntryRecord& entry : manifest.entries) {
    if (entry.source != source) continue;
    ++entries;
    stream = entry.kind == "stream";
  }
  return {.record = manifest.sources[source], .single_stream = entries == 1 && stream};
}

void copy_entry(const Layout& from, const EntryRecord& entry, BackupWriter& to) {
  EntryInfo info{.name = entry.name,
                 .kind = entry.kind,
                 .attributes = entry.attributes,
                 .restore_with = entry.restore_with,
                 .restore_order = entry.restore_order};
  if (auto hosts = hosts_transforms(entry); !hosts.empty()) {
    info.encoded = {.transforms = std::move(hosts), .plain_bytes = entry.plain_bytes, .content_hash = entry.content_hash};
  }
  const auto writer = to.open(std::move(info));
  const auto reader = from.open_encoded(entry);
  copy(*reader, *writer);
  writer->commit();
}

BackupInfo copy_into(Layout& destination, const Layout& from, const Manifest& manifest, const BackupOptions& options, Context& context) {
  const std::unique_ptr<BackupSession> session = begin_backup(destination, options, context);
  std::vector<BackupWriter*> writers;
  for (std::uint32_t source = 0; source < manifest.sources.size(); ++source) {
    writers.push_back(&session->add_source(source_of(manifest, source)));
    writers.back()->set_instant(manifest.sources[source].instant);
  }
  for (const EntryRecord& entry : manifest.entries) copy_entry(from, entry, *writers.at(entry.source));
  return session->commit();
}

}  // namespace

BackupInfo Repository::copy_to(const BackupId& id, Repository& destination, const BackupOptions& options, Context& context) const {
  return recorded(context, "copy", *layout_, kAudited, [&](OperationRecord& record) {
    record.where = destination.info().uri;
    record.backups = {id};
    require_thawed(*layout_, id, Wanted::everything, context);
    const std::shared_ptr<const Manifest> manifest = layout_->manifest(id, context);
    context.phase("copying " + id);
    context.expect_bytes(manifest->plain_bytes());
    BackupOptions as_it_was = options;
    as_it_was.started = manifest->started;
    as_it_was.tags.insert(manifest->tags.begin(), manifest->tags.end());
    OperationRecord there = record;
    there.operation = "copy_in";
    there.where = info().uri;
    return audited(destination.layout(), context, std::move(there), [&](OperationRecord& part) {
      BackupInfo made = copy_into(destination.layout(), *layout_, *manifest, as_it_was, context);
      part.backups = {made.id};
      record.counts = counts_of(made);
      return made;
    });
  });
}

BackupDiff Repository::diff(const BackupId& first, const BackupId& second, Context& context) const {
  const auto key = [](const EntryRecord& entry) { return std::pair(entry.source, std::string_view(entry.name)); };
  const auto sorted = [&](const BackupId& id) {
    std::vector<EntryRecord> entries = layout_->manifest(id, context)->entries;
    std::sort(entries.begin(), entries.end(), [&key](const EntryRecord& a, const EntryRecord& b) { return key(a) < key(b); });
    return entries;
  };
  const std::vector<EntryRecord> before = sorted(first), after = sorted(second);
  BackupDiff diff;
  auto old = before.begin();
  for (const EntryRecord& entry : after) {
    while (old != before.end() && key(*old) < key(entry)) diff.removed.push_back(*old++);
    if (old == before.end() || key(entry) < key(*old)) {
      diff.added.push_back(entry);
    } else if (old++->content_hash != entry.content_hash) {
      diff.changed.push_back(entry);
    } else {
      ++diff.unchanged;
    }
  }
  diff.removed.insert(diff.removed.end(), old, before.end());
  return diff;
}

}  // namespace holdfast
