#include <algorithm>

#include "base/ascii.hpp"
#include "base/uri.hpp"
#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/client/names.hpp"
#include "driver/postgres/restore/preflight.hpp"
#include "driver/postgres/text/scratch_lock.hpp"
#include "holdfast/sql_text.hpp"

namespace holdfast {

using postgres::Connection;
using postgres::ConnInfo;
using postgres::quote_identifier;

namespace {

std::string uri_of(const ConnInfo& info) {
  std::string uri = "postgresql:///?";
  for (const auto& [name, value] : info.parameters()) uri += name + "=" + percent_encode(value) + "&";
  if (info.password().empty()) {
    uri.pop_back();
    return uri;
  }
  return uri + "password=" + percent_encode(info.password());
}

bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form, [](char given, char wanted) {
    if (wanted == 'x') return is_ascii_digit(given) || (given >= 'a' && given <= 'f');
    return wanted == '0' ? is_ascii_digit(given) : given == wanted;
  });
}

// That of a host's scratch database, or with a random end that of a proof's.
bool is_scratch_name(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  name.remove_prefix(prefix.size());
  return has_form(name, "00000000_000000") || has_form(name, "00000000_000000_xxxxxxxx");
}

// Locks of this kind end with their session, however the process ends.
constexpr const char* kLock = "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtext('holdfast scratch'), pg_catalog.hashtext($1))";

}  // namespace

bool postgres::lock_scratch(Connection& maintenance, const std::string& name) { return maintenance.query(kLock, {name}).flag(0, 0); }

struct ScratchDatabase::State {
  State(const std::string& server_uri, const std::string& name, const Context& caller)
      : context(caller),
        info(ConnInfo(server_uri).with_database(name)),
        uri(uri_of(info)),
        keeper(postgres::maintenance_connection(info, own)) {}

  const Context& context;  // of the caller, for warnings
  Context own;             // without its stop request: the database is dropped after that
  ConnInfo info;
  std::string uri;
  Connection keeper;  // holds the lock
  bool exists = false;
};

ScratchDatabase::ScratchDatabase(const std::string& server_uri, const std::string& name, const Context& context)
    : state_(std::make_unique<State>(server_uri, name, context)) {
  if (!postgres::lock_scratch(state_->keeper, name)) {
    throw Error(ErrorCode::already_exists,
                "database " + quote_identifier(name) + " is another process's scratch database; try again later");
  }
  try {
    state_->keeper.query("CREATE DATABASE " + quote_identifier(name) + " TEMPLATE template0");
  } catch (const postgres::ServerError& error) {
    const bool taken = error.sqlstate() == "42P04";
    throw Error(taken ? ErrorCode::already_exists : error.code(),
                error.with_context("can't create database " + quote_identifier(name)).message());
  }
  state_->exists = true;
}

ScratchDatabase::~ScratchDatabase() {
  if (state_->exists) postgres::drop_database_quietly(state_->info, state_->context);
}

const std::string& ScratchDatabase::name() const noexcept { return state_->info.parameters().at("dbname"); }
const std::string& ScratchDatabase::uri() const noexcept { return state_->uri; }

void ScratchDatabase::drop() {
  if (!state_->exists) return;
  state_->exists = false;  // the error is the caller's; a second try by the destructor would not help
  postgres::drop_database(state_->info);
}

std::vector<std::string> drop_abandoned_scratch(const std::string& server_uri, const std::string& prefix, const Context& context) {
  const ConnInfo server(server_uri);
  Connection maintenance = postgres::maintenance_connection(server, context);
  const postgres::Rows rows = maintenance.query(
      "SELECT datname FROM pg_catalog.pg_database d WHERE pg_catalog.pg_get_userbyid(datdba) = current_user AND NOT datistemplate AND NOT "
      "EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid) ORDER BY 1");
  std::vector<std::string> dropped;
  for (int row = 0; row < rows.size(); ++row) {
    const std::string name = rows.text(row, 0);
    if (!is_scratch_name(name, prefix) || !postgres::lock_scratch(maintenance, name)) continue;
    try {
      postgres::drop_database(server.with_database(name), postgres::IfInUse::fail);
      dropped.push_back(name);
    } catch (const Error& error) {
      context.warn("scratch database " + quote_identifier(name) + " of a killed process could not be dropped: " + error.message());
    }
  }
  return dropped;
}

}  // namespace holdfast
