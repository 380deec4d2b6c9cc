#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mask/schema.hpp"

namespace holdfast::masking {

/// Some values of each stored column of a table, without nulls.
using ColumnSamples = std::vector<std::vector<std::string>>;
/// By schema and name of the table.
using Samples = std::map<std::pair<std::string, std::string>, ColumnSamples>;

/// Returns a text of rules that names every column: a rule where its name, its type or its values look as if they were
/// about a person, else keep. Both ends of a reference have the same rule. Contains no value. A person has to read it:
/// no list of names finds everything.
std::string suggest_rules(const MaskSchema& schema, const Samples& samples);

}  // namespace holdfast::masking
