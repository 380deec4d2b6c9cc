#include "settings.hpp"

#include <sstream>

#include "job.hpp"

namespace cloud_job {

namespace hf = holdfast;

namespace {

// "timeout=60 ca_file=/ca.pem"
hf::Options options_of(service::Variables& variables, const char* name) {
  hf::Options options;
  std::istringstream words(variables.text(name));
  for (std::string word; words >> word;) {
    const std::size_t sign = word.find('=');
    if (sign == std::string::npos)
      variables.wrong(std::string(name) + " has a word without '=': options are NAME=VALUE, with spaces between");
    else
      options[word.substr(0, sign)] = word.substr(sign + 1);
  }
  return options;
}

std::string bucket_of(service::Variables& variables, const char* name) {
  std::string bucket = variables.text(name);
  while (bucket.ends_with('/')) bucket.pop_back();
  if (!bucket.empty() && !bucket.starts_with("gs://")) variables.wrong(std::string(name) + "=" + bucket + " does not begin with gs://");
  return bucket;
}

}  // namespace

JobSettings JobSettings::read(service::Variables& variables, service::Log& log) {
  JobSettings settings;
  settings.source = variables.text("DATABASE_URL");
  settings.bucket = bucket_of(variables, "BACKUP_BUCKET");
  if (settings.bucket.empty()) variables.wrong("BACKUP_BUCKET is not set");
  settings.staging = bucket_of(variables, "STAGING_BUCKET");
  settings.copy_bucket = bucket_of(variables, "COPY_BUCKET");
  settings.validate_url = variables.text("VALIDATE_DATABASE_URL");
  settings.restore_url = variables.text("RESTORE_DATABASE_URL");
  settings.backup = variables.text("BACKUP");
  settings.backup.erase(0, settings.backup.rfind('/') + 1);  // a name, a key and a URI of the same backup are one
  if (settings.backup == "latest") settings.backup.clear();
  settings.queries_file = variables.text("HOLDFAST_TEST_QUERIES", "/app/test-queries.sql");
  settings.pg_bin = variables.text("HOLDFAST_PG_BIN");
  settings.level = static_cast<int>(variables.number("COMPRESSION_LEVEL", 6, 1, 9));
  settings.storage_options = options_of(variables, "HOLDFAST_GCS_OPTIONS");
  settings.source_options = options_of(variables, "HOLDFAST_CLOUDSQL_OPTIONS");
  settings.storage_options.try_emplace("credentials", "metadata");  // the identity of the job; no key files
  settings.source_options.try_emplace("credentials", "metadata");

  for (const std::string* uri : {&settings.source, &settings.validate_url, &settings.restore_url}) log.hide_password_of(*uri);
  if (settings.source.starts_with("cloudsql:")) {
    if (settings.staging.empty()) variables.wrong("STAGING_BUCKET is not set: a server-side export needs it");
  } else {
    variables.check_database_url("DATABASE_URL", settings.source);
  }
  variables.check_database_url("VALIDATE_DATABASE_URL", settings.validate_url);
  variables.check_database_url("RESTORE_DATABASE_URL", settings.restore_url);
  return settings;
}

}  // namespace cloud_job
