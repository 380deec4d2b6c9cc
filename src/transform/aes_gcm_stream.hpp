#pragma once

#include <cstddef>
#include <string_view>

#include "holdfast/transform.hpp"

namespace holdfast {

/// `aes256gcm` with another ciphertext segment size (more than 56 bytes): the published known answers use 64. Everything stored has
/// segments of 1 MiB; the size is not written in the stream.
TransformPtr aes256gcm_with_segments(const Secret& key, std::string_view associated_data, Random& random, std::size_t segment_size);

}  // namespace holdfast
