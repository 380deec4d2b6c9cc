#include "support/layouts.hpp"

#include "repository/names.hpp"
#include "support/packed_repository.hpp"
#include "support/plain_repository.hpp"
#include "support/simulator.hpp"

namespace holdfast::test {

namespace {

std::string plain_leftover(const std::vector<std::string>& objects, const std::set<BackupId>& backups) {
  for (const std::string& object : objects) {
    if (object == "format" || object.starts_with("keys/")) continue;
    const bool proof = object.starts_with("proofs/");
    const BackupId id = proof ? object.substr(7, object.find('-', 7) - 7) : id_in(object);
    if (id.empty() || !backups.contains(id)) return object;
  }
  return {};
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
          .actions = {}};
}

std::string packed_leftover(const std::vector<std::string>& objects, const std::set<BackupId>& backups) {
  for (const std::string& object : objects) {
    if (object == "format" || object.starts_with("keys/")) continue;
    const std::string folder = object.substr(0, object.find('/'));
    const std::string rest = object.substr(object.find('/') + 1);
    if (folder == "backups" && backups.contains(rest)) continue;
    if (folder == "proofs" && backups.contains(rest.substr(0, rest.find('-')))) continue;
    // Kept for ever: what shows that nothing was lost.
    if (folder == "removed" && is_packed_id(rest.substr(0, rest.find(".final")))) continue;
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
    } catch (const Error& error) {  // somebody else rotated since this process opened the repository
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
          .is_sign_of_life = [](std::string_view object) { return object.starts_with("sessions/") && !object.ends_with(".fence"); },
          .leftover = packed_leftover,
          .actions = {{"collect without grace", Role::collector, 1, collect_at_once},
                      {"rotate the data key", Role::remover, 1, rotate},
                      {"bring back", Role::remover, 2, bring_one_back},
                      {"copy", Role::writer, 2, copy_one}}};
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

std::set<BackupId> listed(const Layout& layout, Context& context) {
  std::set<BackupId> ids;
  for (const BackupInfo& info : layout.list(context)) {
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
