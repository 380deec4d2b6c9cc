#include "repository/source_names.hpp"

#include <algorithm>
#include <set>

#include "holdfast/error.hpp"

namespace holdfast {

std::string list_of(const std::vector<SourceRecord>& sources) {
  std::string list;
  for (std::size_t index = 0; index < sources.size(); ++index) {
    const SourceRecord& source = sources[index];
    const auto same = std::count_if(sources.begin(), sources.end(), [&](const SourceRecord& other) { return other.name == source.name; });
    list += (index == 0 ? "" : ", ") + std::to_string(index) + " " + source.name + (same > 1 ? " of " + source.uri : "");
  }
  return list;
}

std::uint32_t source_index(const std::vector<SourceRecord>& sources, std::string_view wanted) {
  std::set<std::uint32_t> matches;
  for (std::uint32_t index = 0; index < sources.size(); ++index) {
    if (wanted == sources[index].name || wanted == sources[index].uri || wanted == std::to_string(index)) matches.insert(index);
  }
  if (matches.size() == 1) return *matches.begin();
  const std::string found = matches.empty() ? "no source " : "more than one source ";
  throw Error(
      matches.empty() ? ErrorCode::not_found : ErrorCode::invalid_argument,
      "the backup has " + found + "'" + std::string(wanted) + "'; its sources: " + list_of(sources) + " (give a number, a name or a URI)");
}

}  // namespace holdfast
