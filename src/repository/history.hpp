#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "holdfast/context.hpp"
#include "holdfast/operation.hpp"
#include "repository/findings.hpp"
#include "repository/layout.hpp"

namespace holdfast {

constexpr std::string_view kHistory = "history/";
constexpr std::uint64_t kHistoryLimit = 17U << 20;  // as stored

/// Puts the record of an operation that ended, and folds small objects of the history if there are many
/// (docs/format.md, "History"). Throws if it can't put the record; folding is tried again by the next writer.
void keep_in_history(Layout& layout, const OperationRecord& record, Context& context);
/// Returns all records, oldest end first.
std::vector<OperationRecord> read_history(Layout& layout, Context& context);
/// Checks that every object of the history opens.
void check_history(const Layout& layout, Findings& findings, const Context& context);

// The texts of a stored record, read again: none for a text that this version does not know.
std::optional<Outcome> outcome_named(std::string_view name);
std::optional<ErrorCode> error_code_named(std::string_view name);

}  // namespace holdfast
