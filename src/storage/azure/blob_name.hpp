#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// Returns the blob name of an object. Azure treats a backslash as a slash and drops dots at the end of a part of a
/// name. Such bytes are written as %5C and %2E; a % is written as %25 if it would be read as one of these escapes. All
/// other names, among them all names that Holdfast uses, are unchanged. In the order of blob names, only a name with
/// "%25" can come later than in the order of object names.
std::string blob_name_of(std::string_view name);
/// Returns the object name of a blob: the inverse of `blob_name_of`. A blob name that `blob_name_of` can't return is
/// unchanged.
std::string name_of_blob(std::string_view blob);

}  // namespace holdfast
