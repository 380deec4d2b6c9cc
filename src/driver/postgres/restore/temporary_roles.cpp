#include "driver/postgres/restore/temporary_roles.hpp"

#include "base/hex.hpp"
#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/tools.hpp"

namespace holdfast::postgres {

namespace {

constexpr const char* kPlainRoles = R"(
WITH RECURSIVE powers AS (
  SELECT oid AS role, oid AS power FROM pg_catalog.pg_roles
  UNION SELECT p.role, m.roleid FROM powers p JOIN pg_catalog.pg_auth_members m ON m.member = p.power)
SELECT rolname FROM pg_catalog.pg_roles r WHERE NOT EXISTS (
  SELECT 1 FROM powers p JOIN pg_catalog.pg_roles o ON o.oid = p.power WHERE p.role = r.oid
  AND (o.rolsuper OR o.rolcreaterole OR o.rolreplication OR o.rolbypassrls OR o.rolname ~ '^pg_')))";

constexpr const char* kPrefix = "holdfast_restore_";

// Objects that a role owns in this database, for people.
constexpr const char* kOwned =
    "SELECT pg_catalog.string_agg(pg_catalog.pg_describe_object(classid, objid, objsubid), ', ') FROM (SELECT classid, objid, objsubid "
    "FROM "
    "pg_catalog.pg_shdepend WHERE refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND deptype = 'o' AND refobjid = (SELECT oid "
    "FROM pg_catalog.pg_roles WHERE rolname = $1) AND dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = "
    "pg_catalog.current_database()) LIMIT 5) owned";

// Anything in this database that belongs to a role or that it has rights on.
constexpr const char* kConcerned =
    "SELECT 1 FROM pg_catalog.pg_shdepend WHERE refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND refobjid = (SELECT oid FROM "
    "pg_catalog.pg_roles WHERE rolname = $1) AND dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = "
    "pg_catalog.current_database()) LIMIT 1";

}  // namespace

namespace {

std::set<std::string> names_in(const Rows& rows) {
  std::set<std::string> names;
  for (int row = 0; row < rows.size(); ++row) names.insert(rows.text(row, 0));
  return names;
}

}  // namespace

std::set<std::string> plain_roles(Connection& connection) { return names_in(connection.query(kPlainRoles)); }

std::set<std::string> role_names(Connection& connection) { return names_in(connection.query("SELECT rolname FROM pg_catalog.pg_roles")); }

bool is_superuser(Connection& connection) {
  return connection.query("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = session_user").flag(0, 0);
}

std::string session_role(Connection& connection) { return connection.value("SELECT session_user"); }

TemporaryRoles::TemporaryRoles(const ConnInfo& superuser, Context& context)
    : info_(superuser), context_(context), connection_(info_, own_) {
  own_.limits = context.limits;
  valid_until_ = connection_.value("SELECT pg_catalog.now() + interval '7 days'");
  sweep();
}

TemporaryRoles::~TemporaryRoles() {
  try {
    drop();
  } catch (const std::exception& error) {
    std::string names;
    for (const Role& role : roles_) names += (names.empty() ? "" : ", ") + role.name;
    context_.warn("temporary roles could not be dropped, drop them by hand (DROP OWNED BY, DROP ROLE): " + names + ": " + error.what());
  }
}

void TemporaryRoles::sweep() {
  const Rows rows = connection_.query(
      "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname ~ $1 AND "
      "rolvaliduntil < pg_catalog.now()",
      {std::string("^") + kPrefix});
  for (int row = 0; row < rows.size(); ++row) {
    try {
      connection_.query("DROP ROLE " + quote_identifier(rows.text(row, 0)));
    } catch (const ServerError&) {  // it owns objects in a database that a killed restore left
    }
  }
}

std::string TemporaryRoles::create(const std::string& attributes, const std::string& heir) {
  const std::string name = kPrefix + to_hex(context_.random_bytes(8));
  connection_.query("CREATE ROLE " + name + " NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT " + attributes + " VALID UNTIL " +
                    quote_literal(valid_until_));
  roles_.push_back({name, heir});
  return name;
}

ConnInfo TemporaryRoles::login(const std::vector<std::string>& member_of, const std::string& heir, const std::string& attributes) {
  const std::string password = to_hex(context_.random_bytes(24));
  const std::string role = create("NOLOGIN " + attributes, heir);
  const char* how = major_of(connection_.server_version()) >= 16 ? " WITH INHERIT TRUE, SET TRUE" : "";
  for (const std::string& other : member_of) connection_.query("GRANT " + quote_identifier(other) + " TO " + role + how);
  const std::string database = connection_.database();
  if (!connection_.query("SELECT pg_catalog.has_database_privilege($1, $2, 'CONNECT')", {role, database}).flag(0, 0)) {
    grant("CONNECT ON DATABASE " + quote_identifier(database), role);
  }
  connection_.query("ALTER ROLE " + role + " LOGIN PASSWORD " + quote_literal(connection_.password_verifier(role, password)));
  return info_.with_login(role, password);
}

std::string TemporaryRoles::group() { return create("NOLOGIN", ""); }

void TemporaryRoles::grant(const std::string& what, const std::string& role) {
  if (granted_.emplace(what, role).second) connection_.query("GRANT " + what + " TO " + role);
}

void TemporaryRoles::drop(Connection& connection, const Role& role) {
  connection.query("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = $1", {role.name});
  if (!role.heir.empty()) connection.query("REASSIGN OWNED BY " + role.name + " TO " + quote_identifier(role.heir));
  // After a failure these may be objects that the restore was about to give to their owners.
  const bool failed = std::uncaught_exceptions() > exceptions_;
  if (const Rows owned = connection.query(kOwned, {role.name}); !failed && !owned.is_null(0, 0)) {
    context_.warn("code of the backup made objects during the restore, which are dropped again: " + owned.text(0, 0));
  }
  // Runs only if there is something to drop, because event triggers of the database would fire.
  if (connection.query(kConcerned, {role.name}).size() != 0) connection.query("DROP OWNED BY " + role.name + " CASCADE");
  for (const auto& [what, to] : granted_) {
    const bool shared = what.find(" ON DATABASE ") != std::string::npos || what.find(" ON TABLESPACE ") != std::string::npos;
    if (to == role.name && shared) connection.query("REVOKE " + what + " FROM " + to);
  }
  connection.query("DROP ROLE " + role.name);
}

// Drops the last role first: groups were created before their members.
void TemporaryRoles::drop() {
  if (roles_.empty()) return;
  Connection connection(info_, own_);  // the other may have broken with the error that stopped us
  while (!roles_.empty()) {
    drop(connection, roles_.back());
    roles_.pop_back();
  }
}

std::string why_no_login(const ConnInfo& superuser, Context& context) {
  try {
    TemporaryRoles roles(superuser, context);
    const ConnInfo login = roles.login({});
    Connection(login, context);
    return "";
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    return error.message();
  }
}

}  // namespace holdfast::postgres
