#include "callback.hpp"

#include <charconv>
#include <memory>

namespace holdfast::capi {

namespace {

constexpr std::string_view kMark = " (callback status ";

struct FreeError {
  void operator()(holdfast_error* error) const noexcept { holdfast_error_free(error); }
};

}  // namespace

void throw_callback(holdfast_status status, holdfast_error* error, const char* function, std::string_view object) {
  const std::unique_ptr<holdfast_error, FreeError> owned(error);
  if (status == HOLDFAST_E_OUT_OF_MEMORY) throw std::bad_alloc();
  std::string message = error == nullptr ? "" : error->message;
  if (status == HOLDFAST_E_CANCELLED && message.empty()) message = "cancelled";
  if (message.empty()) message = std::string("the host's ") + function + " failed";
  if (!object.empty() && message.find(object) == std::string::npos) message = std::string(object) + ": " + message;
  if (status >= HOLDFAST_E_INVALID_ARGUMENT && status <= HOLDFAST_E_INTERNAL) {
    throw Error(static_cast<ErrorCode>(status), message, error != nullptr && error->retryable);
  }
  throw Error(ErrorCode::internal, message + std::string(kMark) + std::to_string(status) + ")");
}

void throw_host_status(holdfast_status status, const char* function) {
  throw Error(ErrorCode::internal,
              std::string("the host's ") + function + " stopped it" + std::string(kMark) + std::to_string(status) + ")");
}

std::optional<holdfast_status> callback_status_in(const std::string& message) {
  const std::size_t at = message.rfind(kMark);
  if (at == std::string::npos || !message.ends_with(')')) return std::nullopt;
  const char* const from = message.data() + at + kMark.size();
  const char* const to = message.data() + message.size() - 1;
  holdfast_status status = 0;
  const auto parsed = std::from_chars(from, to, status);
  if (parsed.ec != std::errc() || parsed.ptr != to) return std::nullopt;
  return status;
}

}  // namespace holdfast::capi
