#include "holdfast/manifest.hpp"

#include "holdfast/error.hpp"
#include "holdfast/target.hpp"

namespace holdfast {

std::string to_string(ProofLevel level) {
  switch (level) {
    case ProofLevel::stored: return "stored";
    case ProofLevel::checksummed: return "checksummed";
    case ProofLevel::restored: return "restored";
    case ProofLevel::content_equal: return "content-equal";
  }
  return "unknown";
}

ProofLevel parse_proof_level(const std::string& text) {
  for (const ProofLevel level : {ProofLevel::stored, ProofLevel::checksummed, ProofLevel::restored, ProofLevel::content_equal}) {
    if (to_string(level) == text) return level;
  }
  throw Error(ErrorCode::invalid_argument, "'" + text + "' is no proof level: use stored, checksummed, restored or content-equal");
}

std::uint64_t Manifest::plain_bytes() const {
  std::uint64_t sum = 0;
  for (const EntryRecord& entry : entries) sum += entry.plain_bytes;
  return sum;
}

std::uint64_t Manifest::stored_bytes() const {
  std::uint64_t sum = 0;
  for (const EntryRecord& entry : entries) sum += entry.stored_bytes;
  for (const ExtraObject& extra : extras) sum += extra.size;
  return sum;
}

std::vector<const EntryRecord*> BackupView::entries() const {
  std::vector<const EntryRecord*> mine;
  for (const EntryRecord& entry : manifest_->entries) {
    if (entry.source == source_) mine.push_back(&entry);
  }
  return mine;
}

const EntryRecord* BackupView::find(const std::string& name) const {
  for (const EntryRecord& entry : manifest_->entries) {
    if (entry.source == source_ && entry.name == name) return &entry;
  }
  return nullptr;
}

void refuse_role_options(const RestoreOptions& options) {
  if (!options.privileges) throw Error(ErrorCode::unsupported, "the target knows no grants: leave out the option to skip privileges");
  if (!options.role_map.empty()) throw Error(ErrorCode::unsupported, "the target knows no roles: leave out the role map");
}

}  // namespace holdfast
