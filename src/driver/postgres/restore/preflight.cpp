#include "driver/postgres/restore/preflight.hpp"

#include <array>
#include <set>
#include <string_view>

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"
#include "driver/postgres/client/tools.hpp"
#include "driver/postgres/restore/restore_mark.hpp"

namespace holdfast::postgres {

namespace {

// A catalog of objects, and its place in the order in which objects are named.
struct ObjectKind {
  const char* rank_and_kind;
  const char* catalog;
  const char* name;
  const char* schema;  // oid of the object's schema; a schema's own
  const char* which;   // without objects that come with another one
};
constexpr std::array kObjectKinds = {
    ObjectKind{"0, 'relation'", "pg_class", "o.oid::pg_catalog.regclass", "o.relnamespace", "o.relkind NOT IN ('i', 'I', 'c')"},
    ObjectKind{"1, 'schema'", "pg_namespace", "o.nspname", "o.oid", "o.nspname <> 'public'"},
    ObjectKind{"2, 'function'", "pg_proc", "o.oid::pg_catalog.regprocedure", "o.pronamespace", "true"},
    ObjectKind{
        "3, 'type'", "pg_type", "o.oid::pg_catalog.regtype", "o.typnamespace",
        "o.typtype <> 'm' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_type e WHERE e.typarray = o.oid) AND NOT EXISTS (SELECT 1 FROM "
        "pg_catalog.pg_class c WHERE c.oid = o.typrelid AND c.relkind <> 'c')"},
};

// Selects the first object that a user made. Images and managed services put extensions into each new database, so the
// members of extensions do not count.
std::string first_object_sql() {
  std::string sql =
      "SELECT kind, name FROM (SELECT 4 AS rank, 'large object' AS kind, oid::pg_catalog.text AS name FROM "
      "pg_catalog.pg_largeobject_metadata";
  for (const ObjectKind& kind : kObjectKinds) {
    const std::string catalog = std::string("pg_catalog.") + kind.catalog;
    sql += std::string(" UNION ALL SELECT ") + kind.rank_and_kind + ", " + kind.name + "::pg_catalog.text FROM " + catalog +
           " o JOIN pg_catalog.pg_namespace n ON n.oid = " + kind.schema +
           " WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND " + kind.which +
           " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = '" + catalog +
           "'::pg_catalog.regclass AND d.objid = o.oid AND d.deptype = 'e')";
  }
  return sql + ") objects ORDER BY rank, name LIMIT 1";
}

// Refuses a database with user objects and names the first one; with a selection, only a table of the same name is
// refused.
void require_room(Connection& connection, const RestorePlan& plan) {
  if (RestoreMark::exists(connection)) {
    throw Error(ErrorCode::invalid_state, "database " + quote_identifier(connection.database()) +
                                              " is half restored (its schema holdfast_restore_incomplete marks that): resume that "
                                              "restore, or restore into a new or empty database");
  }
  if (plan.everything) {
    const Rows rows = connection.query(first_object_sql());
    if (rows.size() == 0) return;
    throw Error(ErrorCode::invalid_state, "database " + quote_identifier(connection.database()) + " is not empty: it has " +
                                              rows.text(0, 0) + " " + rows.text(0, 1) + "; restore into a new or empty database");
  }
  if (plan.large_object_names && connection.query("SELECT 1 FROM pg_catalog.pg_largeobject_metadata LIMIT 1").size() != 0) {
    throw Error(ErrorCode::invalid_state,
                "database " + quote_identifier(connection.database()) +
                    " has large objects, and so has the backup: name the tables to restore, or restore into another "
                    "database");
  }
  for (const RowsEntry& rows : plan.rows) {
    if (rows.table == nullptr || rows.table->from_extension()) continue;
    const std::string name = qualified(rows.table->schema, rows.table->name);
    if (!connection.query("SELECT pg_catalog.to_regclass($1)", {name}).is_null(0, 0)) {
      throw Error(ErrorCode::invalid_state, "table " + name + " is already in database " + quote_identifier(connection.database()) +
                                                ": drop or rename it first, or restore into another database");
    }
  }
}

std::string missing_extensions(Connection& connection, const RestorePlan& plan) {
  std::string missing;
  for (const pg_archive::TocEntry& entry : plan.toc.entries) {
    if (pg_archive::view(entry.desc) != "EXTENSION") continue;
    const std::string name(pg_archive::view(entry.tag));
    if (!is_available(connection, name)) {
      missing += (missing.empty() ? "" : ", ") + name;
    }
  }
  return missing;
}

// Runs it until the server reports the end, even if we are asked to stop: the server would continue, and the database
// would appear later, unnoticed. `unstopped` is the connection's context.
void create_or_cancel(Connection& connection, const std::string& sql, const ConnInfo& info, const Context& unstopped,
                      const Context& context) {
  constexpr std::chrono::seconds kPatience{10};
  connection.start(sql);
  while (!context.cancelled()) {
    if (connection.finish(std::chrono::milliseconds(100))) return;
  }
  const std::string pid = std::to_string(connection.backend_pid());
  maintenance_connection(info, unstopped).query("SELECT pg_catalog.pg_cancel_backend(" + pid + ")");
  if (!connection.finish(kPatience)) {
    throw Error(ErrorCode::timeout, "the server's process " + pid + " does not stop creating it; drop it by hand when it exists");
  }
}

// Returns whether the server refuses the names of the backup's locale.
bool lacks_locale(Connection& connection, const Catalog& catalog) {
  for (const std::string& locale : {catalog.collate, catalog.ctype}) {
    try {
      connection.query("SELECT pg_catalog.set_config('lc_monetary', $1, false)", {locale});  // takes what LC_COLLATE takes
    } catch (const ServerError&) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool is_available(Connection& connection, const std::string& extension) {
  return connection.query("SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = $1", {extension}).size() != 0;
}

bool database_exists(const ConnInfo& info, const Context& context) {
  try {
    Connection(info, context);
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return false;
    throw;
  }
}

Connection maintenance_connection(const ConnInfo& info, const Context& context) {
  try {
    return Connection(info.with_database("postgres"), context);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled || error.code() == ErrorCode::timeout) throw;
    try {  // it may be missing, or closed to this user: a service's reasons come in any language
      return Connection(info.with_database("template1"), context);
    } catch (const Error& other) {
      if (other.code() == ErrorCode::cancelled) throw;
      throw error;
    }
  }
}

void create_database(const ConnInfo& info, const Catalog& catalog, const Context& context) {
  Context unstopped;
  unstopped.limits = context.limits;
  Connection connection = maintenance_connection(info, unstopped);
  std::string sql = "CREATE DATABASE " + quote_identifier(info.database()) + " TEMPLATE template0 ENCODING " +
                    quote_literal(catalog.encoding) + " LC_COLLATE " + quote_literal(catalog.collate) + " LC_CTYPE " +
                    quote_literal(catalog.ctype);
  if (catalog.provider == "i" && connection.server_version() >= 150000) {
    sql += " LOCALE_PROVIDER icu ICU_LOCALE " + quote_literal(catalog.icu_locale);
  } else if (catalog.provider == "b" && connection.server_version() >= 170000) {
    sql += " LOCALE_PROVIDER builtin BUILTIN_LOCALE " + quote_literal(catalog.icu_locale);
  }
  try {
    create_or_cancel(connection, sql, info, unstopped, context);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::timeout || dynamic_cast<const ServerError*>(&error) != nullptr) context.check();
    const Error failed = error.with_context("can't create database " + quote_identifier(info.database()));
    if (!lacks_locale(connection, catalog)) throw failed;
    throw Error(error.code(), failed.message() + " (install the backup's locale, " + catalog.collate +
                                  ", there, or create the database with another one and restore into it: its rows are equal, but it sorts "
                                  "differently)");
  }
}

namespace {

// A database with a subscription cannot be dropped. Subscriptions created by a restore never connected and, without a
// slot's name, never will.
void drop_subscriptions(Connection& maintenance, const ConnInfo& info, const Context& context) {
  const Rows rows = maintenance.query(
      "SELECT s.subname FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = $1",
      {info.database()});
  if (rows.size() == 0) return;
  Connection connection(info, context);
  for (int row = 0; row < rows.size(); ++row) {
    const std::string name = quote_identifier(rows.text(row, 0));
    connection.query("ALTER SUBSCRIPTION " + name + " DISABLE; ALTER SUBSCRIPTION " + name + " SET (slot_name = NONE)");
    connection.query("DROP SUBSCRIPTION " + name);
  }
}

}  // namespace

void drop_database(const ConnInfo& info, IfInUse if_in_use) {
  Context own;  // the caller's may be cancelled: that is often the reason for this call
  own.limits.connect_timeout = std::chrono::seconds(10);
  own.limits.stall_timeout = std::chrono::seconds(60);
  Connection connection = maintenance_connection(info, own);
  drop_subscriptions(connection, info, own);
  const bool force = if_in_use == IfInUse::end_sessions && connection.server_version() >= 130000;
  connection.query("DROP DATABASE IF EXISTS " + quote_identifier(info.database()) + (force ? " WITH (FORCE)" : ""));
}

void drop_database_quietly(const ConnInfo& info, const Context& context) noexcept {
  try {
    drop_database(info);
  } catch (const std::exception& error) {
    context.warn("database " + quote_identifier(info.database()) + " could not be dropped, drop it by hand: " + error.what());
  }
}

std::vector<std::string> missing_tablespaces(Connection& connection, const RestorePlan& plan) {
  std::set<std::string> wanted;
  for (const pg_archive::TocEntry& entry : plan.toc.entries) wanted.emplace(pg_archive::view(entry.tablespace));
  wanted.erase("");
  if (wanted.empty()) return {};
  const Rows rows = connection.query("SELECT spcname FROM pg_catalog.pg_tablespace");
  for (int row = 0; row < rows.size(); ++row) wanted.erase(rows.text(row, 0));
  return {wanted.begin(), wanted.end()};
}

std::vector<std::string> check_target(Connection& connection, bool exists, const RestorePlan& plan, bool strict, bool resume) {
  std::vector<std::string> warnings;
  if (exists && !resume) require_room(connection, plan);
  if (const std::string missing = missing_extensions(connection, plan); !missing.empty()) {
    const std::string lack = "the server lacks extensions the backup needs: " + missing;
    if (strict) throw Error(ErrorCode::unsupported, lack + " (install them on its machine first)");
    warnings.push_back(lack + ": they and what needs them are left out (to avoid that, install them on its machine first)");
  }
  if (const std::vector<std::string> missing = missing_tablespaces(connection, plan); !missing.empty()) {
    std::string names;
    for (const std::string& name : missing) names += (names.empty() ? "" : ", ") + quote_identifier(name);
    warnings.push_back("the server lacks tablespaces of the backup: " + names +
                       ": everything is restored into the database's own (to avoid that, create them first)");
  }
  if (major_of(connection.server_version()) < major_of(plan.catalog.server_version)) {
    warnings.push_back("the backup is of PostgreSQL " + plan.catalog.server_version_text + ", the server is the older " +
                       connection.server_version_text() + ": definitions it does not know will fail");
  }
  if (exists) {
    const std::string encoding = connection.value("SELECT pg_catalog.current_setting('server_encoding')");
    if (encoding != plan.catalog.encoding) {
      warnings.push_back("the backup's encoding is " + plan.catalog.encoding + ", the database's is " + encoding +
                         ": characters that have no counterpart will fail");
    }
  }
  return warnings;
}

std::string locale_warning(Connection& connection, const Catalog& recorded) {
  const auto text = [](const Catalog& catalog) {
    const std::string provider = catalog.provider == "c" ? "" : catalog.provider == "i" ? " (ICU " : " (builtin ";
    return catalog.collate + ", " + catalog.ctype + (provider.empty() ? "" : provider + catalog.icu_locale + ")");
  };
  Catalog present;
  read_database(connection, present);
  if (text(present) == text(recorded)) return "";
  return "the backup's locale is " + text(recorded) + ", the database's is " + text(present) +
         ": text sorts differently, and rows may belong to other partitions";
}

}  // namespace holdfast::postgres
