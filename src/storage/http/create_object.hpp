#pragma once

#include <optional>
#include <string>
#include <type_traits>

#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"
#include "storage/http/http_retry.hpp"

namespace holdfast {

/// Creates an object whose name must be free. Returns `created` if this call made it, even if the server's answer was
/// lost.
/// `send` returns the server's reply. `outcome` returns the meaning of a reply; null if the name was taken and is free
/// again; or throws Error. `look` returns who stored the object that now has the name; null if there is none.
template <typename Send, typename Outcome, typename Look>
PutResult create_object(const std::string& what, Retry& retry, Send&& send, Outcome&& outcome, Look&& look) {
  for (;;) {
    std::optional<std::invoke_result_t<Send>> reply;
    try {
      reply = send();
    } catch (const Error& error) {
      // The request may have arrived, and only the answer was lost. Sending it again could lose each further answer: a
      // server that sees in the head that the name is taken may answer and close the connection, and the bytes still in
      // flight then destroy that answer.
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
