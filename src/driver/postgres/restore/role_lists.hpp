#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::postgres {

/// Changes the list of roles that follows the last occurrence of a keyword in a statement: names as written, quoted or
/// not. Conditions and values may contain the keyword, too, so nothing from the first of them on is looked at.
std::string change_roles_after(std::string_view sql, std::string_view keyword,
                               const std::function<void(std::vector<std::string>&)>& change);

}  // namespace holdfast::postgres
