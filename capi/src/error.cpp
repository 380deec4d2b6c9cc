#include <cstring>

#include "callback.hpp"
#include "guard.hpp"
#include "holdfast_driver.h"

namespace {

// Texts short enough to need no allocation.
holdfast_error& out_of_memory() noexcept {
  static holdfast_error error{HOLDFAST_E_OUT_OF_MEMORY, "out of memory", "memory", true, {}};
  return error;
}

holdfast_error* copy_or_oom(const char* domain, holdfast_status status, const char* message, bool retryable) noexcept {
  try {
    return new holdfast_error{status, message, domain, retryable, {}};
  } catch (...) {
    return &out_of_memory();
  }
}

// Error messages have one line.
void make_one_line(std::string& message) {
  for (char& c : message) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
}

}  // namespace

namespace holdfast::capi {

holdfast_error* current_error(const char* domain) noexcept {
  try {
    throw;
  } catch (const Error& error) {
    holdfast_error* made = copy_or_oom(domain, static_cast<holdfast_status>(error.code()), error.what(), error.retryable());
    if (made == &out_of_memory()) return made;
    try {
      if (const auto status = callback_status_in(made->message)) {
        made->status = HOLDFAST_E_CALLBACK;
        made->details.emplace_back("callback_status", std::to_string(*status));
      }
    } catch (...) {
      delete made;
      return &out_of_memory();
    }
    return made;
  } catch (const std::bad_alloc&) {
    return &out_of_memory();
  } catch (const std::exception& error) {
    return copy_or_oom(domain, HOLDFAST_E_INTERNAL, error.what(), false);
  } catch (...) {
    return copy_or_oom(domain, HOLDFAST_E_INTERNAL, "an unknown exception", false);
  }
}

std::string required_text(const char* text, const char* name) {
  required(text, name);
  const auto* at = reinterpret_cast<const unsigned char*>(text);
  while (*at != 0) {
    // The number of following bytes, and the lowest permitted second byte, which excludes overlong forms.
    const unsigned char first = *at++;
    const int more = first < 0x80                    ? 0
                     : first >= 0xC2 && first < 0xE0 ? 1
                     : first >= 0xE0 && first < 0xF0 ? 2
                     : first >= 0xF0 && first < 0xF5 ? 3
                                                     : -1;
    if (more < 0) refuse(std::string(name) + " is not UTF-8");
    const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    for (int i = 0; i < more; ++i, ++at) {
      if (*at < (i == 0 ? low : 0x80) || *at > (i == 0 ? high : 0xBF)) refuse(std::string(name) + " is not UTF-8");
    }
  }
  return text;
}

}  // namespace holdfast::capi

holdfast_status holdfast_error_code(const holdfast_error* error) { return error == nullptr ? HOLDFAST_OK : error->status; }
const char* holdfast_error_message(const holdfast_error* error) { return error == nullptr ? "" : error->message.c_str(); }
const char* holdfast_error_domain(const holdfast_error* error) { return error == nullptr ? "" : error->domain.c_str(); }
int32_t holdfast_error_is_retryable(const holdfast_error* error) { return error != nullptr && error->retryable ? 1 : 0; }
size_t holdfast_error_detail_count(const holdfast_error* error) { return error == nullptr ? 0 : error->details.size(); }

const char* holdfast_error_detail_key(const holdfast_error* error, size_t index) {
  return index < holdfast_error_detail_count(error) ? error->details[index].first.c_str() : nullptr;
}

const char* holdfast_error_detail_value(const holdfast_error* error, size_t index) {
  return index < holdfast_error_detail_count(error) ? error->details[index].second.c_str() : nullptr;
}

void holdfast_error_free(holdfast_error* error) {
  if (error != &out_of_memory()) delete error;
}

holdfast_status holdfast_error_set(holdfast_error** err, holdfast_status status, const char* message) {
  if (err == nullptr || status == HOLDFAST_OK) return status;
  *err = copy_or_oom("callback", status, message == nullptr ? "" : message, false);
  make_one_line((*err)->message);
  return status;
}

void holdfast_string_free(char* text) {
  if (text != nullptr) ::explicit_bzero(text, std::strlen(text));  // it may be a recovery key
  delete[] text;
}
