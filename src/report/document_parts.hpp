#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_writer.hpp"
#include "holdfast/clock.hpp"
#include "holdfast/verify.hpp"

namespace holdfast {

/// The overloads of write() that all documents share. `Documents` derives from it, has `using Parts::write`, and adds
/// one overload per kind of value: members of a class, so that each of them sees all others.
template <typename Documents>
struct DocumentParts {
  template <typename Value>
  requires requires(JsonWriter out, const Value& value) { out.value(value); }
  static void write(JsonWriter& out, const Value& value) { out.value(value); }

  static void write(JsonWriter& out, TimePoint time) {
    if (time == TimePoint{}) return out.null();
    out.value(format_time_micros(time));
  }

  static void write(JsonWriter& out, const std::optional<TimePoint>& time) { write(out, time.value_or(TimePoint{})); }

  static void write(JsonWriter& out, const Fault& fault) {
    out.begin_object();
    member(out, "object", fault.object);
    member(out, "what", fault.what);
    out.end_object();
  }

  template <typename Item>
  static void write(JsonWriter& out, const std::vector<Item>& items) {
    out.begin_array();
    for (const Item& item : items) Documents::write(out, item);
    out.end_array();
  }

  template <typename Value>
  static void member(JsonWriter& out, std::string_view name, const Value& value) {
    out.key(name);
    Documents::write(out, value);
  }

  static void text_or_null(JsonWriter& out, std::string_view name, const std::string& text) {
    out.key(name);
    if (text.empty()) return out.null();
    out.value(text);
  }

  /// Returns the value as one document, on one line.
  template <typename Value>
  static std::string json_of(const Value& value) {
    JsonWriter out;
    Documents::write(out, value);
    return std::move(out).text();
  }
};

}  // namespace holdfast
