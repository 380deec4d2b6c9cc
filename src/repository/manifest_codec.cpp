#include "repository/manifest_codec.hpp"

#include <set>

#include "base/utf8.hpp"
#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"
#include "repository/names.hpp"

namespace holdfast {

namespace {

void encode(JsonWriter& out, const SourceRecord& source) {
  out.member("uri", source.uri);
  out.member("driver", source.driver);
  out.member("name", source.name);
  out.member("instant", format_time_micros(source.instant));
  out.key("notes");
  write_notes(out, source.notes);
}

void encode(JsonWriter& out, const EntryRecord& entry) {
  out.member("name", entry.name);
  out.member("kind", entry.kind);
  out.member("source", std::uint64_t{entry.source});
  out.member("plain_bytes", entry.plain_bytes);
  out.member("stored_bytes", entry.stored_bytes);
  out.member("content_hash", entry.content_hash);
  out.key("transforms");
  out.begin_array();
  for (const std::string& name : entry.transforms) out.value(name);
  out.end_array();
  out.member("object", entry.object);
  out.member("object_sha256", entry.object_sha256);
  out.key("attributes");
  write_notes(out, entry.attributes);
  // A command may contain bytes of any encoding. If JSON cannot hold them, the command is only in RESTORE.txt.
  if (!entry.restore_with.empty() && is_utf8(entry.restore_with)) {
    out.member("restore_with", entry.restore_with);
    out.member("restore_order", std::int64_t{entry.restore_order});
  }
}

void encode(JsonWriter& out, const ExtraObject& extra) {
  out.member("object", extra.object);
  out.member("size", extra.size);
  out.member("sha256", extra.sha256);
}

template <typename Record>
void encode_all(JsonWriter& out, const char* name, const std::vector<Record>& records) {
  out.key(name);
  out.begin_array();
  for (const Record& record : records) {
    out.begin_object();
    encode(out, record);
    out.end_object();
  }
  out.end_array();
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
  for (const nlohmann::json& name : fields.array("transforms")) {
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

void encode_manifest(const Manifest& manifest, JsonWriter& out) {
  out.member("id", manifest.id);
  out.member("started", format_time_micros(manifest.started));
  out.member("finished", format_time_micros(manifest.finished));
  out.member("written_by", manifest.written_by);
  out.key("tags");
  write_notes(out, manifest.tags);
  encode_all(out, "sources", manifest.sources);
  encode_all(out, "entries", manifest.entries);
  encode_all(out, "extras", manifest.extras);
}

Manifest decode_manifest(const nlohmann::json& members, const BackupId& id, const std::string& object) {
  const Fields fields(members, object);
  Manifest manifest;
  manifest.id = fields.text("id");
  if (manifest.id != id) fields.fail("is the manifest of another backup");
  manifest.started = fields.time("started");
  manifest.finished = fields.time("finished");
  manifest.written_by = fields.text("written_by");
  manifest.tags = fields.notes("tags");
  const nlohmann::json& sources = fields.array("sources");
  const nlohmann::json& entries = fields.array("entries");
  if (sources.size() > kMaxSources || entries.size() > kMaxEntries) fields.fail("has more sources or entries than the format allows");
  for (const nlohmann::json& source : sources) manifest.sources.push_back(decode_source(Fields(source, object)));
  std::set<std::pair<std::uint32_t, std::string>> names;
  for (const nlohmann::json& entry : entries) {
    manifest.entries.push_back(decode_entry(Fields(entry, object), id, sources.size()));
    const EntryRecord& added = manifest.entries.back();
    if (!names.emplace(added.source, added.name).second) fields.fail("names an entry twice");
  }
  for (const nlohmann::json& extra : fields.array("extras")) {
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
