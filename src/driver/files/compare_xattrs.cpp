#include "driver/files/compare_xattrs.hpp"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace holdfast::files {

namespace {

constexpr std::string_view kCapability = "security.capability", kPosixAcl = "system.posix_acl";
constexpr std::string_view kSecurity = "security.", kTrusted = "trusted.", kUser = "user.";

// Not whether this is root: a container's root lacks some of them.
bool process_has(unsigned capability) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
  return (sets.at(CAP_TO_INDEX(capability)).effective & CAP_TO_MASK(capability)) != 0;
}

// The system itself gives files attributes with other names, such as labels of SELinux and ACLs of NFS.
bool given_by_users(const std::string& name) {
  return name.starts_with(kUser) || name.starts_with(kTrusted) || name == kCapability || name.starts_with(kPosixAcl);
}

const std::string* value_of(const Xattrs& xattrs, const std::string& name) {
  const auto found = std::find_if(xattrs.begin(), xattrs.end(), [&](const auto& one) { return one.first == name; });
  return found == xattrs.end() ? nullptr : &found->second;
}

}  // namespace

XattrComparison::XattrComparison() : any_security_(process_has(CAP_SYS_ADMIN)), capabilities_(process_has(CAP_SETFCAP)) {}

bool XattrComparison::may_set(const std::string& name) const {
  if (name == kCapability) return capabilities_;
  return any_security_ || !(name.starts_with(kSecurity) || name.starts_with(kTrusted));
}

bool XattrComparison::comparable(const std::string& name) {
  if (may_set(name)) return true;
  warnings_.insert("extended attribute " + name + " is not compared: only root can restore and see it everywhere");
  return false;
}

std::vector<std::string> XattrComparison::differences(const Xattrs& before, const Xattrs& now,
                                                      const std::function<bool(const std::string&)>& can_hold) {
  std::vector<std::string> found;
  for (const auto& [name, value] : before) {
    const std::string* there = value_of(now, name);
    if (there != nullptr && *there == value) continue;
    if (there == nullptr && !can_hold(name)) {
      warnings_.insert("extended attribute " + name + " is not compared: the file system here can't hold it");
    } else if (comparable(name)) {
      found.push_back((there == nullptr ? "lacks the extended attribute " : "has another value of the extended attribute ") + name);
    }
  }
  for (const auto& [name, value] : now) {
    if (given_by_users(name) && value_of(before, name) == nullptr)
      found.push_back("has the extended attribute " + name + ", and did not have it");
  }
  return found;
}

}  // namespace holdfast::files
