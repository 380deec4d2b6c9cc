#pragma once

#include "holdfast/bytes.hpp"

namespace holdfast {

/// Returns the RS256 signature (RSASSA-PKCS1-v1_5 with SHA-256) of a message with a private key in PEM. Throws
/// Error{invalid_argument} if that is not an RSA key.
Bytes sign_rs256(ByteView pem, ByteView message);

}  // namespace holdfast
