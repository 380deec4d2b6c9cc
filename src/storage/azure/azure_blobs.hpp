#pragma once

#include <memory>
#include <optional>
#include <string>

#include "storage/azure/azure_client.hpp"
#include "storage/http/part_uploads.hpp"

namespace holdfast {

struct FoundBlob {
  ObjectInfo info;   ///< named by its whole name
  std::string mark;  ///< of the write that made it; empty if it has none
};

/// What storage, readers and writers share: one container's blobs by whole name. Safe from any thread.
class AzureBlobs {
 public:
  AzureBlobs(const AzureOptions& options, const HttpWorld& world);

  const AzureOptions& options() const noexcept { return client_->options(); }
  const std::shared_ptr<AzureClient>& client() const noexcept { return client_; }
  const std::shared_ptr<MemoryBudget>& memory() const noexcept { return memory_; }

  /// What all blobs of the storage begin with: empty, or ends with '/'.
  const std::string& base() const noexcept { return base_; }
  /// For people: "'packs/00' in azblob://container/prefix".
  std::string shown(const std::string& blob) const;

  /// Throws Error{not_found} when the container is gone: a blob's absence is only told of a container that is there.
  std::optional<FoundBlob> find(const std::string& blob, Retry& retry);
  /// In one request.
  PutResult put(const std::string& blob, ByteView bytes);
  /// Makes a blob of blocks that were stored with `put_block` under the same mark.
  PutResult put_block_list(const std::string& blob, const std::vector<std::string>& ids, const std::string& mark);
  /// Stores block `number` (from 1) of a write and returns its id, which no other write has.
  std::string put_block(const std::string& blob, unsigned number, ByteView bytes, const std::string& mark, const std::stop_token& stop);

 private:
  PutResult create(AzureRequest request, const std::string& mark);
  std::optional<PutResult> resolve(const std::string& blob, const std::string& mark, Retry& retry);

  std::shared_ptr<AzureClient> client_;
  std::shared_ptr<MemoryBudget> memory_;
  std::string base_;
};

}  // namespace holdfast
