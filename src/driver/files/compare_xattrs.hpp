#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "driver/files/metadata.hpp"

namespace holdfast::files {

/// Compares the extended attributes of restored files with those in the backup, in both directions. Attributes that the
/// file system can't hold, or that this user may not set, are warnings, one for each name. One thread.
class XattrComparison {
 public:
  XattrComparison();

  /// Returns how the attributes of one file differ. `can_hold` tells whether the file could have the attribute.
  std::vector<std::string> differences(const Xattrs& before, const Xattrs& now, const std::function<bool(const std::string&)>& can_hold);

  const std::set<std::string>& warnings() const noexcept { return warnings_; }

 private:
  bool may_set(const std::string& name) const;
  bool comparable(const std::string& name);

  bool any_security_;  // this user may set trusted.* and security.*
  bool capabilities_;  // … and security.capability
  std::set<std::string> warnings_;
};

}  // namespace holdfast::files
