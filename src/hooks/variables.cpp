#include "hooks/variables.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/plain_text.hpp"
#include "base/text_template.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kCount = "count.";
constexpr std::array<std::string_view, 11> kNames = {"hook",  "operation", "outcome", "repository", "sources", "backups",
                                                     "where", "error",     "message", "seconds",    "run"};
constexpr const char* kNamesForPeople =
    "hook, operation, outcome, repository, sources, backups, where, error, message, seconds, run and count.NAME";

TextTemplate parse_template(const Hook& hook, const std::string& variable, const std::string& text) {
  const auto known = [](std::string_view name) {
    return std::ranges::find(kNames, name) != kNames.end() || (name.starts_with(kCount) && name.size() > kCount.size());
  };
  return {text, "the variable " + variable + " of hook " + hook.name, known, kNamesForPeople};
}

std::string lines_of(const std::vector<std::string>& texts) {
  std::string lines;
  for (const std::string& text : texts) lines += (lines.empty() ? "" : "\n") + plain_line(text);
  return lines;
}

TextTemplate::Values values_of(const Hook& hook, const OperationRecord& record) {
  TextTemplate::Values values = {{"hook", hook.name},
                                 {"operation", record.operation},
                                 {"outcome", to_string(record.outcome)},
                                 {"repository", plain_line(record.repository)},
                                 {"sources", lines_of(record.sources)},
                                 {"backups", lines_of(record.backups)},
                                 {"where", plain_line(record.where)},
                                 {"error", record.error ? std::string(to_string(*record.error)) : ""},
                                 {"message", plain_line(record.message)},
                                 {"seconds", std::to_string(static_cast<long long>(record.seconds))},
                                 {"run", record.id}};
  for (const auto& [name, count] : record.counts) values.emplace(std::string(kCount) + name, std::to_string(count));
  return values;
}

bool is_variable(std::string_view name) {
  const auto plain = [](char c) { return is_ascii_alnum(c) || c == '_'; };
  return !name.empty() && !is_ascii_digit(name.front()) && std::ranges::all_of(name, plain);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> variables_for(const Hook& hook, const OperationRecord& record) {
  const TextTemplate::Values values = values_of(hook, record);
  std::vector<std::pair<std::string, std::string>> variables;
  for (const auto& [name, text] : hook.variables) variables.emplace_back(name, parse_template(hook, name, text).render(values));
  return variables;
}

void check_variables(const Hook& hook) {
  for (const auto& [name, text] : hook.variables) {
    if (!is_variable(name) || text.find('\0') != std::string::npos)
      throw Error(ErrorCode::invalid_argument,
                  "hook " + hook.name + " can't have the variable '" + name + "': use letters, digits and _, as in BACKUP={{backups}}");
    parse_template(hook, name, text);
  }
}

}  // namespace holdfast
