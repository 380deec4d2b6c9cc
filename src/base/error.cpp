#include "holdfast/error.hpp"

#include "holdfast/version.hpp"

namespace holdfast {

namespace {

// An error is one line: control characters in names or server messages must not break logs.
std::string one_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

}  // namespace

const char* version() noexcept { return HOLDFAST_VERSION_STRING; }

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::invalid_state: return "invalid_state";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::already_exists: return "already_exists";
    case ErrorCode::permission_denied: return "permission_denied";
    case ErrorCode::unauthenticated: return "unauthenticated";
    case ErrorCode::wrong_key: return "wrong_key";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::io: return "io";
    case ErrorCode::network: return "network";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::corrupt: return "corrupt";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::no_space: return "no_space";
    case ErrorCode::limit: return "limit";
    case ErrorCode::source: return "source";
    case ErrorCode::target: return "target";
    case ErrorCode::internal: return "internal";
  }
  return "unknown";
}

Error::Error(ErrorCode code, std::string message, bool retryable)
    : code_(code), retryable_(retryable), message_(one_line(std::move(message))) {}

Error Error::with_context(std::string_view context) const { return Error(code_, std::string(context) + ": " + message_, retryable_); }

}  // namespace holdfast
