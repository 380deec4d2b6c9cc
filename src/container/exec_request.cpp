#include "container/exec_request.hpp"

#include "base/json_writer.hpp"
#include "base/uri.hpp"

namespace holdfast::container {

namespace {

void write_texts(JsonWriter& json, const char* key, const std::vector<std::string>& texts) {
  json.key(key);
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

}  // namespace

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
