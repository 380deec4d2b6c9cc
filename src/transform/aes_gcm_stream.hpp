#pragma once

#include <cstddef>
#include <string_view>

#include "holdfast/transform.hpp"

namespace holdfast {

/// `aes256gcm` with another ciphertext segment size (more than 56 bytes): the published known answers use 64. All
/// stored streams have segments of 1 MiB; the stream does not record the size.
TransformPtr aes256gcm_with_segments(const Secret& key, std::string_view associated_data, Random& random, std::size_t segment_size);

}  // namespace holdfast
