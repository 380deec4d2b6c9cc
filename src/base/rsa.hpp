#pragma once

#include "holdfast/bytes.hpp"

namespace holdfast {

/// The RS256 signature (RSASSA-PKCS1-v1_5 with SHA-256) of a message, by a private key in PEM. Throws Error{invalid_argument} when that is
/// no RSA key.
Bytes sign_rs256(ByteView pem, ByteView message);

}  // namespace holdfast
