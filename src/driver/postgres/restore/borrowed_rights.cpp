#include "driver/postgres/restore/borrowed_rights.hpp"

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/tools.hpp"
#include "driver/postgres/restore/temporary_roles.hpp"

namespace holdfast::postgres {

BorrowedRights::BorrowedRights(const ConnInfo& info, Connection& leader, bool needed, const Context& context)
    : info_(info), leader_(leader), needed_(needed && !is_superuser(leader)), context_(context) {}

BorrowedRights::~BorrowedRights() {
  try {
    give_back();
  } catch (const std::exception& error) {
    context_.warn(std::string("rights that the restore borrowed could not be taken back: ") + error.what());
  }
}

bool BorrowedRights::grant(const std::string& right, const std::string& role, const std::string& how, Grants& grants) {
  if (grants.contains({right, role})) return false;
  try {
    leader_.query("GRANT " + right + " TO " + role + how);
  } catch (const ServerError&) {
    return false;
  }
  return grants.emplace(right, role).second;
}

void BorrowedRights::join(const std::string& owner) {
  if (!needed_ || owner.empty() || !asked_.insert(owner).second) return;
  const bool can_tell = major_of(leader_.server_version()) >= 16;  // there, a member may lack the right to act as the role
  const Rows known = leader_.query("SELECT pg_catalog.pg_has_role(session_user, oid, $2) FROM pg_catalog.pg_roles WHERE rolname = $1",
                                   {owner, std::string(can_tell ? "SET" : "MEMBER")});
  if (known.size() == 0 || known.flag(0, 0)) return;
  grant(quote_identifier(owner), quote_identifier(session_role(leader_)), can_tell ? " WITH INHERIT TRUE, SET TRUE" : "", joined_);
}

bool BorrowedRights::let_create(const std::string& schema, const std::string& owner) {
  if (!needed_) return false;
  const std::string kind = schema.empty() ? "database" : "schema", name = schema.empty() ? leader_.database() : schema;
  const std::string has = "SELECT pg_catalog.has_" + kind + "_privilege($1, $2, 'CREATE')";
  if (leader_.query(has, {owner, name}).flag(0, 0)) return false;  // its own, which must not be taken back
  return grant("CREATE ON " + kind + " " + quote_identifier(name), quote_identifier(owner), "", lent_);
}

void BorrowedRights::revoke(Grants& grants) {
  if (grants.empty()) return;
  Context own;  // not cancelled with the caller's: what was done must be undone
  own.limits = context_.limits;
  Connection connection(info_, own);
  while (!grants.empty()) {
    connection.query("REVOKE " + grants.begin()->first + " FROM " + grants.begin()->second);
    grants.erase(grants.begin());
  }
}

void BorrowedRights::give_back() {
  revoke(lent_);
  revoke(joined_);
}

}  // namespace holdfast::postgres
