#pragma once

#include <string>
#include <vector>

#include "holdfast/operation.hpp"
#include "repository/packed/packed_place.hpp"

namespace holdfast {

Bytes seal_packed_history(const PackedPlace& place, const std::string& object, const std::vector<OperationRecord>& records, Random& random);
/// Throws Error{corrupt} that names `object`.
std::vector<OperationRecord> open_packed_history(const PackedPlace& place, const std::string& object, ByteView stored);

}  // namespace holdfast
