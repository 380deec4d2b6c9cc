#pragma once

#include <chrono>
#include <string>

#include "base/json_tree.hpp"
#include "holdfast/context.hpp"
#include "storage/gcs/gcs_options.hpp"
#include "storage/http/bearer_token.hpp"

namespace holdfast {

/// One database of a managed instance.
struct CloudSqlDatabase {
  std::string project, instance, name;

  /// Parses "cloudsql://PROJECT/INSTANCE/DATABASE"; each part may be percent-encoded. Throws Error{invalid_argument}.
  static CloudSqlDatabase parse(const std::string& uri);
  std::string uri() const;
};

/// The state of an instance.
struct CloudSqlInstance {
  std::string state;    ///< "RUNNABLE"
  std::string version;  ///< "POSTGRES_16"
};

/// The Cloud SQL Admin API, v1, for one database: each operation runs on the instance, and this waits for its end. Used
/// by one thread.
class AdminClient {
 public:
  struct Settings {
    std::string endpoint;
    GcsOptions access;  ///< how tokens and connections are made
    std::chrono::seconds operation_timeout{};
  };
  AdminClient(CloudSqlDatabase database, const Settings& settings, const Context& context);

  CloudSqlInstance instance();
  /// Waits for the end of exports and imports that other processes began, with objects whose URIs begin with `objects`.
  /// They go on at the instance when their process is killed. Warns of each. Throws Error{timeout}.
  void await_earlier(const std::string& objects);
  /// Both run until the instance has ended the operation. Throw Error of `code` with the instance's own words if the
  /// operation fails. After a stop request or the timeout, they cancel the operation before they throw. Return when it
  /// began.
  TimePoint export_sql(const std::string& object_uri);
  TimePoint import_sql(const std::string& object_uri);

 private:
  JsonTree ask(const std::string& path, const std::string& what, Retry& retry);
  HttpResponse send(const std::string& method, const std::string& path, const std::string& body, const Retry& retry);
  std::string begin(const std::string& verb, const std::string& body, const std::string& object_uri);
  JsonTree operations(Retry& retry);
  std::string find_begun(const std::string& context_name, const std::string& object_uri, Retry& retry);
  TimePoint run(const std::string& verb, const std::string& body, const std::string& object_uri, ErrorCode code);
  JsonTree await_end(const std::string& operation, const std::string& what);
  TimePoint wait(const std::string& operation, const std::string& what, ErrorCode code);
  void cancel(std::string operation, const std::string& verb, const std::string& object_uri) noexcept;

  std::string project_path() const;

  const CloudSqlDatabase database_;
  const Settings settings_;
  const Context& context_;
  HttpClient http_;
  BearerTokenCache tokens_;
};

}  // namespace holdfast
