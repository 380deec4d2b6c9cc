#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// Azure takes a backslash for a slash and drops dots at the end of a part of a name: such bytes are written %5C and %2E, and % is
/// written %25 before what would be read as one of these. All other names, as all of Holdfast's are, stay as they are. Among blobs in order
/// a name never comes after its place, but one with "%25" in it.
std::string blob_name_of(std::string_view name);
/// The other way. A blob that is not ours may have any name; it stays as it is when it is none of these.
std::string name_of_blob(std::string_view blob);

}  // namespace holdfast
