#include "support/layouts.hpp"

#include <algorithm>
#include <array>

#include "repository/names.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"
#include "support/simulator.hpp"

namespace holdfast::test {

namespace {

// Objects that every repository has, independent of its backups.
bool is_of_no_backup(std::string_view object) {
  return object == "format" || object.starts_with("keys/") || object.starts_with("reserve/");
}

std::string plain_leftover(const std::vector<std::string>& objects, const std::set<BackupId>& backups) {
  for (const std::string& object : objects) {
    if (is_of_no_backup(object)) continue;
    const bool proof = object.starts_with("proofs/");
    const BackupId id = proof ? object.substr(7, object.find('-', 7) - 7) : id_in(object);
    if (id.empty() || !backups.contains(id)) return object;
  }
  return {};
}

// Returns one of the objects with that beginning and end; "" if there is none.
std::string some_object(const std::vector<std::string>& objects, std::string_view begin, std::string_view end, SeededRandom& random) {
  std::vector<const std::string*> found;
  for (const std::string& object : objects) {
    if (object.starts_with(begin) && object.ends_with(end)) found.push_back(&object);
  }
  return found.empty() ? std::string() : *found[random.below(found.size())];
}

std::string some_hex(SeededRandom& random, std::size_t digits) {
  std::string hex;
  while (hex.size() < digits) hex += "0123456789abcdef"[random.below(16)];
  return hex;
}

// Returns a name similar to that of a session, removal or backup.
template <std::size_t count>
std::string beside(std::string name, const std::array<std::string, count>& ends, SeededRandom& random) {
  return name + ends[random.below(count)];
}

std::string forgeable_in_packed(const std::vector<std::string>& objects, SeededRandom& random) {
  const std::string hex = some_hex(random, 16), hash = some_hex(random, 64);
  const std::string backup = some_object(objects, "backups/", "", random), session = some_object(objects, "sessions/", "", random);
  switch (random.below(9)) {
    case 0: return "gc/" + hex;
    case 1: return "packs/" + hash.substr(0, 2) + "/" + hash;
    case 2: return "index/" + hash;
    case 3: return "keys/slot-" + hex;
    case 4: return "keys/ring-0000000" + some_hex(random, 1) + some_object(objects, "keys/ring-", "", random).substr(18);
    case 5:
      return beside("sessions/" + std::string(random.once_in(2) ? "write_" : "collect_") + hex,
                    std::array<std::string, 4>{"", ".ready", ".fence", ".alive-000001"}, random);
    case 6: return "proofs/" + (backup.empty() ? "x" : backup.substr(8)) + "-20261120T180000000000-content-equal";
    case 7:
      if (session.empty()) return "gc/" + hex;
      return beside(session.substr(0, session.find('.')),
                    std::array<std::string, 5>{".ready", ".fence", ".fence-" + hex, ".alive-000001", ".alive-000002"}, random);
    default:
      if (backup.empty()) return "removed/backup_20261120_180000_" + hex.substr(8);
      return beside("removed/" + backup.substr(8), std::array<std::string, 5>{"", ".final", "." + hex, ".final-" + hex, ".back-" + hex},
                    random);
  }
}

std::string forgeable_in_plain(const std::vector<std::string>& objects, SeededRandom& random, const std::string& end) {
  const std::string hex = some_hex(random, 16);
  const std::string manifest = some_object(objects, "backup_", "/manifest.json" + end, random);
  const std::string session = some_object(objects, "sessions/backup_", "", random);
  switch (random.below(4)) {
    case 0: return "keys/slot-" + hex;
    case 1: return manifest.empty() ? "keys/slot-" + hex : manifest.substr(0, manifest.find('/')) + ".manifest.json" + end;
    case 2:
      if (session.empty()) return "sessions/backup_20261120_18000" + some_hex(random, 1).replace(0, 1, "0") + ".json" + end;
      return beside(session.substr(0, session.find('.')),
                    std::array<std::string, 4>{".collect.json", ".remove-" + hex + ".json", ".alive-000001.json", ".alive-000002.json"},
                    random) +
             end;
    default: return "sessions/clock-" + hex + ".json" + end;
  }
}

LayoutKit plain_kit(bool encrypted) {
  const auto key = encrypted ? std::optional(test_key()) : std::nullopt;
  return {.name = encrypted ? "plain, encrypted" : "plain",
          .create = [key](const auto& storage, Context& context) { PlainPlace::create(storage, key, context, kCheap); },
          .open = [key](const auto& storage, Context&) { return std::make_unique<PlainLayout>(PlainPlace::open(storage, key)); },
          .collect = [](Layout& layout, Context& context) { layout.collect_leftovers(context); },
          .hangs_on_its_writer = [](std::string_view object) { return !object.starts_with("sessions/"); },
          .is_sign_of_life = [](std::string_view) { return true; },
          .leftover = plain_leftover,
          .actions = {},
          .forgeable = [end = std::string(encrypted ? ".enc" : "")](
                           const auto& objects, SeededRandom& random) { return forgeable_in_plain(objects, random, end); }};
}

std::string packed_leftover(const std::vector<std::string>& objects, const std::set<BackupId>& backups) {
  for (const std::string& object : objects) {
    if (is_of_no_backup(object)) continue;
    const std::string folder = object.substr(0, object.find('/'));
    const std::string rest = object.substr(object.find('/') + 1);
    if (folder == "backups" && backups.contains(rest)) continue;
    if (folder == "proofs" && backups.contains(rest.substr(0, rest.find('-')))) continue;
    // Kept forever: it proves that nothing was lost.
    if (folder == "removed" && is_packed_id(rest.substr(0, kPackedIdSize))) continue;
    if (folder == "gc") continue;                                                // the names in a mark must never be trusted again
    if ((folder == "packs" || folder == "index") && !backups.empty()) continue;  // which of them are needed can't be seen from outside
    return object;
  }
  return {};
}

LayoutKit packed_kit() {
  const auto collect_at_once = [](Actor& actor) {
    try {
      actor.layout().collect_garbage({.grace = std::chrono::seconds(0)}, actor.context());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::conflict) throw;
    }
  };
  const auto rotate = [](Actor& actor) {
    try {
      actor.layout().rotate_data_key(actor.context());
    } catch (const Error& error) {  // another process rotated the key since this process opened the repository
      if (error.code() != ErrorCode::conflict) throw;
    }
  };
  return {.name = "packed, encrypted",
          .create = [](const auto& storage, Context& context) { PackedPlace::create(storage, test_key(), context, kCheap); },
          .open = [](const auto& storage,
                     Context&) { return std::make_unique<PackedLayout>(PackedPlace::open(storage, read_format(*storage), test_key())); },
          .collect = [](Layout& layout, Context& context) { layout.collect_garbage({}, context); },
          .collections = 4,
          .hangs_on_its_writer = [](std::string_view) { return false; },
          .is_sign_of_life =
              [](std::string_view object) { return object.starts_with("sessions/") && object.find(".fence") == std::string_view::npos; },
          .leftover = packed_leftover,
          .actions = {{"collect without grace", Role::collector, 1, collect_at_once},
                      {"rotate the data key", Role::remover, 1, rotate},
                      {"bring back", Role::remover, 2, bring_one_back},
                      {"copy", Role::writer, 2, copy_one}},
          .forgeable = forgeable_in_packed,
          .bears_replays = true};
}

}  // namespace

const std::vector<LayoutKit>& layout_kits() {
  static const std::vector<LayoutKit> kits{plain_kit(false), plain_kit(true), packed_kit()};
  return kits;
}

BackupWriter& add_shop(BackupSession& session) {
  return session.add_source({.record = {.uri = "test:shop", .driver = "test", .name = "shop"}});
}

void fill(BackupSession& session, const Contents& contents) { write_entries(add_shop(session), contents); }

void write_entries(BackupWriter& writer, const Contents& contents) {
  for (const auto& [name, bytes] : contents) {
    const auto entry = writer.open({.name = name, .kind = "text"});
    entry->write(as_bytes(bytes));
    entry->commit();
  }
}

BackupInfo make_backup(Layout& layout, const Contents& contents, Context& context) {
  const auto session = layout.begin({.compression = "none"}, context);
  fill(*session, contents);
  return session->commit();
}

std::set<BackupId> listed(const Layout& layout, Context& context, const std::set<std::string>& forged) {
  std::set<BackupId> ids;
  for (const BackupInfo& info : layout.list(context)) {
    const auto is_forged = [&](const std::string& object) { return forged.contains(object); };
    const std::array<std::string, 3> places{"backups/" + info.id, info.id + ".manifest.json", info.id + ".manifest.json.enc"};
    if (!info.damage.empty() && std::ranges::any_of(places, is_forged)) continue;
    if (!info.damage.empty()) throw std::runtime_error("a damaged backup is listed: " + info.damage);
    ids.insert(info.id);
  }
  return ids;
}

Contents read_back(const Layout& layout, const BackupId& id, Context& context) {
  Contents contents;
  const auto manifest = layout.manifest(id, context);
  for (const EntryRecord& entry : manifest->entries) {
    contents[entry.name] = as_text(read_all(*layout.open_entry(entry), 1U << 20));
  }
  return contents;
}

std::string faults(const Layout& layout, const BackupId& id, VerifyLevel level, Context& context) {
  VerifyReport report;
  layout.verify_backup(id, level, report, context);
  return to_text(report.faults);
}

std::string common_faults(const Layout& layout, Context& context) {
  VerifyReport report;
  layout.verify_common(VerifyLevel::full, report, context);
  return to_text(report.faults);
}

std::vector<std::string> object_names(Storage& storage) {
  std::vector<std::string> names;
  storage.list("", [&names](const ObjectInfo& info) {
    names.push_back(info.name);
    return true;
  });
  return names;
}

}  // namespace holdfast::test
