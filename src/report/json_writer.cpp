#include "report/json_writer.hpp"

#include <nlohmann/json.hpp>

namespace holdfast {

namespace {

// Only for scalars: they are not trees, whose destruction needs memory.
std::string dumped(const nlohmann::json& scalar) { return scalar.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

}  // namespace

void JsonWriter::key(std::string_view name) {
  separate();
  text_ += dumped(name) + ":";
  first_ = true;
}

void JsonWriter::value(std::string_view text) {
  separate();
  text_ += dumped(text);
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
  text_ += dumped(number);
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
  first_ = true;
}

void JsonWriter::end(char bracket) {
  text_ += bracket;
  first_ = false;
}

void JsonWriter::separate() {
  if (!first_) text_ += ",";
  first_ = false;
}

}  // namespace holdfast
