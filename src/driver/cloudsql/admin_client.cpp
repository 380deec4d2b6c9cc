#include "driver/cloudsql/admin_client.hpp"

#include <algorithm>
#include <functional>

#include "base/json_writer.hpp"
#include "base/uri.hpp"
#include "holdfast/error.hpp"
#include "storage/gcs/gcs_credentials.hpp"
#include "storage/gcs/gcs_json.hpp"
#include "storage/http/url.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kScheme = "cloudsql://";
constexpr std::chrono::milliseconds kFirstPoll{200}, kLongestPoll{10'000};
constexpr std::chrono::seconds kCancelPatience{20};
constexpr int kConflict = 409;

[[noreturn]] void refuse(const std::string& uri) {
  throw Error(ErrorCode::invalid_argument, "can't use '" + uri + "': a database of Cloud SQL is cloudsql://PROJECT/INSTANCE/DATABASE");
}

ErrorCode code_of_status(int status) {
  switch (status) {
    case 400: return ErrorCode::invalid_argument;
    case 401: return ErrorCode::unauthenticated;
    case 403: return ErrorCode::permission_denied;
    case 404: return ErrorCode::not_found;
    case kConflict: return ErrorCode::conflict;
    default: return ErrorCode::network;
  }
}

std::string advice(int status) {
  if (status == 401) return "; the access token is wrong, has expired or has not the scope cloud-platform or sqlservice.admin";
  if (status == 403) return "; this account needs cloudsql.instances.get, .export or .import on the project, and the Admin API enabled";
  if (status == 404) return "; check the names of the project and the instance";
  if (status == kConflict) return "; another operation runs on the instance";
  return "";
}

Error refusal(const HttpResponse& answer, const std::string& what) {
  const GcsFault fault = parse_gcs_fault(answer.body);
  std::string said = "the Cloud SQL Admin API answers " + std::to_string(answer.status);
  if (!fault.reason.empty()) said += " " + fault.reason;
  if (!fault.message.empty()) said += " (" + fault.message + ")";
  return {code_of_status(answer.status), "can't " + what + ": " + said + advice(answer.status),
          is_transient_status(answer.status) || answer.status == kConflict};
}

/// Returns "CODE: message; CODE: message" of an operation that failed; empty if it did not.
std::string faults_of(const nlohmann::json& operation) {
  const auto error = operation.find("error");
  if (error == operation.end() || !error->is_object()) return {};
  std::string said;
  const auto errors = error->find("errors");
  if (errors != error->end() && errors->is_array()) {
    for (const nlohmann::json& one : *errors) {
      if (one.is_object()) said += (said.empty() ? "" : "; ") + text_of(one, "code") + ": " + text_of(one, "message");
    }
  }
  return said.empty() ? "it gives no reason" : said.substr(0, 500);
}

// Calls `use` with each operation in a list.
void for_each_operation(const nlohmann::json& list, const std::function<void(const nlohmann::json&)>& use) {
  const auto items = list.find("items");
  if (items == list.end() || !items->is_array()) return;
  for (const nlohmann::json& item : *items) {
    if (item.is_object()) use(item);
  }
}

// The object that an operation writes or reads; empty if it is not of this kind.
std::string object_of(const nlohmann::json& operation, const std::string& context_name) {
  const auto context = operation.find(context_name);
  return context == operation.end() || !context->is_object() ? std::string() : text_of(*context, "uri");
}

TimePoint start_of(const nlohmann::json& operation, TimePoint fallback) {
  try {
    return parse_time(text_of(operation, "startTime").substr(0, 19) + "Z");
  } catch (const Error&) {
    return fallback;
  }
}

std::string export_body(const std::string& database, const std::string& object_uri) {
  JsonWriter json;
  json.begin_object();
  json.key("exportContext");
  json.begin_object();
  json.member("fileType", "SQL");
  json.member("uri", object_uri);
  json.key("databases");
  json.begin_array();
  json.value(database);
  json.end_array();
  json.end_object();
  json.end_object();
  return std::move(json).text();
}

std::string import_body(const std::string& database, const std::string& object_uri) {
  JsonWriter json;
  json.begin_object();
  json.key("importContext");
  json.begin_object();
  json.member("fileType", "SQL");
  json.member("uri", object_uri);
  json.member("database", database);
  json.end_object();
  json.end_object();
  return std::move(json).text();
}

HttpWorld world_of(const Context& context) { return {.clock = context.host.clock, .random = context.host.random, .stop = context.stop}; }

}  // namespace

CloudSqlDatabase CloudSqlDatabase::parse(const std::string& uri) {
  if (!uri.starts_with(kScheme)) refuse(uri);
  std::vector<std::string> parts(1);
  for (const char c : uri.substr(kScheme.size())) c == '/' ? parts.emplace_back().clear() : parts.back().push_back(c);
  if (parts.size() != 3) refuse(uri);
  for (std::string& part : parts) {
    const auto decoded = percent_decode(part);
    if (!decoded || decoded->empty() || part.find_first_of("?#") != std::string::npos) refuse(uri);
    part = *decoded;
  }
  return {parts[0], parts[1], parts[2]};
}

std::string CloudSqlDatabase::uri() const {
  return std::string(kScheme) + percent_encode(project) + "/" + percent_encode(instance) + "/" + percent_encode(name);
}

AdminClient::AdminClient(CloudSqlDatabase database, const Settings& settings, const Context& context)
    : database_(std::move(database)),
      settings_(settings),
      context_(context),
      http_(settings.access.http),
      tokens_(gcs_token_providers(settings.access, world_of(context)), *context.host.clock, "the Cloud SQL Admin API",
              "run with a service account, or give the option credentials_file or token") {}

std::string AdminClient::project_path() const { return "/v1/projects/" + percent_encode(database_.project); }

HttpResponse AdminClient::send(const std::string& method, const std::string& path, const std::string& body, const Retry& retry) {
  for (bool renewed = false;; renewed = true) {
    HttpRequest request{.method = method,
                        .url = settings_.endpoint + path,
                        .headers = {{"accept", "application/json"}},
                        .body = as_bytes(body),
                        .give_up = retry.give_up(),
                        .stop = retry.stop()};
    if (!body.empty()) request.headers.emplace_back("content-type", "application/json");
    const bool anonymous = settings_.access.keys.source == "anonymous";
    const BearerToken token = anonymous ? BearerToken() : tokens_.get();
    if (!anonymous) request.headers.emplace_back("authorization", "Bearer " + std::string(as_text(token.text.bytes())));
    HttpResponse answer = http_.send(request);
    if (answer.status != 401 || renewed || anonymous || !tokens_.renew(token)) return answer;
  }
}

JsonTree AdminClient::ask(const std::string& path, const std::string& what, Retry& retry) {
  for (;;) {
    try {
      const HttpResponse answer = send("GET", path, {}, retry);
      if (answer.status != 200) throw refusal(answer, what);
      auto json = try_parse_json_object(as_text(answer.body));
      if (!json) throw Error(ErrorCode::network, "can't " + what + ": the answer of the Cloud SQL Admin API is no JSON object", true);
      return *std::move(json);
    } catch (const Error& error) {
      if (!error.retryable() || !retry.again()) throw;
    }
  }
}

CloudSqlInstance AdminClient::instance() {
  Retry retry(settings_.access.retry, *context_.host.random, context_.stop);
  const JsonTree json = ask(project_path() + "/instances/" + percent_encode(database_.instance), "look at " + database_.uri(), retry);
  return {text_of(*json, "state"), text_of(*json, "databaseVersion")};
}

JsonTree AdminClient::operations(Retry& retry) {
  return ask(project_path() + "/operations?instance=" + percent_encode(database_.instance), "list the operations of " + database_.uri(),
             retry);
}

// An operation whose first answer was lost: asking twice must not run it twice.
std::string AdminClient::find_begun(const std::string& context_name, const std::string& object_uri, Retry& retry) {
  std::string name;
  for_each_operation(*operations(retry), [&](const nlohmann::json& operation) {
    if (name.empty() && object_of(operation, context_name) == object_uri) name = text_of(operation, "name");
  });
  return name;
}

void AdminClient::await_earlier(const std::string& objects) {
  Retry retry(settings_.access.retry, *context_.host.random, context_.stop);
  for_each_operation(*operations(retry), [&](const nlohmann::json& operation) {
    const std::string exported = object_of(operation, "exportContext"), imported = object_of(operation, "importContext");
    if (text_of(operation, "status") == "DONE" || !(exported.starts_with(objects) || imported.starts_with(objects))) return;
    const std::string name = text_of(operation, "name");
    const std::string what = exported.empty() ? "import of " + imported : "export to " + exported;
    context_.warn("operation " + name + ", an " + what +
                      ", still runs on the instance: another process began it, which may have been killed; waiting for its end",
                  database_.uri());
    await_end(name, "end the " + what);
  });
}

std::string AdminClient::begin(const std::string& verb, const std::string& body, const std::string& object_uri) {
  Retry retry(settings_.access.retry, *context_.host.random, context_.stop);
  const std::string path = project_path() + "/instances/" + percent_encode(database_.instance) + "/" + verb;
  for (;;) {
    try {
      const HttpResponse answer = send("POST", path, body, retry);
      if (answer.status != 200) throw refusal(answer, verb + " " + database_.uri());
      const auto json = try_parse_json_object(as_text(answer.body));
      std::string name = json ? text_of(**json, "name") : "";
      if (!name.empty()) return name;
      throw Error(ErrorCode::network, "can't " + verb + " " + database_.uri() + ": the answer names no operation", true);
    } catch (const Error& error) {
      if (!error.retryable()) throw;
      if (std::string name = find_begun(verb + "Context", object_uri, retry); !name.empty()) return name;
      if (!retry.again()) throw;
    }
  }
}

JsonTree AdminClient::await_end(const std::string& operation, const std::string& what) {
  const auto deadline = std::chrono::steady_clock::now() + settings_.operation_timeout;
  const std::string path = project_path() + "/operations/" + percent_encode(operation);
  for (auto pause = kFirstPoll;; pause = std::min(2 * pause, kLongestPoll)) {
    Retry retry(settings_.access.retry, *context_.host.random, context_.stop);
    JsonTree json = ask(path, "look at operation " + operation, retry);
    if (text_of(*json, "status") == "DONE") return json;
    context_.log("operation " + operation + " is " + text_of(*json, "status"));
    if (std::chrono::steady_clock::now() >= deadline) {
      throw Error(ErrorCode::timeout, "the instance did not " + what + " within " + std::to_string(settings_.operation_timeout.count()) +
                                          " s: raise the option operation_timeout");
    }
    pause_until(std::min(std::chrono::steady_clock::now() + pause, deadline), context_.stop);
    context_.check();
  }
}

TimePoint AdminClient::wait(const std::string& operation, const std::string& what, ErrorCode code) {
  const JsonTree json = await_end(operation, what);
  const std::string faults = faults_of(*json);
  if (!faults.empty()) throw Error(code, "the instance could not " + what + ": " + faults);
  return start_of(*json, context_.now());
}

// An operation that goes on without us would block the instance, and leave its object.
void AdminClient::cancel(std::string operation, const std::string& verb, const std::string& object_uri) noexcept {
  try {
    Retry retry({.total = kCancelPatience}, *context_.host.random);
    if (operation.empty()) operation = find_begun(verb + "Context", object_uri, retry);
    if (operation.empty()) return;
    const std::string path = project_path() + "/operations/" + percent_encode(operation);
    send("POST", path + "/cancel", {}, retry);
    while (text_of(*ask(path, "look at operation " + operation, retry), "status") != "DONE" && retry.again()) {
    }
  } catch (...) {  // the first error is reported
  }
}

TimePoint AdminClient::run(const std::string& verb, const std::string& body, const std::string& object_uri, ErrorCode code) {
  std::string operation;
  try {
    operation = begin(verb, body, object_uri);
    return wait(operation, verb + " " + database_.uri(), code);
  } catch (const Error& error) {
    const bool may_run = error.code() == ErrorCode::cancelled || error.code() == ErrorCode::timeout || error.code() == ErrorCode::network;
    if (may_run) cancel(operation, verb, object_uri);
    throw;
  }
}

TimePoint AdminClient::export_sql(const std::string& object_uri) {
  return run("export", export_body(database_.name, object_uri), object_uri, ErrorCode::source);
}

TimePoint AdminClient::import_sql(const std::string& object_uri) {
  return run("import", import_body(database_.name, object_uri), object_uri, ErrorCode::target);
}

}  // namespace holdfast
