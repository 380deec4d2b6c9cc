#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "repository/audit/trail.hpp"

namespace holdfast {

/// A record that existed for certain: what an anchor names.
struct AuditAnchor {
  std::uint64_t number = 0;
  std::string sha256;
  std::string public_key;

  auto operator<=>(const AuditAnchor&) const = default;
};

/// Convert to and from the text of an anchor (docs/format.md, "Audit records"). The second throws
/// Error{invalid_argument} for any other text, and for an anchor of another repository.
std::string anchor_text(const AuditAnchor& anchor, const std::string& repository_id);
AuditAnchor read_audit_anchor(std::string_view text, const RepositoryInfo& info);
/// Reads texts of anchors, one after another. Returns each once, in the order of their records.
std::vector<AuditAnchor> split_audit_anchors(std::string_view texts, const RepositoryInfo& info);

/// Checks the chain of these objects, oldest first, all signed with `public_key`, against anchors in the order of their
/// records. Pure.
AuditReport check_chain(const std::vector<AuditObject>& objects, const std::string& public_key, const std::vector<AuditAnchor>& anchors);

}  // namespace holdfast
