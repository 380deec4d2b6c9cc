#include "holdfast/job.hpp"

#include "base/json_writer.hpp"
#include "job/job_keys.hpp"

namespace holdfast {

namespace {

void write_schema(JsonWriter& out, const KeySpec& spec);

void write_object(JsonWriter& out, const KeySpec& spec) {
  out.member("type", "object");
  out.key("properties");
  out.begin_object();
  for (const KeySpec& member : spec.members) {
    out.key(member.name);
    write_schema(out, member);
  }
  out.end_object();
  out.key("required");
  out.begin_array();
  for (const KeySpec& member : spec.members) {
    if (member.required) out.value(member.name);
  }
  out.end_array();
  out.member("additionalProperties", false);
}

void write_map(JsonWriter& out, const KeySpec& spec) {
  out.member("type", "object");
  out.member("minProperties", spec.minimum);
  out.key("propertyNames");
  out.begin_object();
  out.member("pattern", name_form().pattern);
  out.end_object();
  out.key("additionalProperties");
  write_schema(out, spec.members.front());
}

void write_list(JsonWriter& out, const KeySpec& spec) {
  out.member("type", "array");
  out.member("minItems", spec.minimum);
  out.key("items");
  write_schema(out, spec.members.front());
}

void write_text(JsonWriter& out, const KeySpec& spec) {
  out.member("type", "string");
  out.member("minLength", std::int64_t{1});
  if (spec.form != nullptr && !spec.form->pattern.empty()) out.member("pattern", spec.form->pattern);
}

void write_choice(JsonWriter& out, const KeySpec& spec) {
  out.key("enum");
  out.begin_array();
  for (const std::string_view choice : spec.choices) out.value(choice);
  out.end_array();
}

void write_integer(JsonWriter& out, const KeySpec& spec) {
  out.member("type", "integer");
  out.member("minimum", spec.minimum);
  out.member("maximum", spec.maximum);
}

void write_schema_members(JsonWriter& out, const KeySpec& spec) {
  switch (spec.kind) {
    case KeyKind::text: return write_text(out, spec);
    case KeyKind::choice: return write_choice(out, spec);
    case KeyKind::integer: return write_integer(out, spec);
    case KeyKind::boolean: return out.member("type", "boolean");
    case KeyKind::object: return write_object(out, spec);
    case KeyKind::list: return write_list(out, spec);
    case KeyKind::map: return write_map(out, spec);
  }
}

void write_schema(JsonWriter& out, const KeySpec& spec) {
  out.begin_object();
  if (!spec.help.empty()) out.member("description", spec.help);
  write_schema_members(out, spec);
  out.end_object();
}

}  // namespace

std::string job_file_schema() {
  JsonWriter out(JsonForm::document);
  out.begin_object();
  out.member("$schema", "https://json-schema.org/draft/2020-12/schema");
  out.member("title", job_file_spec().help);
  write_schema_members(out, job_file_spec());
  out.end_object();
  return std::move(out).text();
}

}  // namespace holdfast
