#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "holdfast/bytes.hpp"
#include "holdfast/manifest.hpp"
#include "repository/json_tree.hpp"

namespace holdfast {

/// JSON as we write it: members stay in the order they were added, for people.
using DocumentJson = nlohmann::ordered_json;

bool is_utf8(std::string_view text);
/// Throws Error{invalid_argument} naming `what` unless the text is UTF-8: found when it comes in, not hours later when it is written.
void check_utf8(std::string_view text, std::string_view what);

/// Text of a document: the members, then "sha256" over every byte before it (docs/format.md, "Documents").
std::string seal_document(const DocumentJson& members);

/// The members of a document, its frame and hash checked. Any damage and any hostile text is Error{corrupt} naming `object`.
JsonTree open_document(std::string_view text, const std::string& object);

/// Checked access to the members of one JSON object of a document: whatever is not as it must be is Error{corrupt} naming the stored
/// object. Borrows both arguments.
class Fields {
 public:
  Fields(const nlohmann::json& members, const std::string& object);

  const std::string& text(const char* key) const;
  std::uint64_t number(const char* key) const;
  TimePoint time(const char* key) const;  ///< written as text
  Notes notes(const char* key) const;
  const nlohmann::json& array(const char* key) const;
  /// Hex of exactly this many digits.
  const std::string& hex(const char* key, std::size_t digits) const;

  bool has(const char* key) const { return members_.contains(key); }

  [[noreturn]] void fail(const std::string& why) const;
  const std::string& object() const noexcept { return object_; }

 private:
  const nlohmann::json& map(const char* key) const;
  const nlohmann::json& member(const char* key) const;

  const nlohmann::json& members_;
  const std::string& object_;
};

}  // namespace holdfast
