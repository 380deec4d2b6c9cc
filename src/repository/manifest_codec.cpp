#include "repository/manifest_codec.hpp"

#include <set>

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"
#include "repository/names.hpp"

namespace holdfast {

namespace {

using nlohmann::json;

DocumentJson encode(const SourceRecord& source) {
  return {{"uri", source.uri},
          {"driver", source.driver},
          {"name", source.name},
          {"instant", format_time_micros(source.instant)},
          {"notes", source.notes}};
}

DocumentJson encode(const EntryRecord& entry) {
  DocumentJson members{{"name", entry.name},
                       {"kind", entry.kind},
                       {"source", entry.source},
                       {"plain_bytes", entry.plain_bytes},
                       {"stored_bytes", entry.stored_bytes},
                       {"content_hash", entry.content_hash},
                       {"transforms", entry.transforms},
                       {"object", entry.object},
                       {"object_sha256", entry.object_sha256},
                       {"attributes", entry.attributes}};
  // A command may contain bytes of any encoding. If JSON cannot hold them, the command is only in RESTORE.txt.
  if (!entry.restore_with.empty() && is_utf8(entry.restore_with)) {
    members["restore_with"] = entry.restore_with;
    members["restore_order"] = entry.restore_order;
  }
  return members;
}

DocumentJson encode(const ExtraObject& extra) { return {{"object", extra.object}, {"size", extra.size}, {"sha256", extra.sha256}}; }

template <typename Record>
DocumentJson encode_all(const std::vector<Record>& records) {
  DocumentJson list = DocumentJson::array();
  for (const Record& record : records) list.push_back(encode(record));
  return list;
}

// A manifest may name only objects of its own backup. Otherwise a forged one could cause other backups' objects to be
// read or removed.
const std::string& own_object(const Fields& fields, const BackupId& id) {
  const std::string& name = fields.text("object");
  try {
    check_object_name(name);
  } catch (const Error&) {
    fields.fail("names an impossible object");
  }
  if (!belongs_to(name, id)) fields.fail("names an object of another backup");
  return name;
}

SourceRecord decode_source(const Fields& fields) {
  return {.uri = fields.text("uri"),
          .driver = fields.text("driver"),
          .name = fields.text("name"),
          .instant = fields.time("instant"),
          .notes = fields.notes("notes")};
}

EntryRecord decode_entry(const Fields& fields, const BackupId& id, std::size_t sources) {
  EntryRecord entry;
  entry.name = fields.text("name");
  entry.kind = fields.text("kind");
  const std::uint64_t source = fields.number("source");
  if (source >= sources) fields.fail("an entry is of a source that is not there");
  entry.source = static_cast<std::uint32_t>(source);
  entry.plain_bytes = fields.number("plain_bytes");
  entry.stored_bytes = fields.number("stored_bytes");
  entry.content_hash = fields.hex("content_hash", 32);
  if (fields.array("transforms").size() > kMaxTransforms) fields.fail("an entry has more transforms than the format allows");
  for (const json& name : fields.array("transforms")) {
    if (!name.is_string()) fields.fail("a transform is not a text");
    entry.transforms.push_back(name.get_ref<const std::string&>());
  }
  entry.object = own_object(fields, id);
  entry.object_sha256 = fields.hex("object_sha256", 64);
  entry.attributes = fields.notes("attributes");
  if (fields.has("restore_with")) {
    entry.restore_with = fields.text("restore_with");
    entry.restore_order = static_cast<int>(std::min<std::uint64_t>(fields.number("restore_order"), 1'000'000));
  }
  return entry;
}

}  // namespace

void encode_manifest(const Manifest& manifest, DocumentJson& members) {
  members["id"] = manifest.id;
  members["started"] = format_time_micros(manifest.started);
  members["finished"] = format_time_micros(manifest.finished);
  members["written_by"] = manifest.written_by;
  members["tags"] = manifest.tags;
  members["sources"] = encode_all(manifest.sources);
  members["entries"] = encode_all(manifest.entries);
  members["extras"] = encode_all(manifest.extras);
}

Manifest decode_manifest(const json& members, const BackupId& id, const std::string& object) {
  const Fields fields(members, object);
  Manifest manifest;
  manifest.id = fields.text("id");
  if (manifest.id != id) fields.fail("is the manifest of another backup");
  manifest.started = fields.time("started");
  manifest.finished = fields.time("finished");
  manifest.written_by = fields.text("written_by");
  manifest.tags = fields.notes("tags");
  const json& sources = fields.array("sources");
  const json& entries = fields.array("entries");
  if (sources.size() > kMaxSources || entries.size() > kMaxEntries) fields.fail("has more sources or entries than the format allows");
  for (const json& source : sources) manifest.sources.push_back(decode_source(Fields(source, object)));
  std::set<std::pair<std::uint32_t, std::string>> names;
  for (const json& entry : entries) {
    manifest.entries.push_back(decode_entry(Fields(entry, object), id, sources.size()));
    const EntryRecord& added = manifest.entries.back();
    if (!names.emplace(added.source, added.name).second) fields.fail("names an entry twice");
  }
  for (const json& extra : fields.array("extras")) {
    const Fields members_of_extra(extra, object);
    manifest.extras.push_back({.object = own_object(members_of_extra, id),
                               .size = members_of_extra.number("size"),
                               .sha256 = members_of_extra.hex("sha256", 64)});
  }
  return manifest;
}

BackupInfo summary_of(const Manifest& manifest) {
  return {.id = manifest.id,
          .time = manifest.started,
          .finished = manifest.finished,
          .sources = manifest.sources,
          .tags = manifest.tags,
          .entries = manifest.entries.size(),
          .plain_bytes = manifest.plain_bytes(),
          .stored_bytes = manifest.stored_bytes()};
}

}  // namespace holdfast
