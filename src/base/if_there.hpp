#pragma once

#include "holdfast/error.hpp"

namespace holdfast {

/// Makes a call that throws Error{not_found} if its object is not there, for example because another process removed it
/// meanwhile. Returns false in that case.
template <typename Call>
bool if_there(Call&& call) {
  try {
    call();
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return false;
  }
}

}  // namespace holdfast
