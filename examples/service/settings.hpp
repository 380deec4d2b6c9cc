#pragma once

#include <holdfast/holdfast.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "log.hpp"

namespace service {

/// A configuration that the service can't run with: its exit status is 1.
class ConfigurationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads environment variables and collects what is wrong with them. A variable that is set to nothing is not set.
class Variables {
 public:
  std::string text(const char* name, const std::string& fallback = "") const;
  std::string required(const char* name);
  std::uint64_t number(const char* name, std::uint64_t fallback, std::uint64_t minimum, std::uint64_t maximum);
  bool flag(const char* name, bool fallback);
  /// Checks the URI of a PostgreSQL database; opens nothing. Empty is not wrong.
  void check_database_url(const char* name, const std::string& url);
  void wrong(const std::string& problem) { problems_.push_back(problem); }
  /// Throws ConfigurationError with all problems.
  void check() const;

 private:
  std::vector<std::string> problems_;
};

/// The settings of both services.
struct Settings {
  std::string database_url;
  std::string pg_bin;  ///< folder of pg_dump; empty = the usual places
  std::string endpoint, region, bucket, prefix;
  std::string health;  ///< HOST:PORT; empty = no endpoint
  bool metrics = false;
  std::string repository;            ///< URI of a packed repository; empty = none
  std::optional<holdfast::Key> key;  ///< of the repository; none = without encryption
  std::optional<holdfast::Channel> channel;

  /// Reads and checks them; the log hides their secrets from then on. Adds problems to `variables`.
  static Settings read(Variables& variables, Log& log);

  std::string shown() const;  ///< for the log, without secrets
  /// Opens the place of the backups. A stop request ends its waits.
  std::shared_ptr<holdfast::Storage> open_storage(const holdfast::Context& context) const;
  /// Opens the repository, and creates it if it is missing and `create` is set.
  holdfast::Repository open_repository(bool create, holdfast::Context& context) const;

 private:
  holdfast::Options s3_;
  std::string s3_query_;
};

}  // namespace service
