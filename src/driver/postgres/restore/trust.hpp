#pragma once

#include <optional>
#include <string>

#include "driver/postgres/restore/restore_plan.hpp"
#include "driver/postgres/restore/temporary_roles.hpp"

namespace holdfast::postgres {

/// Whether a backup's code can be prevented from having more power than its owner had when it runs over a connection.
struct Trust {
  bool fenced = false;
  std::string warning;  ///< not empty: it gets more power; tells why, and what to do
};

/// Checks the connection's role, and tries whether another role could log in. Throws Error{unsupported} if the code of
/// an `untrusted` backup would get more power.
Trust trust_in(Connection& connection, const ConnInfo& info, bool untrusted, Context& context);

/// Returns whether superusers of the connection's server own all objects of an archive.
bool superusers_own_all(Connection& connection, const RestorePlan& plan);

/// Returns how to connect as a superuser so that no event trigger fires for our statements, not even at login. Servers
/// before 17 have no such setting.
ConnInfo without_event_triggers(const ConnInfo& info, Connection& connection);
/// The same if the database itself must not be queried yet.
ConnInfo without_event_triggers(const ConnInfo& info, const Context& context);

}  // namespace holdfast::postgres
