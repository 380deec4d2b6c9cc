#include "container/engine.hpp"

#include "base/json_writer.hpp"
#include "base/uri.hpp"

namespace holdfast::container {

namespace {

HttpOptions options_of(const Engine::Bounds& bounds) {
  HttpOptions options;
  options.connect_timeout = bounds.connect;
  options.stall_timeout = bounds.silence;
  return options;
}

JsonTree tree_of(std::string_view text) {
  std::optional<JsonTree> tree = try_parse_json(text);
  return tree ? std::move(*tree) : JsonTree();
}

}  // namespace

std::string socket_of(const std::string& given, std::string_view scheme) {
  if (given.empty()) return scheme.starts_with("podman") ? "/run/podman/podman.sock" : "/var/run/docker.sock";
  if (given.starts_with('/')) return given;
  throw Error(ErrorCode::invalid_argument, "option engine_socket takes the absolute path of the engine's unix socket, not '" + given + "'");
}

std::string filter_of(const char* key, const std::string& value) {
  JsonWriter json;
  json.begin_object();
  json.key(key);
  json.begin_array();
  json.value(value);
  json.end_array();
  json.end_object();
  return "filters=" + percent_encode(json.text());
}

Error refusal(const std::string& what, int status, const nlohmann::json& body) {
  std::string said = body.is_object() ? text_of(body, "message") : "";
  if (said.empty()) said = "the engine answered with status " + std::to_string(status);
  const ErrorCode code = status == 404   ? ErrorCode::not_found
                         : status == 403 ? ErrorCode::permission_denied
                         : status == 409 ? ErrorCode::conflict
                         : status == 400 ? ErrorCode::invalid_argument
                                         : ErrorCode::source;
  return Error(code, what + ": " + said);
}

Engine::Engine(std::string socket, const Context& context)
    : Engine(std::move(socket), Bounds{context.limits.connect_timeout, context.limits.stall_timeout, context.stop}) {}

Engine::Engine(std::string socket, const Bounds& bounds)
    : socket_(std::move(socket)), bounds_(bounds), base_("http+unix://" + percent_encode(socket_)), client_(options_of(bounds_)) {}

Error Engine::unreachable(const Error& error) const {
  if (error.code() != ErrorCode::network && error.code() != ErrorCode::timeout) return error;
  return Error(error.code(),
               "no answer from a container engine at " + socket_ + ": " + error.message() +
                   "; start it, or name the socket of its API with the option engine_socket",
               error.retryable());
}

Answer Engine::ask(const std::string& method, const std::string& path, std::string_view body, std::string_view type) try {
  HttpRequest request{.method = method, .url = base_ + path, .headers = {}, .body = as_bytes(body), .stop = bounds_.stop};
  if (!body.empty()) request.headers = {{"content-type", std::string(type)}};
  const HttpResponse response = client_.send(request);
  return {response.status, tree_of(as_text(response.body))};
} catch (const Error& error) {
  throw unreachable(error);
}

Answer Engine::must(const std::string& what, const std::string& method, const std::string& path, std::string_view body,
                    std::string_view type) {
  Answer answer = ask(method, path, body, type);
  if (!answer.ok() && answer.status != 304) throw refusal(what, answer.status, *answer.body);  // 304: it is so already
  return answer;
}

std::unique_ptr<Reader> Engine::open(const std::string& what, const std::string& path) try {
  constexpr std::size_t kLongestRefusal = 64U << 10;
  std::unique_ptr<HttpStream> stream =
      client_.open({.method = "GET", .url = base_ + path, .headers = {}, .body = {}, .stop = bounds_.stop});
  if (stream->head().status == 200) return stream;
  Bytes words(kLongestRefusal);
  words.resize(stream->read(words));
  throw refusal(what, stream->head().status, *tree_of(as_text(words)));
} catch (const Error& error) {
  throw unreachable(error);
}

std::string Engine::version() {
  const Answer answer = must("can't ask the engine at " + socket_ + " for its version", "GET", "/version");
  if (!answer.body->is_object()) return "an engine without a version";
  std::string name = "Docker Engine";
  const auto parts = answer.body->find("Components");
  if (parts != answer.body->end() && parts->is_array() && !parts->empty() && parts->front().is_object()) {
    const std::string first = text_of(parts->front(), "Name");
    if (first.starts_with("Podman")) name = first;
  }
  return name + " " + text_of(*answer.body, "Version");
}

}  // namespace holdfast::container
