#include "repository/packed/backup_record.hpp"

#include <algorithm>
#include <tuple>

#include "base/big_endian.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/manifest_codec.hpp"
#include "repository/names.hpp"
#include "repository/packed/cbor.hpp"

namespace holdfast {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxEntrySize = 16U << 20;

json encode(const Tree& tree) {
  if (tree.bytes == 0) return {{"depth", 0}, {"bytes", 0}};
  return {{"depth", tree.depth}, {"id", to_binary(tree.id.bytes)}, {"bytes", tree.bytes}};
}

Tree decode_tree(const json& members, const std::string& object) {
  const Fields fields(members, object);
  Tree tree{.depth = 0, .id = {}, .bytes = fields.number("bytes")};
  const std::uint64_t depth = fields.number("depth");
  if (depth > kMaxTreeDepth) fields.fail("names a tree of an impossible depth");
  tree.depth = static_cast<unsigned>(depth);
  if (tree.bytes != 0) tree.id.bytes = to_hash(fields.bytes("id", tree.id.bytes.size()));
  return tree;
}

json encode(const SourceRecord& source) {
  return {{"uri", source.uri},
          {"driver", source.driver},
          {"name", source.name},
          {"instant", to_micros(source.instant)},
          {"notes", source.notes}};
}

SourceRecord decode_source(const Fields& fields) {
  return {.uri = fields.text("uri"),
          .driver = fields.text("driver"),
          .name = fields.text("name"),
          .instant = fields.micros("instant"),
          .notes = fields.notes("notes")};
}

// Fills `out` or says that the stream ended before its first byte.
bool read_exactly(Reader& from, std::span<std::byte> out, const std::string& object) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::size_t got = from.read(out.subspan(filled));
    if (got == 0 && filled == 0) return false;
    if (got == 0) throw Error(ErrorCode::corrupt, object + ": its list of entries ends too early");
    filled += got;
  }
  return true;
}

EntryRecord decode_entry(const json& members, std::size_t sources, const std::string& object) {
  const Fields fields(members, object);
  EntryRecord entry{.name = fields.text("name"), .kind = fields.text("kind")};
  const std::uint64_t source = fields.number("source");
  if (source >= sources) fields.fail("an entry is of a source that is not there");
  entry.source = static_cast<std::uint32_t>(source);
  entry.plain_bytes = fields.number("plain_bytes");
  entry.content_hash = to_hex(fields.bytes("content_hash", 16));
  const Tree tree = decode_tree(fields.map("tree"), object);
  if (tree.bytes != entry.plain_bytes) fields.fail("an entry has another size than its tree");
  entry.tree = to_text(tree);
  entry.attributes = fields.notes("attributes");
  if (fields.has("restore_with")) {
    entry.restore_with = as_text(fields.bytes("restore_with"));
    entry.restore_order = static_cast<int>(std::min<std::uint64_t>(fields.number("restore_order"), 1'000'000));
  }
  return entry;
}

}  // namespace

json encode_previous(const std::vector<Previous>& previous) {
  json list = json::array();
  for (const Previous& one : previous) list.push_back({{"id", one.id}, {"sha256", to_binary(one.sha256)}});
  return list;
}

json encode_record(const BackupRecord& record) {
  const Manifest& manifest = record.manifest;
  json sources = json::array();
  for (const SourceRecord& source : manifest.sources) sources.push_back(encode(source));
  return {{"id", manifest.id},
          {"started", to_micros(manifest.started)},
          {"finished", to_micros(manifest.finished)},
          {"written_by", manifest.written_by},
          {"tags", manifest.tags},
          {"sources", std::move(sources)},
          {"entries", encode(record.entries)},
          {"entry_count", record.entry_count},
          {"plain_bytes", record.plain_bytes},
          {"stored_bytes", record.stored_bytes},
          {"previous", encode_previous(record.previous)}};
}

BackupRecord decode_record(const json& members, const BackupId& id, const std::string& object) {
  const Fields fields(members, object);
  BackupRecord record;
  Manifest& manifest = record.manifest;
  manifest.id = fields.text("id");
  if (manifest.id != id) fields.fail("is the record of another backup");
  manifest.started = fields.micros("started");
  manifest.finished = fields.micros("finished");
  manifest.written_by = fields.text("written_by");
  manifest.tags = fields.notes("tags");
  if (fields.array("sources").size() > kMaxSources) fields.fail("has more sources than the format allows");
  for (const json& source : fields.array("sources")) manifest.sources.push_back(decode_source(Fields(source, object)));
  record.entries = decode_tree(fields.map("entries"), object);
  record.entry_count = fields.number("entry_count");
  if (record.entry_count > kMaxEntries) fields.fail("has more entries than the format allows");
  record.plain_bytes = fields.number("plain_bytes");
  record.stored_bytes = fields.number("stored_bytes");
  if (fields.array("previous").size() > kMaxPrevious) fields.fail("names more earlier backups than the format allows");
  for (const json& one : fields.array("previous")) {
    const Fields previous(one, object);
    record.previous.push_back({previous.text("id"), to_hash(previous.bytes("sha256", 32))});
  }
  return record;
}

BackupInfo summary_of(const BackupRecord& record) {
  const Manifest& manifest = record.manifest;
  return {.id = manifest.id,
          .time = manifest.started,
          .finished = manifest.finished,
          .sources = manifest.sources,
          .tags = manifest.tags,
          .entries = record.entry_count,
          .plain_bytes = record.plain_bytes,
          .stored_bytes = record.stored_bytes};
}

Bytes encode_entry(const EntryRecord& entry) {
  json members{{"name", entry.name},
               {"kind", entry.kind},
               {"source", entry.source},
               {"plain_bytes", entry.plain_bytes},
               {"content_hash", to_binary(from_hex(entry.content_hash))},
               {"tree", encode(tree_of(entry, entry.name))},
               {"attributes", entry.attributes}};
  if (!entry.restore_with.empty()) {
    members["restore_with"] = to_binary(as_bytes(entry.restore_with));  // of any encoding
    members["restore_order"] = entry.restore_order;
  }
  const Bytes map = encode_cbor(members);
  Bytes out;
  append_number(out, static_cast<std::uint32_t>(map.size()));
  out.insert(out.end(), map.begin(), map.end());
  return out;
}

std::vector<EntryRecord> read_entries(Reader& from, const BackupRecord& record, const std::string& object) {
  std::vector<EntryRecord> entries;
  std::uint64_t plain_bytes = 0;
  Bytes buffer(sizeof(std::uint32_t));
  while (read_exactly(from, std::span(buffer).first(sizeof(std::uint32_t)), object)) {
    const auto size = number_in<std::uint32_t>(buffer);
    if (size > kMaxEntrySize || entries.size() == record.entry_count) {
      throw Error(ErrorCode::corrupt, object + ": its list of entries is damaged");
    }
    Bytes map(size);
    if (size == 0 || !read_exactly(from, map, object)) throw Error(ErrorCode::corrupt, object + ": its list of entries is damaged");
    EntryRecord entry = decode_entry(decode_cbor(map, object), record.manifest.sources.size(), object);
    if (!entries.empty() && std::tie(entries.back().source, entries.back().name) >= std::tie(entry.source, entry.name)) {
      throw Error(ErrorCode::corrupt, object + ": names an entry twice, or out of order");
    }
    entries.push_back(std::move(entry));
    plain_bytes += entries.back().plain_bytes;
  }
  if (entries.size() != record.entry_count || plain_bytes != record.plain_bytes) {
    throw Error(ErrorCode::corrupt, object + ": does not have the entries it says it has");
  }
  return entries;
}

std::string to_text(const Tree& tree) { return tree.bytes == 0 ? std::string() : std::to_string(tree.depth) + ":" + to_hex(tree.id.bytes); }

Tree tree_of(const EntryRecord& entry, const std::string& object) {
  if (entry.tree.empty()) return {};
  const bool sound = entry.tree.size() == 66 && entry.tree[0] >= '0' && entry.tree[0] <= '8' && entry.tree[1] == ':';
  if (!sound) throw Error(ErrorCode::corrupt, object + ": an entry does not say where its bytes are");
  return {.depth = static_cast<unsigned>(entry.tree[0] - '0'),
          .id = {to_hash(from_hex(std::string_view(entry.tree).substr(2)))},
          .bytes = entry.plain_bytes};
}

}  // namespace holdfast
