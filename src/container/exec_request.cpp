#include "container/exec_request.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/json_writer.hpp"
#include "base/uri.hpp"
#include "holdfast/error.hpp"

namespace holdfast::container {

namespace {

void write_texts(JsonWriter& json, const char* key, const std::vector<std::string>& texts) {
  json.key(key);
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

}  // namespace

bool is_container_name(const std::string& text) {
  const auto allowed = [](char c) { return is_ascii_alnum(c) || c == '.' || c == '_' || c == '-'; };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

ExecPlace parse_exec_place(const std::string& text, const std::string& engine_socket) {
  const std::size_t colon = text.find(':');
  const std::string engine = text.substr(0, colon);
  std::string name = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::string user;
  if (const std::size_t at = name.find('@'); at != std::string::npos) {
    user = name.substr(0, at);
    name = name.substr(at + 1);
    if (user.empty()) name.clear();
  }
  if ((engine != "docker" && engine != "podman") || !is_container_name(name) || !(user.empty() || is_container_name(user)))
    throw Error(ErrorCode::invalid_argument, "can't use container=" + text +
                                                 ": write docker:NAME or podman:NAME, or docker:USER@NAME for a "
                                                 "user of the container's system");
  return {socket_of(engine_socket, engine), name, user};
}

std::string create_exec(Engine& engine, const ExecPlace& place, const ExecRequest& request) {
  JsonWriter json;
  json.begin_object();
  for (const char* stream : {"AttachStdin", "AttachStdout", "AttachStderr"}) json.member(stream, request.attach);
  json.member("Tty", false);
  write_texts(json, "Cmd", request.argv);
  write_texts(json, "Env", request.environment);
  if (!request.directory.empty()) json.member("WorkingDir", request.directory);
  if (!place.user.empty()) json.member("User", place.user);
  json.end_object();
  const Answer answer = engine.must("can't run a program in the container " + place.container, "POST",
                                    "/containers/" + percent_encode(place.container) + "/exec", json.text());
  std::string id = answer.body->is_object() ? text_of(*answer.body, "Id") : "";
  if (id.empty()) throw Error(ErrorCode::source, "the engine gave a program no id");
  return id;
}

}  // namespace holdfast::container
