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
  ObjectInfo info;                          ///< with its whole key
  std::string mark;                         ///< of the write that created it; empty if it has none
  std::string version;                      ///< empty if the bucket keeps no versions
  std::optional<TimePoint> retained_until;  ///< later than the answer's own time
  bool held = false;                        ///< by a legal hold
  std::optional<TimePoint> locked_until() const { return held ? kLockedForGood : retained_until; }
};

/// State shared by storage, readers and writers: the objects of one bucket, by their whole keys. Safe from any thread.
class S3Objects {
 public:
  S3Objects(const S3Options& options, const HttpWorld& world);

  const S3Options& options() const noexcept { return client_->options(); }
  const std::shared_ptr<S3Client>& client() const noexcept { return client_; }
  const std::shared_ptr<MemoryBudget>& memory() const noexcept { return memory_; }

  /// For people: "'packs/00' in s3://bucket/prefix".
  std::string shown(const std::string& key) const;
  /// Returns the object's name in the storage.
  std::string_view name_of(std::string_view key) const { return key.substr(options().prefix.size()); }

  /// Returns null if there is no such object. Throws Error{not_found} if the bucket is missing.
  std::optional<FoundObject> find(const std::string& key, Retry& retry);
  /// Stores an object in one request. Returns `created` if this call made it, even if the server's answer was lost.
  PutResult put(const std::string& key, ByteView bytes);

  /// Returns the header fields of a new object.
  HttpHeaders object_headers(const std::string& key, const std::string& mark) const;
  /// Return whether the server lets a PUT, or the completion of a multipart upload, not overwrite an object. Unless an
  /// option tells, asks the server once, with its object ".tmp/create-only".
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
