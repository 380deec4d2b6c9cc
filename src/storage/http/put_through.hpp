#pragma once

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// Stores by a writer what is all at hand.
inline PutResult put_through(Writer& writer, ByteView bytes) {
  try {
    writer.write(bytes);
    writer.commit();
    return PutResult::created;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::already_exists) throw;
    return PutResult::already_exists;
  }
}

}  // namespace holdfast
