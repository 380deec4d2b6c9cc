#include "driver/postgres/client/names.hpp"

#include <algorithm>

#include "holdfast/error.hpp"

namespace holdfast::postgres {

std::string quote_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string quote_literal(std::string_view text) {
  std::string quoted = text.find('\\') == std::string_view::npos ? "'" : "E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c;
  }
  return quoted + '\'';
}

std::string take_identifier(std::string_view sql, std::size_t& at) {
  std::string name;
  if (at < sql.size() && sql[at] == '"') {
    for (++at; at < sql.size(); ++at) {
      if (sql[at] == '"' && (at + 1 >= sql.size() || sql[at + 1] != '"')) break;
      if (sql[at] == '"') ++at;
      name += sql[at];
    }
    ++at;
    return name;
  }
  while (at < sql.size() && sql[at] != ' ' && sql[at] != ';' && sql[at] != ',') name += sql[at++];
  return name;
}

std::string qualified(std::string_view schema, std::string_view name) { return quote_identifier(schema) + "." + quote_identifier(name); }

std::string session_encoding(std::string_view database_encoding) { return database_encoding == "SQL_ASCII" ? "SQL_ASCII" : "UTF8"; }

std::string name_to_text(std::string_view name, std::string_view database_encoding) {
  if (session_encoding(database_encoding) == "UTF8") return std::string(name);
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += {static_cast<char>(0xC0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3F))};
    }
  }
  return text;
}

std::string name_from_text(std::string_view text, std::string_view database_encoding) {
  if (session_encoding(database_encoding) == "UTF8") return std::string(text);
  std::string name;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool pair = byte >= 0xC2 && byte <= 0xC3 && at + 1 < text.size();
    name += pair ? static_cast<char>((byte & 3) << 6 | (static_cast<unsigned char>(text[++at]) & 0x3F)) : text[at];
  }
  return name;
}

TableFilter::TableFilter(const Selection& selection) {
  for (const std::string& text : selection.include) include_.push_back(parse(text));
  for (const std::string& text : selection.exclude) exclude_.push_back(parse(text));
}

TableFilter::Pattern TableFilter::parse(const std::string& text) {
  std::vector<Part> parts(1);
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"' && quoted && at + 1 < text.size() && text[at + 1] == '"') {
      parts.back().text += '"';
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
      parts.back().literal = true;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back().text += c;
    }
  }
  const bool empty = std::any_of(parts.begin(), parts.end(), [](const Part& part) { return part.text.empty(); });
  if (quoted || empty || parts.size() > 2) {
    throw Error(ErrorCode::invalid_argument, "not a table pattern: '" + text +
                                                 "' (expected schema.table, schema.* or table; quote names that hold dots: \"a.b\".\"c\")");
  }
  if (parts.size() == 1) parts.insert(parts.begin(), Part{"*", false});
  return {parts[0], parts[1], text};
}

bool TableFilter::matches(const Part& part, const std::string& name) {
  if (part.literal) return part.text == name;
  // Greedy wildcard match that goes back to the last star: linear for usual patterns.
  std::size_t p = 0, n = 0, star = std::string::npos, resume = 0;
  const std::string& pattern = part.text;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool TableFilter::matches(const Pattern& pattern, const RelationName& table) {
  return matches(pattern.schema, table.first) && matches(pattern.table, table.second);
}

bool TableFilter::matches(const RelationName& table, const std::vector<RelationName>& ancestors) const {
  const auto named_in = [&](const std::vector<Pattern>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const Pattern& pattern) {
      return matches(pattern, table) ||
             std::any_of(ancestors.begin(), ancestors.end(), [&](const RelationName& ancestor) { return matches(pattern, ancestor); });
    });
  };
  return (include_.empty() || named_in(include_)) && !named_in(exclude_);
}

std::vector<std::string> TableFilter::unmatched(const std::vector<RelationName>& tables) const {
  std::vector<std::string> result;
  for (const Pattern& pattern : include_) {
    const auto hit = [&](const RelationName& table) { return matches(pattern, table); };
    if (std::none_of(tables.begin(), tables.end(), hit)) result.push_back(pattern.source);
  }
  return result;
}

}  // namespace holdfast::postgres
