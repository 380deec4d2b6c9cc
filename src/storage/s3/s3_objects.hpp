#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "holdfast/locks.hpp"
#include "storage/http/part_uploads.hpp"
#include "storage/s3/s3_client.hpp"

namespace holdfast {

struct FoundObject {
  ObjectInfo info;                          ///< named by its whole key
  std::string mark;                         ///< of the write that made it; empty if it has none
  std::string version;                      ///< empty where the bucket keeps none
  std::optional<TimePoint> retained_until;  ///< later than the answer's own time
  bool held = false;                        ///< by a legal hold
  std::optional<TimePoint> locked_until() const { return held ? kLockedForGood : retained_until; }
};

/// What storage, readers and writers share: one bucket's objects by whole key. Safe from any thread.
class S3Objects {
 public:
  S3Objects(const S3Options& options, const HttpWorld& world);

  const S3Options& options() const noexcept { return client_->options(); }
  const std::shared_ptr<S3Client>& client() const noexcept { return client_; }
  const std::shared_ptr<MemoryBudget>& memory() const noexcept { return memory_; }

  /// For people: "'packs/00' in s3://bucket/prefix".
  std::string shown(const std::string& key) const;
  /// The object's name in the storage.
  std::string_view name_of(std::string_view key) const { return key.substr(options().prefix.size()); }

  /// Throws Error{not_found} when the bucket is gone: an object's absence is only told of a bucket that is there.
  std::optional<FoundObject> find(const std::string& key, Retry& retry);
  /// In one request. Made by this call = created, also when the answer to it was lost.
  PutResult put(const std::string& key, ByteView bytes);

  /// Header fields of a new object.
  HttpHeaders object_headers(const std::string& key, const std::string& mark) const;
  /// Whether the server keeps a PUT, or the completion of a multipart upload, from overwriting. Asked of it once, on its object
  /// ".tmp/create-only", unless an option says.
  bool put_is_create_only();
  bool completion_is_create_only();

 private:
  std::optional<PutResult> resolve(const std::string& key, const std::string& mark, Retry& retry);
  std::string probe_key() const { return options().prefix + ".tmp/create-only"; }
  bool probe_put();
  bool probe_completion();

  std::shared_ptr<S3Client> client_;
  std::shared_ptr<MemoryBudget> memory_;
  std::mutex mutex_;
  std::optional<bool> put_create_only_, completion_create_only_;
};

}  // namespace holdfast
