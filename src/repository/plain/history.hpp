#pragma once

#include <string>
#include <vector>

#include "holdfast/operation.hpp"
#include "repository/plain/place.hpp"

namespace holdfast {

Bytes seal_plain_history(const PlainPlace& place, const std::string& object, const std::vector<OperationRecord>& records, Random& random);
/// Throws Error{corrupt} that names `object`.
std::vector<OperationRecord> open_plain_history(const PlainPlace& place, const std::string& object, ByteView stored);

}  // namespace holdfast
