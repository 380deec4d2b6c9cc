#include "driver/postgres/restore/entry_runner.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"
#include "driver/postgres/client/tools.hpp"
#include "driver/postgres/restore/inheritance.hpp"
#include "driver/postgres/restore/reduced_table.hpp"

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

namespace {

constexpr char kPartitioned = 'p';
constexpr std::size_t kMostSessions = 4;  // that one thread keeps open besides the leader's
constexpr int kMostDeadlocks = 5;

constexpr std::array<std::string_view, 4> kOfSuperusers = {"FOREIGN DATA WRAPPER", "EVENT TRIGGER", "SUBSCRIPTION", "PUBLICATION"};

// Only superusers can own them. They lend their owner's rights to nobody.
bool of_superusers(const TocEntry& entry) { return std::ranges::find(kOfSuperusers, view(entry.desc)) != kOfSuperusers.end(); }

std::string name_of_entry(const TocEntry& entry) { return qualified(view(entry.schema), view(entry.tag)); }

// Returns the right for GRANT. None for a function that runs with its owner's rights: the right to call it would give
// the owner's power.
std::string right_to_use(const TocEntry& entry) {
  const std::string_view desc = view(entry.desc);
  if (desc == "TYPE" || desc == "DOMAIN") return "USAGE ON TYPE " + name_of_entry(entry);
  if (desc == "SERVER") return "USAGE ON FOREIGN SERVER " + quote_identifier(view(entry.tag));
  if (desc != "FUNCTION" && desc != "PROCEDURE") return "";
  const std::optional<std::string> object = owned_object(entry);
  const bool lends_power = bare_text(view(entry.definition)).find("SECURITY DEFINER") != std::string::npos;
  return object && !lends_power ? "EXECUTE ON " + *object : "";
}

}  // namespace

Sessions::Sessions(const ConnInfo& leader, OwnerSessions& owners, const SessionSettings& settings, const Context& context,
                   std::stop_token stop)
    : info_(leader), owners_(owners), settings_(settings), context_(context), stop_(std::move(stop)) {}

Connection Sessions::open(const ConnInfo& info) const {
  Connection connection(info, context_, stop_);
  begin(connection);
  return connection;
}

void Sessions::begin(Connection& connection) const {
  std::string settings = settings_.initial;
  if (connection.server_version() >= 110000) {
    settings += std::string(";SET max_parallel_maintenance_workers TO ") + (share_work_ ? "DEFAULT" : "0");
  }
  connection.query(settings);
}

Connection& Sessions::leader() {
  const bool changed = std::exchange(leader_shares_, share_work_) != share_work_;
  if (!leader_) {
    leader_.emplace(open(info_));
  } else if (std::exchange(leader_searches_, false) || changed) {
    begin(*leader_);
  }
  return *leader_;
}

Connection& Sessions::of(const OwnerSessions::Owners& owners) {
  if (!owners_.fenced()) return leader();
  if (const auto known = others_.find(owners); known != others_.end()) {
    known->second.refresh();
    begin(known->second);
    return known->second;
  }
  if (others_.size() == kMostSessions) others_.clear();
  return others_.emplace(owners, open(owners_.login(owners))).first->second;
}

Connection& Sessions::searching(const OwnerSessions::Owners& owners, const std::string& schema) {
  constexpr const char* kPath =
      "SELECT pg_catalog.set_config('search_path', $1 || coalesce((SELECT pg_catalog.string_agg(DISTINCT ', ' || "
      "pg_catalog.quote_ident(n.nspname), '') FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace "
      "WHERE n.nspname <> 'pg_catalog'), '') || $2, false)";
  Connection& connection = of(owners);
  leader_searches_ = leader_searches_ || !owners_.fenced();
  connection.query(kPath, {settings_.search_path, schema.empty() ? "" : ", " + quote_identifier(schema)});
  return connection;
}

// Sets what pg_restore sets at the beginning; leaves out what an old server does not know.
std::string EntryRunner::settings() const {
  // A crash of the server loses the restore anyway, and the last commit, which does wait, makes everything durable. The
  // server's default memory is meant for many concurrent sessions; here a few sessions build all indexes. A view that
  // was filled in the session may have switched row security on.
  return entries_.session_settings() +
         ";SET check_function_bodies = false; SET client_min_messages = warning; SET synchronous_commit = off;"
         "SET maintenance_work_mem = '256MB'; SET row_security = off";
}

bool EntryRunner::by_owner(const TocEntry& entry) const { return owners_.fenced() && entries_.runner(entry) == Runner::owner; }

OwnerSessions::Owners EntryRunner::owners_of(const TocEntry& entry) const { return owners_.owners(entries_.owners(entry)); }

std::string EntryRunner::schema_of(const TocEntry& entry, Connection& leader) {
  if (view(entry.desc) != "EXTENSION") return view(entry.schema).empty() ? "" : quote_identifier(view(entry.schema));
  std::string& schema = extension_schemas_[entry.dump_id];
  if (schema.empty()) {
    const Rows rows = leader.query(
        "SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace "
        "WHERE x.extname = $1",
        {std::string(view(entry.tag))});
    schema = rows.size() == 0 ? "pg_catalog" : rows.text(0, 0);
  }
  return schema == "pg_catalog" ? "" : schema;
}

void EntryRunner::prepare(const TocEntry& entry, Connection& leader) {
  Progress& progress = progress_[entry.dump_id];
  if (!by_owner(entry)) {
    rights_.join(std::string(view(entry.owner)));
    progress.prepared = true;
    return;
  }
  const OwnerSessions::Owners owners = owners_of(entry);
  if (const std::string schema = schema_of(entry, leader); !schema.empty()) owners_.grant("CREATE, USAGE ON SCHEMA " + schema, owners);
  if (tablespaces_ && !view(entry.tablespace).empty()) {
    owners_.grant("CREATE ON TABLESPACE " + quote_identifier(view(entry.tablespace)), owners);
  }
  for (const int id : entry.dependencies) {
    const TocEntry* other = entries_.find(id);
    if (other == nullptr) continue;
    if (const std::string schema = schema_of(*other, leader); !schema.empty()) owners_.grant("USAGE ON SCHEMA " + schema, owners);
    const std::string other_owner = owners_.owner(std::string(view(other->owner)));
    const bool key = view(entry.desc) == "FK CONSTRAINT" && view(other->desc) == "TABLE";
    // The check runs with the rights of the owner of the referenced table, who may have none in that table's schema.
    if (key) owners_.open_schema(std::string(view(other->schema)), other_owner, leader);
    if (owners.contains(other_owner)) continue;
    if (key) owners_.grant("REFERENCES ON " + name_of_entry(*other), owners);
    if (entries_.has_grants(*other) || view(other->desc) == "SERVER") let_use(*other, owners);
  }
  owners_.login(owners);
  progress.prepared = true;
}

// The session that creates an object needs the right to use the parts of its definition. The owner may not have it yet
// or, as a superuser, may not need it.
void EntryRunner::let_use(const TocEntry& other, const OwnerSessions::Owners& owners) {
  if (const std::string right = right_to_use(other); !right.empty()) owners_.grant(right, owners);
}

void EntryRunner::prepare_rows(const TocEntry& table) {
  const std::string owner = owners_.owner(std::string(view(table.owner)));
  if (owners_.fenced()) owners_.grant("USAGE ON SCHEMA " + quote_identifier(view(table.schema)), {owner});
}

void EntryRunner::prepare_refresh(const TocEntry& view_entry) {
  prepare_rows(view_entry);
  std::set<int> seen;
  let_read(view_entry, seen);
  if (owners_.fenced()) owners_.login(owners_of(view_entry));
}

// A view reads with the rights of the role that holds it, at each level.
void EntryRunner::let_read(const TocEntry& view_entry, std::set<int>& seen) {
  if (!seen.insert(view_entry.dump_id).second) return;
  const std::string owner = owners_.owner(std::string(view(view_entry.owner)));
  for (const int id : view_entry.dependencies) {
    const TocEntry* other = entries_.find(id);
    if (other == nullptr || !is_relation(*other)) continue;
    if (view(other->desc) == "VIEW") let_read(*other, seen);
    if (owners_.owner(std::string(view(other->owner))) == owner) continue;
    owners_.grant_holder("USAGE ON SCHEMA " + quote_identifier(view(other->schema)), owner);
    owners_.grant_holder("SELECT ON " + name_of_entry(*other), owner);
  }
}

// Those whose definitions may contain a password.
constexpr std::array<std::string_view, 4> kWithSecrets = {"USER MAPPING", "SUBSCRIPTION", "SERVER", "FOREIGN DATA WRAPPER"};

std::string EntryRunner::last_dependency(const TocEntry& entry) const {
  std::string object;
  for (const int id : entry.dependencies) {
    const TocEntry* other = entries_.find(id);
    if (other == nullptr) continue;
    // The grants on a column depend on those on its table.
    object = is_about_another(*other) ? last_dependency(*other) : describe(*other);
  }
  return object;
}

Part EntryRunner::part(const TocEntry& entry, Connection& leader) {
  Part part{.object = describe(entry),
            .run = [this, &entry, &leader](Sessions& sessions, Names names) { run(entry, sessions, leader, names); },
            .reduce = [this, &entry](Sessions& sessions, const ServerError& failure) { return reduce(entry, sessions, failure); }};
  if (is_about_another(entry)) part.belongs_to = last_dependency(entry);
  const bool searches = entries_.has_search_path() && entries_.runner(entry) == Runner::owner && depends_on_search_path(entry);
  if (searches) part.first = Names::by_search_path;
  return part;
}

void EntryRunner::run(const TocEntry& entry, Sessions& sessions, Connection& leader, Names names) {
  constexpr const char* kDeadlock = "40P01";
  Progress& progress = progress_[entry.dump_id];
  if (!progress.prepared) prepare(entry, leader);
  for (int tries = 1;; ++tries) {
    try {
      return carry_out(entry, progress, sessions, names);
    } catch (const ServerError& error) {
      if (error.sqlstate() == kDeadlock && tries < kMostDeadlocks) continue;
      const bool secret = std::ranges::find(kWithSecrets, view(entry.desc)) != kWithSecrets.end();
      if (secret) throw StatementError(error, "");
      throw;
    }
  }
}

// Returns what a constraint is restored as if rows contradict it, and an object that its owner could not get.
std::string EntryRunner::reduce(const TocEntry& entry, Sessions& sessions, const ServerError& failure) {
  if (const auto progress = progress_.find(entry.dump_id); progress != progress_.end() && progress->second.created) {
    return "owned by the role that restored it";
  }
  if (view(entry.desc) == "TABLE") return reduce_table(entry, sessions);
  const bool constraint = view(entry.desc) == "FK CONSTRAINT" || view(entry.desc) == "CHECK CONSTRAINT";
  if (!constraint || !failure.sqlstate().starts_with("23")) return "";
  std::string sql(view(entry.definition));
  sql.resize(sql.find_last_not_of(" ;\n") + 1);
  run_statement(sessions.of(owners_of(entry)), sql + " NOT VALID", Wait::unlimited);
  return "NOT VALID";
}

// Without a table there would be none of its rows.
std::string EntryRunner::reduce_table(const TocEntry& entry, Sessions& sessions) {
  const ReducedTable table = ReducedTable::of(view(entry.definition), name_of_entry(entry));
  if (table.additions.empty()) return "";
  TocEntry reduced = entry;
  reduced.definition = table.definition;
  carry_out(reduced, progress_[entry.dump_id], sessions, Names::by_search_path);
  std::string without;
  for (const ReducedTable::Addition& addition : table.additions) {
    try {
      run_statement(sessions.of(owners_of(entry), Names::by_search_path, std::string(view(entry.schema))), addition.sql, Wait::unlimited);
    } catch (const ServerError&) {
      without += (without.empty() ? "without " : ", ") + addition.what;
    }
  }
  return without.empty() ? "made in several steps" : without;
}

std::string EntryRunner::own_settings(const TocEntry& entry, Names names, int server_version) const {
  std::string sql;
  if (names == Names::by_schema && !entries_.has_search_path() && !view(entry.schema).empty()) {
    sql += "SET search_path = " + quote_identifier(view(entry.schema)) + ", pg_catalog;";
  }
  if (tablespaces_ && entry.tablespace) {
    sql += "SET default_tablespace = " + (entry.tablespace->empty() ? "''" : quote_identifier(*entry.tablespace)) + ";";
  }
  if (entry.table_access_method && entry.relkind != kPartitioned && major_of(server_version) >= 12) {
    sql += "SET default_table_access_method = " + quote_identifier(*entry.table_access_method) + ";";
  }
  if (view(entry.desc) == "TABLE" && major_of(server_version) < 12) {
    sql += std::string("SET default_with_oids = ") + (entry.with_oids ? "on;" : "off;");
  }
  return sql;
}

namespace {

// Returns whether a definition failed because the object is there.
bool exists_already(const ServerError& error, std::string_view kind) {
  constexpr std::array<std::string_view, 5> kDuplicates = {"42P07", "42710", "42723", "42P06", "42701"};
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kOfKinds = {
      {{"TABLE ATTACH", "42809"}, {"CONSTRAINT", "42P16"}, {"SEQUENCE", "55000"}}};  // is a partition, has a key, is an identity
  return std::ranges::find(kDuplicates, error.sqlstate()) != kDuplicates.end() ||
         std::ranges::find(kOfKinds, std::pair<std::string_view, std::string_view>(kind, error.sqlstate())) != kOfKinds.end();
}

}  // namespace

void EntryRunner::carry_out(const TocEntry& entry, Progress& progress, Sessions& sessions, Names names) {
  if (!progress.created) create(entry, sessions, names);
  progress.created = true;
  if (!progress.owned && (owners_.with_owner() || owners_.fenced())) hand_over(entry, sessions.leader());
  progress.owned = true;
  if (owners_.fenced()) lend(entry);
}

void EntryRunner::create(const TocEntry& entry, Sessions& sessions, Names names) {
  Connection& connection = by_owner(entry) ? sessions.of(owners_of(entry), names, std::string(view(entry.schema))) : sessions.leader();
  if (const std::string sql = own_settings(entry, names, connection.server_version()); !sql.empty()) connection.query(sql);
  // Old versions of pg_dump name the owner in the definition.
  const bool plain_schema = !owners_.with_owner() && view(entry.desc) == "SCHEMA" && !view(entry.definition).starts_with("--");
  std::string sql = plain_schema ? "CREATE SCHEMA " + quote_identifier(view(entry.tag)) : std::string(view(entry.definition));
  if (entry.relkind == kPartitioned && entry.table_access_method && major_of(connection.server_version()) >= 17) {
    sql += ";ALTER TABLE " + name_of_entry(entry) + " SET ACCESS METHOD " + quote_identifier(*entry.table_access_method);
  }
  const std::string options = by_owner(entry) && is_routine(entry) ? take_superusers_options(sql) : "";
  if (by_owner(entry) && view(entry.desc) == "TABLE") {
    if (std::string force = take_forced_security(sql); !force.empty()) forced_[entries_.find(entry.dump_id)] = std::move(force);
  }
  try {
    if (by_owner(entry) && entries_.inherits_from_others(entry)) {
      const std::string holder = owners_.holder(owners_.owner(std::string(view(entry.owner))));
      const auto create = [&](std::string with_copies) {
        take_forced_security(with_copies);
        run_statement(connection, with_copies, Wait::unlimited);
      };
      Inheritance inheritance(entry, sessions.leader());
      if (resumed_) inheritance.drop_interrupted();
      inheritance.create(holder, create);
    } else {
      run_statement(connection, sql, Wait::unlimited);
    }
  } catch (const ServerError& error) {
    if (!resumed_ || !exists_already(error, view(entry.desc))) throw;
  }
  if (!options.empty()) run_statement(sessions.leader(), "ALTER " + owned_object(entry).value() + options);
}

void EntryRunner::give(const std::string& object, const std::string& schema, const std::string& owner, Connection& leader) {
  const std::string sql = "ALTER " + object + " OWNER TO " + quote_identifier(owner);
  try {
    leader.query(sql);
  } catch (const ServerError& error) {
    if (error.code() != ErrorCode::permission_denied || !rights_.let_create(schema, owner)) throw StatementError(error, sql);
    run_statement(leader, sql);
  }
}

void EntryRunner::hand_over(const TocEntry& entry, Connection& leader) {
  const std::string recorded(view(entry.owner)), owner = owners_.final_owner(recorded);
  if (by_owner(entry) && owned_unknown(entry)) {
    return run_statement(leader, "REASSIGN OWNED BY " + owners_.role(owners_of(entry)) + " TO " + quote_identifier(owner));
  }
  const std::optional<std::string> object = owned_object(entry);
  if (!object) return;
  const bool was_there = view(entry.definition).starts_with("--");  // the schema public
  const bool direct = of_superusers(entry) || view(entry.desc) == "SCHEMA";
  if (!owners_.with_owner() && (of_superusers(entry) || was_there)) return;
  // This applies to functions, too: before the grants, code could call one, and it must not have a superuser's power
  // then.
  const std::string holder = direct ? owner : owners_.holder(owners_.owner(recorded));
  give(*object, std::string(view(entry.schema)), holder, leader);
  // Sequences are given back with their tables, or by a later search: the entry does not tell whether a table owns the
  // sequence.
  if (holder != owner && view(entry.desc) != "SEQUENCE") owners_.held(*object, owner);
}

// A stand-in is not the owner that it represents, but needs the objects that the definitions of its tables use.
void EntryRunner::lend(const TocEntry& entry) {
  if (view(entry.desc) == "SCHEMA") {
    owners_.grant_holder("USAGE ON SCHEMA " + quote_identifier(view(entry.tag)), owners_.owner(std::string(view(entry.owner))));
  } else if (view(entry.desc) == "ACL") {
    lend_granted(entry);
  }
}

// Lends rights that everybody had until these grants revoked them.
void EntryRunner::lend_granted(const TocEntry& grants) {
  for (const int id : grants.dependencies) {
    const TocEntry* other = entries_.find(id);
    const std::string right = other == nullptr ? "" : right_to_use(*other);
    if (!right.empty()) owners_.grant_holder(right, owners_.owner(std::string(view(other->owner))));
  }
}

void EntryRunner::secure(bool held, Sessions& sessions, Deferred& deferred) {
  for (const auto& [entry, force] : forced_) {
    const bool lent = owners_.lends_its_rights(owners_.owner(std::string(view(entry->owner))));
    if (lent == held || secured_.contains(entry)) continue;
    secured_.insert(entry);
    const auto run = [sql = force](Sessions& own, Names) { run_statement(own.leader(), sql); };
    deferred.run({.object = "ROW SECURITY " + describe(*entry), .run = run, .belongs_to = describe(*entry)}, sessions);
  }
}

}  // namespace holdfast::postgres
