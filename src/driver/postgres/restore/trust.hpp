#pragma once

#include <optional>
#include <string>

#include "driver/postgres/restore/restore_plan.hpp"
#include "driver/postgres/restore/temporary_roles.hpp"

namespace holdfast::postgres {

/// Whether a backup's code can be kept from having more power than its owner had, when it is run over a connection.
struct Trust {
  bool fenced = false;
  std::string warning;  ///< not empty: it gets more power, and this says how that comes and what to do
};

/// Looks at the connection's role, and tries whether another could log in. Throws Error{unsupported} where an `untrusted` backup's code
/// would get more power.
Trust trust_in(Connection& connection, const ConnInfo& info, bool untrusted, Context& context);

/// Whether all of an archive's objects are those of superusers of the connection's server.
bool superusers_own_all(Connection& connection, const RestorePlan& plan);

/// How to connect as a superuser so that no event trigger fires for what we do, not even at login. Servers before 17 can't be told.
ConnInfo without_event_triggers(const ConnInfo& info, Connection& connection);
/// The same where nothing is to be asked of the database itself yet.
ConnInfo without_event_triggers(const ConnInfo& info, const Context& context);

}  // namespace holdfast::postgres
