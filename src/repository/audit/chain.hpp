#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repository/audit/trail.hpp"

namespace holdfast {

/// A record that existed for certain: what an anchor names.
struct AuditAnchor {
  std::uint64_t number = 0;
  std::string sha256;
  std::string public_key;
};

/// Convert to and from the text of an anchor (docs/format.md, "Audit records"). The second throws
/// Error{invalid_argument} for any other text, and for an anchor of another repository.
std::string anchor_text(const AuditAnchor& anchor, const std::string& repository_id);
AuditAnchor read_audit_anchor(std::string_view text, const RepositoryInfo& info);

/// Checks the chain of these objects, oldest first, all signed with `public_key`. Pure.
AuditReport check_chain(const std::vector<AuditObject>& objects, const std::string& public_key, const std::optional<AuditAnchor>& anchor);

}  // namespace holdfast
