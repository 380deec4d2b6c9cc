#pragma once

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "first_size.hpp"
#include "guard.hpp"
#include "holdfast_driver.h"

namespace holdfast::capi {

/// A table of functions that the host handed over. It is released exactly once, in every case.
template <class Table>
class Owned {
 public:
  /// Takes the table from the host's struct. Throws Error{invalid_argument} or Error{unsupported}, and has then
  /// released it.
  Owned(Table* given, const char* name) : Owned() {
    required(given, name);
    const std::size_t size = given->struct_size;
    if (size < offsetof(Table, release) + sizeof(given->release)) refuse_size(name, size);
    table_.user_data = given->user_data;
    table_.release = std::exchange(given->release, nullptr);
    // A table of a later version may be longer if all members that this version does not know are zero.
    if (size < kFirstSize<Table>) refuse_size(name, size);
    for (std::size_t at = sizeof(Table); at < size; ++at) {
      if (reinterpret_cast<const unsigned char*>(given)[at] == 0) continue;
      throw Error(ErrorCode::unsupported, std::string(name) + " has functions that this version of the library does not know");
    }
    auto* const release = table_.release;
    std::memcpy(&table_, given, std::min(size, sizeof(Table)));
    table_.release = release;
  }
  /// Takes a table of ours that a host's function filled.
  explicit Owned(const Table& filled) noexcept : table_(filled) {}
  Owned(Owned&& other) noexcept : table_(other.table_) { other.table_.release = nullptr; }
  Owned& operator=(Owned&&) = delete;
  ~Owned() {
    if (table_.release != nullptr) table_.release(table_.user_data);
  }

  const Table* operator->() const noexcept { return &table_; }
  void* data() const noexcept { return table_.user_data; }
  template <class Function>
  void require(Function* function, const char* name) const {
    if (function == nullptr) refuse(std::string("the table's ") + name + " is NULL");
  }

 private:
  Owned() = default;
  Table table_{};
};

/// A host's single function with its data. It is released exactly once.
template <class Function>
class HostCallback {
 public:
  HostCallback(Function function, void* user_data, void (*release)(void*)) noexcept
      : function_(function), user_data_(user_data), release_(release) {}
  HostCallback(HostCallback&& other) noexcept
      : function_(other.function_), user_data_(other.user_data_), release_(std::exchange(other.release_, nullptr)) {}
  HostCallback& operator=(HostCallback&&) = delete;
  ~HostCallback() {
    if (release_ != nullptr) release_(user_data_);
  }
  template <class... Arguments>
  auto operator()(Arguments... arguments) const {
    return function_(user_data_, arguments...);
  }

 private:
  Function function_;
  void* user_data_;
  void (*release_)(void*);
};

/// Throws what a host's function returned. Puts `object` in front of its message, and takes over the error.
[[noreturn]] void throw_callback(holdfast_status status, holdfast_error* error, const char* function, std::string_view object);

/// For a callback that cannot return an error object: reports any status as HOLDFAST_E_CALLBACK.
[[noreturn]] void throw_host_status(holdfast_status status, const char* function);

/// Calls a host's function with a place for its error. Throws what it returns, unless that is HOLDFAST_OK.
template <class Call>
void call_host(const char* function, std::string_view object, Call&& call) {
  holdfast_error* error = nullptr;
  const holdfast_status status = call(&error);
  if (status != HOLDFAST_OK) throw_callback(status, error, function, object);
  holdfast_error_free(error);
}

/// Returns the host's own status from an error message, if a failed callback caused the error. Error has no member for
/// it, and contexts are only put in front of a message: the status is therefore at the end.
std::optional<holdfast_status> callback_status_in(const std::string& message);

}  // namespace holdfast::capi
