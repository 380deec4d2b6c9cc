#pragma once

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"

namespace holdfast {

/// Stores bytes that are all available through a writer.
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
