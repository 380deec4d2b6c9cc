#include "driver/postgres/restore/trust.hpp"

#include "driver/postgres/client/tools.hpp"
#include "driver/postgres/restore/preflight.hpp"

namespace holdfast::postgres {

namespace {

constexpr const char* kAdvice =
    ": let the server's pg_hba.conf accept roles named holdfast_restore_… with a password on this connection, or connect as a role without "
    "special rights (restore: --no-owner)";

Trust without_fence(const std::string& why, bool untrusted) {
  const std::string message = "code of the backup would run with the rights of the role that connects, " + why;
  if (untrusted) throw Error(ErrorCode::unsupported, "the backup is untrusted, but " + message + kAdvice);
  return {false, message + kAdvice};
}

}  // namespace

Trust trust_in(Connection& connection, const ConnInfo& info, bool untrusted, Context& context) {
  if (is_superuser(connection)) {
    const std::string why = why_no_login(info, context);
    return why.empty() ? Trust{true, ""} : without_fence("a superuser, because no other role can log in (" + why + ")", untrusted);
  }
  // A restoring role that is not a superuser gives the backup's code no more power than it has itself, and its user
  // knows that.
  const bool plain = !untrusted || plain_roles(connection).contains(session_role(connection));
  return plain ? Trust{} : without_fence("which has special rights", true);
}

bool superusers_own_all(Connection& connection, const RestorePlan& plan) {
  const Rows rows = connection.query("SELECT rolname FROM pg_catalog.pg_roles WHERE rolsuper");
  std::set<std::string> superusers = {""};
  for (int row = 0; row < rows.size(); ++row) superusers.insert(rows.text(row, 0));
  for (const pg_archive::TocEntry& entry : plan.toc.entries) {
    if (!superusers.contains(std::string(pg_archive::view(entry.owner)))) return false;
  }
  return true;
}

ConnInfo without_event_triggers(const ConnInfo& info, Connection& connection) {
  const bool can = major_of(connection.server_version()) >= 17 && !connection.pooled() && is_superuser(connection);
  return can ? info.with_setting(ConnInfo::kNoEventTriggers) : info;
}

ConnInfo without_event_triggers(const ConnInfo& info, const Context& context) {
  try {
    Connection connection = maintenance_connection(info, context);
    return without_event_triggers(info, connection);
  } catch (const Error& error) {  // not everybody may connect to that database
    if (error.code() == ErrorCode::cancelled) throw;
    return info;
  }
}

}  // namespace holdfast::postgres
