#pragma once

#include "handles.hpp"

namespace holdfast::capi {

/// A call that gives the host the text that `make` returns. Checks `out` before there is a text that would be lost.
template <class Make>
holdfast_status give_text(char** out, const char* domain, holdfast_error** err, Make&& make) {
  return guard(domain, err, [&] {
    clear(out);
    char*& place = required(out, "out");
    place = copy_text(make());
  });
}

}  // namespace holdfast::capi
