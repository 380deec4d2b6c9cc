#pragma once

#include <string>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/logical/catalog.hpp"
#include "holdfast/context.hpp"

namespace holdfast::postgres {

/// What a backup lacks although nobody chose to leave it out, for example for want of rights. Each is a warning. All
/// together are the note `lacks` of the source, because of which a proof claims no more than `restored`.
class Shortcomings {
 public:
  static constexpr const char* kNote = "lacks";

  explicit Shortcomings(const Context& context) : context_(context) {}

  /// Takes what a program of PostgreSQL wrote to its standard error.
  void add_from_tool(const std::string& errors);
  /// Asks the server for what pg_dump leaves out without a word.
  void find(Connection& leader, const Catalog& catalog, bool superuser);

  /// Returns one line; empty if the backup lacks nothing.
  const std::string& text() const noexcept { return text_; }

 private:
  void add(const std::string& what);

  const Context& context_;
  std::string text_;
};

}  // namespace holdfast::postgres
