#include "settings.hpp"

#include <algorithm>
#include <cstdlib>

namespace service {

namespace hf = holdfast;

std::string Variables::text(const char* name, const std::string& fallback) const {
  const char* const value = std::getenv(name);  // NOLINT: before any thread starts
  return value == nullptr || *value == '\0' ? fallback : value;
}

std::string Variables::required(const char* name) {
  std::string value = text(name);
  if (value.empty()) wrong(std::string(name) + " is not set");
  return value;
}

std::uint64_t Variables::number(const char* name, std::uint64_t fallback, std::uint64_t minimum, std::uint64_t maximum) {
  const std::string value = text(name, std::to_string(fallback));
  const bool digits = value.size() <= 18 && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  const std::uint64_t number = digits ? std::stoull(value) : 0;
  if (!digits || number < minimum || number > maximum) {
    wrong(std::string(name) + "=" + value + " is no whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum));
  }
  return number;
}

bool Variables::flag(const char* name, bool fallback) {
  const std::string value = text(name, fallback ? "true" : "false");
  if (value != "true" && value != "false") wrong(std::string(name) + "=" + value + " is neither true nor false");
  return value == "true";
}

void Variables::check() const {
  std::string all;
  for (const std::string& problem : problems_) all += (all.empty() ? "" : "; ") + problem;
  if (!all.empty()) throw ConfigurationError(all);
}

void Variables::check_database_url(const char* name, const std::string& url) {
  if (url.empty()) return;
  const std::string what = std::string(name) + " is invalid: ";
  if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) return wrong(what + "it does not begin with postgresql://");
  try {
    hf::dump_sql(url);
  } catch (const hf::Error& error) {
    wrong(what + error.what());
  }
}

namespace {

std::string without_slashes(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  text.erase(0, text.find_first_not_of('/'));
  return text;
}

std::optional<hf::Channel> channel_of(Variables& variables, const std::string& url) {
  if (url.empty()) return {};
  try {
    return hf::parse_channel("notify", variables.text("HOLDFAST_NOTIFY_KIND", "webhook"), {{"url", url}});
  } catch (const hf::Error& error) {
    variables.wrong(std::string("HOLDFAST_NOTIFY_URL or HOLDFAST_NOTIFY_KIND is invalid: ") + error.what());
    return {};
  }
}

}  // namespace

Settings Settings::read(Variables& variables, Log& log) {
  Settings settings;
  settings.database_url = variables.required("DATABASE_URL");
  settings.endpoint = variables.required("S3_ENDPOINT");
  settings.bucket = variables.required("S3_BUCKET");
  const std::string id = variables.required("S3_ACCESS_KEY_ID"), secret = variables.required("S3_SECRET_ACCESS_KEY");
  settings.region = variables.text("S3_REGION", "us-east-1");
  settings.prefix = without_slashes(variables.text("BACKUP_PREFIX", "postgres-backups"));
  settings.s3_ = {{"endpoint", settings.endpoint},
                  {"region", settings.region},
                  {"credentials", "static"},
                  {"access_key_id", id},
                  {"secret_access_key", secret}};
  settings.s3_query_ = variables.text("HOLDFAST_S3_OPTIONS");
  settings.pg_bin = variables.text("HOLDFAST_PG_BIN");
  settings.health = variables.text("HOLDFAST_HEALTH", "127.0.0.1:8080");
  if (settings.health == "off") settings.health.clear();
  settings.metrics = variables.flag("HOLDFAST_METRICS", false);
  settings.repository = variables.text("HOLDFAST_REPOSITORY");
  const std::string password = variables.text("HOLDFAST_PASSWORD"), notify = variables.text("HOLDFAST_NOTIFY_URL");
  if (!password.empty()) settings.key = hf::passphrase(password);
  if (!settings.repository.empty() && password.empty()) variables.wrong("HOLDFAST_REPOSITORY is set, but HOLDFAST_PASSWORD is not");

  log.hide_password_of(settings.database_url);
  for (const std::string& hidden : {secret, password, notify}) log.hide(hidden);

  variables.check_database_url("DATABASE_URL", settings.database_url);
  const bool is_http = settings.endpoint.starts_with("https://") || settings.endpoint.starts_with("http://");
  if (!settings.endpoint.empty() && !is_http)
    variables.wrong("S3_ENDPOINT=" + settings.endpoint + " does not begin with https:// or http://");
  if (settings.bucket.find_first_of("/?# ") != std::string::npos) variables.wrong("S3_BUCKET=" + settings.bucket + " is no bucket's name");
  if (!settings.health.empty() && settings.health.find(':') == std::string::npos) {
    variables.wrong("HOLDFAST_HEALTH=" + settings.health + " is neither HOST:PORT nor off");
  }
  settings.channel = channel_of(variables, notify);
  return settings;
}

std::string Settings::shown() const {
  return "endpoint " + endpoint + ", region " + region + ", backups s3://" + bucket + "/" + prefix + ", health " +
         (health.empty() ? "off" : health) + ", repository " + (repository.empty() ? "none" : repository);
}

std::shared_ptr<hf::Storage> Settings::open_storage(const hf::Context& context) const {
  const std::string uri = "s3://" + bucket + (prefix.empty() ? "" : "/" + prefix) + (s3_query_.empty() ? "" : "?" + s3_query_);
  return hf::open_storage(uri, s3_, hf::IfMissing::fail, hf::storage_host(context));
}

hf::Repository Settings::open_repository(bool create, hf::Context& context) const {
  const hf::Options options = repository.starts_with("s3:") ? s3_ : hf::Options{};
  try {
    return hf::Repository::open(repository, {.key = key, .storage = options}, context);
  } catch (const hf::Error& error) {
    if (!create || error.code() != hf::ErrorCode::not_found) throw;
    return hf::Repository::create(repository, {.key = key, .storage = options}, context);
  }
}

}  // namespace service
