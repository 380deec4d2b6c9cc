#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/json_tree.hpp"
#include "base/json_writer.hpp"
#include "holdfast/bytes.hpp"
#include "holdfast/counts.hpp"
#include "holdfast/manifest.hpp"

namespace holdfast {

/// Throws Error{invalid_argument} that names `what` unless the text is UTF-8. Called when a text arrives, so that a bad
/// one does not fail hours later when it is written.
void check_utf8(std::string_view text, std::string_view what);

/// Returns the text of a document: the members, then "sha256" over all bytes before it (docs/format.md, "Documents").
/// The writer has the form of documents, and its object is still open.
std::string seal_document(JsonWriter members);
/// Writes an object of texts.
void write_notes(JsonWriter& out, const Notes& notes);

/// Returns the members of a document after a check of its frame and hash. Throws Error{corrupt} that names `object` for
/// damaged or hostile text.
JsonTree open_document(std::string_view text, const std::string& object);

/// Checked access to the members of one JSON object of a document. Throws Error{corrupt} that names the stored object
/// for a member that is missing or wrong. Borrows both arguments.
class Fields {
 public:
  Fields(const nlohmann::json& members, const std::string& object);

  const std::string& text(const char* key) const;
  std::uint64_t number(const char* key) const;
  TimePoint time(const char* key) const;  ///< stored as text
  Notes notes(const char* key) const;
  Counts counts(const char* key) const;
  const nlohmann::json& array(const char* key) const;
  /// Returns a member that must have exactly this many hex digits.
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
