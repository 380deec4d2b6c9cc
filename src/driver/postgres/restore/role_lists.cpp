#include "driver/postgres/restore/role_lists.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "driver/postgres/client/names.hpp"
#include "driver/postgres/client/statements.hpp"

namespace holdfast::postgres {

std::string change_roles_after(std::string_view sql, std::string_view keyword,
                               const std::function<void(std::vector<std::string>&)>& change) {
  constexpr std::array<std::string_view, 4> kBeforeConditions = {" USING (", " WITH CHECK (", " OPTIONS (", " SET "};
  const std::string masked = masked_text(sql), text(sql);
  std::size_t end = masked.size();
  for (const std::string_view condition : kBeforeConditions) end = std::min(end, masked.find(condition));
  const std::size_t found = masked.substr(0, end).rfind(keyword);
  if (found == std::string::npos) return text;
  const std::size_t first = found + keyword.size();
  std::vector<std::string> roles;
  for (std::size_t at = first;; at += 2) {
    const std::size_t begin = at;
    take_identifier(text, at);
    end = std::min(at, text.size());
    roles.push_back(text.substr(begin, end - begin));
    if (text.compare(end, 2, ", ") != 0) break;
  }
  change(roles);
  return fmt::format("{}{}{}", text.substr(0, first), fmt::join(roles, ", "), text.substr(end));
}

}  // namespace holdfast::postgres
