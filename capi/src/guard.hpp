#pragma once

#include <atomic>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast.h"
#include "holdfast/error.hpp"

/// An error of the C API. Immutable once the host has it.
struct holdfast_error {
  holdfast_status status = HOLDFAST_OK;
  std::string message;
  std::string domain;
  bool retryable = false;
  std::vector<std::pair<std::string, std::string>> details;
};

namespace holdfast::capi {

/// Converts the current exception to an error for the host. Out of memory is a single static error, which needs no
/// memory.
holdfast_error* current_error(const char* domain) noexcept;

/// Every entry point runs inside this barrier: no exception leaves it. `domain` names the subject of the call.
template <class Body>
holdfast_status guard(const char* domain, holdfast_error** err, Body&& body) noexcept {
  if (err != nullptr) *err = nullptr;
  try {
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      return HOLDFAST_OK;
    } else {
      return body();
    }
  } catch (...) {
    holdfast_error* error = current_error(domain);
    const holdfast_status status = error->status;
    if (err != nullptr) {
      *err = error;
    } else {
      holdfast_error_free(error);
    }
    return status;
  }
}

[[noreturn]] inline void refuse(const std::string& message) { throw Error(ErrorCode::invalid_argument, message); }
[[noreturn]] inline void refuse_state(const std::string& message) { throw Error(ErrorCode::invalid_state, message); }

/// Returns what a host's pointer points to; `name` is that of the parameter.
template <class T>
T& required(T* pointer, const char* name) {
  if (pointer == nullptr) refuse(std::string(name) + " is NULL");
  return *pointer;
}

/// Returns a text from the host. It must not be NULL, and must be UTF-8.
std::string required_text(const char* text, const char* name);
/// The same for one that may be NULL, which counts as empty.
inline std::string text_or_empty(const char* text, const char* name) { return text == nullptr ? std::string() : required_text(text, name); }

/// Call this first: an owned out parameter is NULL until the call has succeeded.
template <class Handle>
void clear(Handle** out) noexcept {
  if (out != nullptr) *out = nullptr;
}

/// An owned out parameter. It must not be NULL.
template <class Handle>
class Out {
 public:
  explicit Out(Handle** out) : out_(out) { required(out, "out"); }
  template <class... Arguments>
  void make(Arguments&&... arguments) {
    *out_ = new Handle{std::forward<Arguments>(arguments)...};
  }

 private:
  Handle** out_;
};

/// Detects two users of one serial handle: two threads, or a callback that calls back.
class Busy {
 public:
  class Hold {
   public:
    Hold(Busy& busy, const char* what) : busy_(busy) {
      if (busy_.flag_.test_and_set()) refuse_state(std::string(what) + " is in use by another call: it is for one thread at a time");
    }
    /// Waits until the handle is free instead.
    explicit Hold(Busy& busy) noexcept : busy_(busy) {
      while (busy_.flag_.test_and_set()) busy_.flag_.wait(true);
    }
    ~Hold() {
      busy_.flag_.clear();
      busy_.flag_.notify_all();
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    Busy& busy_;
  };

 private:
  std::atomic_flag flag_;
};

}  // namespace holdfast::capi
