#include "repository/packed/backup_record.hpp"

#include <algorithm>
#include <tuple>

#include "base/big_endian.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/host_transforms.hpp"
#include "repository/manifest_codec.hpp"
#include "repository/names.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMaxEntrySize = 16U << 20;

void encode(const Tree& tree, CborWriter& out) {
  const bool is_empty = tree.bytes == 0;
  out.map(is_empty ? 2 : 3).key("bytes").number(tree.bytes).key("depth").number(is_empty ? 0 : tree.depth);
  if (!is_empty) out.key("id").bytes(tree.id.bytes);
}

Tree decode_tree(const CborMap& fields) {
  Tree tree{.depth = 0, .id = {}, .bytes = fields.at("bytes").number()};
  const std::uint64_t depth = fields.at("depth").number();
  if (depth > kMaxTreeDepth) fields.fail("names a tree of an impossible depth");
  tree.depth = static_cast<unsigned>(depth);
  if (tree.bytes != 0) tree.id.bytes = to_hash(fields.at("id").bytes(tree.id.bytes.size()));
  return tree;
}

void encode(const SourceRecord& source, CborWriter& out) {
  out.map(5).key("driver").text(source.driver).key("instant").time(source.instant).key("name").text(source.name);
  out.key("notes").notes(source.notes).key("uri").text(source.uri);
}

SourceRecord decode_source(const CborMap& fields) {
  return {.uri = fields.at("uri").text(),
          .driver = fields.at("driver").text(),
          .name = fields.at("name").text(),
          .instant = fields.at("instant").time(),
          .notes = fields.at("notes").notes()};
}

// Fills `out`. Returns false if the stream ended before its first byte.
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

std::vector<std::string> decode_transforms(const CborMap& fields) {
  CborList list = fields.at("transforms").list();
  if (list.left() > kMaxTransforms) fields.fail("an entry has more transforms than the format allows");
  std::vector<std::string> names;
  while (list.left() > 0) names.push_back(list.next().text());
  if (!std::ranges::all_of(names, is_hosts)) fields.fail("an entry has an impossible transform");
  return names;
}

EntryRecord decode_entry(ByteView content, std::size_t sources, const std::string& object) {
  const CborMap fields(content, object);
  EntryRecord entry{.name = fields.at("name").text(), .kind = fields.at("kind").text()};
  const std::uint64_t source = fields.at("source").number();
  if (source >= sources) fields.fail("an entry is of a source that is not there");
  entry.source = static_cast<std::uint32_t>(source);
  entry.tree_bytes = fields.at("plain_bytes").number();
  entry.plain_bytes = fields.has("source_bytes") ? fields.at("source_bytes").number() : entry.tree_bytes;
  if (fields.has("transforms")) entry.transforms = decode_transforms(fields);
  entry.content_hash = to_hex(fields.at("content_hash").bytes(16));
  const Tree tree = decode_tree(fields.at("tree").map());
  if (tree.bytes != entry.tree_bytes) fields.fail("an entry has another size than its tree");
  entry.tree = to_text(tree);
  entry.attributes = fields.at("attributes").notes();
  if (fields.has("restore_with")) {
    entry.restore_with = as_text(fields.at("restore_with").bytes());
    entry.restore_order = static_cast<int>(std::min<std::uint64_t>(fields.at("restore_order").number(), 1'000'000));
  }
  return entry;
}

Bytes encode_map(const EntryRecord& entry) {
  const bool has_restore = !entry.restore_with.empty();
  const bool has_transforms = !entry.transforms.empty();
  CborWriter out;
  out.map(7 + (has_restore ? 2 : 0) + (has_transforms ? 2 : 0))
      .key("attributes")
      .notes(entry.attributes)
      .key("content_hash")
      .bytes(from_hex(entry.content_hash));
  out.key("kind").text(entry.kind).key("name").text(entry.name).key("plain_bytes").number(entry.tree_bytes);
  if (has_restore) {
    out.key("restore_order").integer(entry.restore_order);
    out.key("restore_with").bytes(as_bytes(entry.restore_with));  // in any encoding
  }
  out.key("source").number(entry.source);
  if (has_transforms) {
    out.key("source_bytes").number(entry.plain_bytes).key("transforms").list(entry.transforms.size());
    for (const std::string& name : entry.transforms) out.text(name);
  }
  encode(tree_of(entry, entry.name), out.key("tree"));
  return std::move(out).finish();
}

}  // namespace

void encode_previous(const std::vector<Previous>& previous, CborWriter& out) {
  out.list(previous.size());
  for (const Previous& one : previous) out.map(2).key("id").text(one.id).key("sha256").bytes(one.sha256);
}

Bytes encode_record(const BackupRecord& record) {
  const Manifest& manifest = record.manifest;
  const bool is_encoded = record.source_bytes != record.plain_bytes;
  CborWriter out;
  encode(record.entries, out.map(is_encoded ? 12 : 11).key("entries"));
  out.key("entry_count").number(record.entry_count).key("finished").time(manifest.finished).key("id").text(manifest.id);
  out.key("plain_bytes").number(record.plain_bytes);
  encode_previous(record.previous, out.key("previous"));
  if (is_encoded) out.key("source_bytes").number(record.source_bytes);
  out.key("sources").list(manifest.sources.size());
  for (const SourceRecord& source : manifest.sources) encode(source, out);
  out.key("started").time(manifest.started).key("stored_bytes").number(record.stored_bytes);
  out.key("tags").notes(manifest.tags).key("written_by").text(manifest.written_by);
  return std::move(out).finish();
}

BackupRecord decode_record(ByteView content, const BackupId& id, const std::string& object) {
  const CborMap fields(content, object);
  BackupRecord record;
  Manifest& manifest = record.manifest;
  manifest.id = fields.at("id").text();
  if (manifest.id != id) fields.fail("is the record of another backup");
  manifest.started = fields.at("started").time();
  manifest.finished = fields.at("finished").time();
  manifest.written_by = fields.at("written_by").text();
  manifest.tags = fields.at("tags").notes();
  CborList sources = fields.at("sources").list();
  if (sources.left() > kMaxSources) fields.fail("has more sources than the format allows");
  while (sources.left() > 0) manifest.sources.push_back(decode_source(sources.next().map()));
  record.entries = decode_tree(fields.at("entries").map());
  record.entry_count = fields.at("entry_count").number();
  if (record.entry_count > kMaxEntries) fields.fail("has more entries than the format allows");
  record.plain_bytes = fields.at("plain_bytes").number();
  record.source_bytes = fields.has("source_bytes") ? fields.at("source_bytes").number() : record.plain_bytes;
  record.stored_bytes = fields.at("stored_bytes").number();
  CborList previous = fields.at("previous").list();
  if (previous.left() > kMaxPrevious) fields.fail("names more earlier backups than the format allows");
  while (previous.left() > 0) {
    const CborMap one = previous.next().map();
    record.previous.push_back({one.at("id").text(), to_hash(one.at("sha256").bytes(32))});
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
          .plain_bytes = record.source_bytes,
          .stored_bytes = record.stored_bytes};
}

Bytes encode_entry(const EntryRecord& entry) {
  const Bytes map = encode_map(entry);
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
    EntryRecord entry = decode_entry(map, record.manifest.sources.size(), object);
    if (!entries.empty() && std::tie(entries.back().source, entries.back().name) >= std::tie(entry.source, entry.name)) {
      throw Error(ErrorCode::corrupt, object + ": names an entry twice, or out of order");
    }
    entries.push_back(std::move(entry));
    plain_bytes += entries.back().tree_bytes;
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
          .bytes = entry.tree_bytes};
}

}  // namespace holdfast
