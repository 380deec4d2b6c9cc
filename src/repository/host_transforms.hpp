#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/io.hpp"
#include "holdfast/manifest.hpp"
#include "holdfast/transform.hpp"

namespace holdfast {

/// Returns the transforms of a host that an entry went through, in their order; as recorded, "NAME@VERSION".
std::vector<std::string> hosts_transforms(const EntryRecord& entry);
/// Returns whether a recorded name is that of a host's transform, rather than of one of the library's.
bool is_hosts(std::string_view recorded) noexcept;

/// Transforms of a host in the order in which they encode.
struct HostChain {
  std::vector<std::string> names;  ///< as recorded
  std::vector<TransformPtr> stages;

  std::string suffix() const;
  std::unique_ptr<Writer> encode(std::unique_ptr<Writer> next) const;
  std::unique_ptr<Reader> decode(std::unique_ptr<Reader> from) const;
};

/// The transforms that a host lends one handle of a repository. Immutable; safe from many threads.
class HostTransforms {
 public:
  /// Throws Error{invalid_argument} for a name, version or suffix that the format does not allow, and for two
  /// transforms of one name and version.
  explicit HostTransforms(const std::vector<TransformPtr>& lent = {});

  /// Returns the transforms that a backup names. Throws Error{invalid_argument} for one that is not lent.
  HostChain chosen(const std::vector<std::string>& names) const;
  /// Returns whether the entry can be decoded.
  bool has_all(const EntryRecord& entry) const;
  /// Returns those of the host's transforms that the entry went through. Throws Error{unsupported} that names the
  /// missing ones.
  HostChain needed(const EntryRecord& entry) const;

 private:
  std::map<std::string, TransformPtr, std::less<>> lent_;  // by their recorded names
};

/// Decodes a stream that only host's transforms encoded, and compares size and hash with the entry's. Throws
/// Error{corrupt} that names the entry.
std::unique_ptr<Reader> decoded_entry(const HostChain& chain, std::unique_ptr<Reader> encoded, const EntryRecord& entry);

}  // namespace holdfast
