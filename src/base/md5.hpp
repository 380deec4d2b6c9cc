#pragma once

#include <string>

#include "holdfast/bytes.hpp"

namespace holdfast {

/// MD5 in base64, as protocols ask for it against accidents on the way; it proves nothing.
std::string md5_base64(ByteView bytes);

}  // namespace holdfast
