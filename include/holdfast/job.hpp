#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/manifest.hpp"
#include "holdfast/option.hpp"
#include "holdfast/retention.hpp"
#include "holdfast/schedule.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

/// A place in a job file: both from 1. A column counts characters.
struct JobPlace {
  std::size_t line = 0, column = 0;
};

/// One thing that is wrong in a job file.
struct JobFault {
  JobPlace place;
  std::string what;  ///< one line: the key, why, what to do
};

/// Where a secret is: never the secret itself.
struct SecretReference {
  enum class Kind { environment, file, command };
  Kind kind = Kind::environment;
  std::string value;  ///< the variable, the path, or the command line
};
/// Reads "env:NAME", "file:/PATH" or "command:WORDS". Throws Error{invalid_argument}, which does not repeat the text:
/// it may be the secret.
SecretReference parse_secret_reference(const std::string& text);

using SecretReferences = std::vector<std::pair<std::string, SecretReference>>;  ///< by the name of an option

struct JobRepository {
  std::string name, uri;
  Options options = {};  ///< of its storage
  SecretReferences secret_options = {};
  std::optional<SecretReference> password = {}, key = {};
};

/// A receiver of notifications.
struct JobChannel {
  std::string name, kind;
  std::optional<SecretReference> url = {};
  Options options = {};
  SecretReferences secret_options = {};
};

struct JobSource {
  std::string uri, name;
  Options options = {};  ///< of its driver
  std::vector<std::string> include = {}, exclude = {};
  std::optional<SecretReference> password = {};
};

struct JobHook {
  std::vector<std::string> run;  ///< the program and its arguments
  std::chrono::seconds timeout{600};
  bool stops = true;           ///< a failure stops what comes after it
  std::string container = {};  ///< as Hook's
  std::string engine_socket = {};
};

struct JobVerification {
  VerifyLevel level = VerifyLevel::full;
  std::optional<Schedule> schedule = {};  ///< none: after each backup
  std::string target = {};
  std::vector<std::string> queries = {};
};

struct JobNotification {
  std::string channel;
  std::vector<std::string> events = {};  ///< empty: the channel's usual ones
};

struct JobMasking {
  std::string rules;  ///< a file of rules
  std::optional<SecretReference> key = {};
  bool strict = false;
};

struct JobDefinition {
  std::string name, description, server;
  std::vector<JobSource> sources;
  std::string repository;
  std::vector<std::string> copies;                        ///< names of further repositories
  std::map<std::string, RetentionPolicy> copy_retention;  ///< by name of a copy; without one, nothing expires there
  Notes tags;
  std::string compression;
  bool decode_check = true;
  unsigned parallel = 0;                     ///< streams; 0: the usual number
  std::uint64_t bandwidth = 0;               ///< bytes per second; 0: no limit
  std::optional<Schedule> schedule;          ///< none: runs only when asked to
  std::optional<RetentionPolicy> retention;  ///< none: nothing expires
  std::vector<JobVerification> verifications;
  std::vector<JobHook> before, after;
  std::vector<JobNotification> notifications;
  std::optional<JobMasking> masking;
};

/// A job file: what is backed up to where, when, and what becomes of it. docs/job-file.md describes all keys.
struct JobFile {
  std::string state;  ///< folder of this machine for the outbox, and for what a run leaves for the next one; may be empty
  std::vector<JobRepository> repositories;
  std::vector<JobChannel> channels;
  std::vector<JobDefinition> jobs;
};

/// Reads a job file. Adds all that is wrong to `faults`, in the order of their places; without a new fault, the result
/// is complete. Opens nothing and reads no secret.
JobFile parse_job_file(std::string_view text, std::vector<JobFault>& faults);

/// The same for a file that must be right: throws Error{invalid_argument} that names the first fault with its place.
JobFile parse_job_file(std::string_view text);

/// Returns the JSON Schema (2020-12) of job files, made of the same table of keys, for editors. It knows the keys,
/// types, bounds and forms; that an expression is due sometime and that names refer to something is checked by
/// `parse_job_file` only.
std::string job_file_schema();

}  // namespace holdfast
