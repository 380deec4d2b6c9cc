#pragma once

#include <optional>
#include <string>
#include <type_traits>

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"
#include "storage/http/retry.hpp"

namespace holdfast {

/// Sends what makes an object under a name that must be free. Made by this call = created, also when the answer to it was lost.
/// `send`: the server's reply; `outcome`: what the reply means, null when the name was taken and is not any more, or an Error; `look`: who
/// made what is there under that name now, null if nothing is.
template <typename Send, typename Outcome, typename Look>
PutResult create_object(const std::string& what, Retry& retry, Send&& send, Outcome&& outcome, Look&& look) {
  for (;;) {
    std::optional<std::invoke_result_t<Send>> reply;
    try {
      reply = send();
    } catch (const Error& error) {
      // It may have arrived all the same, and only the answer been lost. Then sending it again could lose each further answer: a server
      // that knows from the head that the name is taken may answer and close, and that is lost to the bytes which are still on their way.
      if (!error.retryable()) throw;
      try {
        if (const std::optional<PutResult> result = look()) return *result;
      } catch (const Error&) {  // then it is sent again
      }
      if (!retry.again()) throw;
      continue;
    }
    if (const std::optional<PutResult> result = outcome(*reply)) return *result;
    if (!retry.again()) throw reply->error(what);
  }
}

}  // namespace holdfast
