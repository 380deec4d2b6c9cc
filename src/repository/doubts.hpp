#pragma once

#include <mutex>
#include <set>
#include <string>

#include "holdfast/context.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

enum class Opened { yes, gone, no };

/// The objects of one operation that do not open under the key, although their names say that they are the
/// repository's. Anyone who can put objects can leave such an object: it is reported once and otherwise ignored. Safe
/// from many threads.
class Doubts {
 public:
  explicit Doubts(const Context& context) : context_(context) {}

  /// Calls `read`, which opens the object.
  template <typename Read>
  Opened open(const std::string& object, const Read& read) {
    try {
      read();
      return Opened::yes;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::not_found) return Opened::gone;
      if (!is_unreadable(error)) throw;
      tell(object, error);
      return Opened::no;
    }
  }

  void tell(const std::string& object, const Error& error) {
    {
      const std::lock_guard lock(mutex_);
      if (!told_.insert(object).second) return;
    }
    context_.warn("is ignored, because it does not open: " + error.message(), object);
  }

  const Context& context() const noexcept { return context_; }

 private:
  const Context& context_;
  std::mutex mutex_;
  std::set<std::string> told_;
};

}  // namespace holdfast
