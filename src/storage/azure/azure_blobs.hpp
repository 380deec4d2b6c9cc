#pragma once

#include <memory>
#include <optional>
#include <string>

#include "storage/azure/azure_client.hpp"
#include "storage/http/part_uploads.hpp"

namespace holdfast {

struct FoundBlob {
  ObjectInfo info;   ///< with its whole name
  std::string mark;  ///< of the write that created it; empty if it has none
};

/// State shared by storage, readers and writers: the blobs of one container, by their whole names. Safe from any
/// thread.
class AzureBlobs {
 public:
  AzureBlobs(const AzureOptions& options, const HttpWorld& world);

  const AzureOptions& options() const noexcept { return client_->options(); }
  const std::shared_ptr<AzureClient>& client() const noexcept { return client_; }
  const std::shared_ptr<MemoryBudget>& memory() const noexcept { return memory_; }

  /// Returns the prefix of all blobs of the storage: empty, or ends with '/'.
  const std::string& base() const noexcept { return base_; }
  /// For people: "'packs/00' in azblob://container/prefix".
  std::string shown(const std::string& blob) const;

  /// Returns null if there is no such blob. Throws Error{not_found} if the container is missing.
  std::optional<FoundBlob> find(const std::string& blob, Retry& retry);
  /// Stores a blob in one request.
  PutResult put(const std::string& blob, ByteView bytes);
  /// Creates a blob from blocks that `put_block` stored with the same mark.
  PutResult put_block_list(const std::string& blob, const std::vector<std::string>& ids, const std::string& mark);
  /// Stores block `number` (from 1) of a write. Returns its id, which no other write uses.
  std::string put_block(const std::string& blob, unsigned number, ByteView bytes, const std::string& mark, const std::stop_token& stop);

 private:
  PutResult create(AzureRequest request, const std::string& mark);
  std::optional<PutResult> resolve(const std::string& blob, const std::string& mark, Retry& retry);

  std::shared_ptr<AzureClient> client_;
  std::shared_ptr<MemoryBudget> memory_;
  std::string base_;
};

}  // namespace holdfast
