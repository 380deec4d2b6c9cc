#include "base/json_writer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

using ErrorHandler = nlohmann::json::error_handler_t;

// Only for scalars: they are not trees, whose destruction needs memory.
std::string dumped(const nlohmann::json& scalar, ErrorHandler handler) { return scalar.dump(-1, ' ', false, handler); }

bool is_written_as_is(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace

void JsonWriter::key(std::string_view name) {
  separate();
  quoted(name);
  text_ += form_ == JsonForm::document ? ": " : ":";
  after_key_ = true;
}

void JsonWriter::value(std::string_view text) {
  separate();
  quoted(text);
}

void JsonWriter::value(std::uint64_t number) {
  separate();
  text_ += std::to_string(number);
}

void JsonWriter::value(std::int64_t number) {
  separate();
  text_ += std::to_string(number);
}

void JsonWriter::value(double number) {
  separate();
  text_ += dumped(number, ErrorHandler::strict);
}

void JsonWriter::value(bool flag) {
  separate();
  text_ += flag ? "true" : "false";
}

void JsonWriter::null() {
  separate();
  text_ += "null";
}

void JsonWriter::begin(char bracket) {
  separate();
  text_ += bracket;
  ++depth_;
  first_ = true;
}

void JsonWriter::end(char bracket) {
  --depth_;
  if (!first_) new_line();
  text_ += bracket;
  first_ = false;
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (!first_) text_ += ",";
  first_ = false;
  if (depth_ > 0) new_line();
}

void JsonWriter::new_line() {
  if (form_ != JsonForm::document) return;
  text_ += '\n';
  text_.append(depth_, ' ');
}

void JsonWriter::quoted(std::string_view text) {
  if (std::ranges::all_of(text, is_written_as_is)) {
    text_ += '"';
    text_ += text;
    text_ += '"';
    return;
  }
  try {
    text_ += dumped(text, form_ == JsonForm::document ? ErrorHandler::strict : ErrorHandler::replace);
  } catch (const nlohmann::json::type_error&) {
    throw Error(ErrorCode::invalid_argument, "a text of a document is not UTF-8");
  }
}

}  // namespace holdfast
