#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <string>

#include "driver/files/metadata.hpp"

namespace holdfast::files {

/// Returns whether an attribute is an ACL, which tar archives hold as text.
bool is_acl(const std::string& attribute);
/// Adds an ACL, as the kernel stores it in an attribute, to an entry. Throws Error{corrupt} for other bytes.
void add_acl(struct archive_entry* entry, const std::string& attribute, const std::string& bytes);

/// The ACLs of an entry, as the kernel stores them.
struct TarAcls {
  Xattrs attributes;
  std::string unknown;   ///< a user or group that this machine does not know: its ACL is left out
  int group_class = -1;  ///< the mask: what the group bits of the mode are, if there is one
};
TarAcls acls_of(struct archive_entry* entry);

}  // namespace holdfast::files
