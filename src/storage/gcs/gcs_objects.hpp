#pragma once

#include <memory>
#include <optional>
#include <string>

#include "storage/gcs/gcs_client.hpp"
#include "storage/http/part_uploads.hpp"

namespace holdfast {

/// One attempt to write an object, and its expected properties.
struct GcsWrite {
  std::string key, mark;
  std::string md5;  ///< base64
  std::uint64_t size = 0;
};

/// State shared by storage, readers and writers: the objects of one bucket, by their whole keys. Safe from any thread.
class GcsObjects {
 public:
  GcsObjects(const GcsOptions& options, const HttpWorld& world);

  const GcsOptions& options() const noexcept { return client_->options(); }
  GcsClient& client() const noexcept { return *client_; }
  const std::shared_ptr<MemoryBudget>& memory() const noexcept { return memory_; }

  /// For people: "'packs/00' in gs://bucket/prefix".
  std::string shown(const std::string& key) const;
  /// Returns null if there is no such object. Throws Error{not_found} if the bucket is missing.
  std::optional<GcsObject> find(const std::string& key, Retry& retry);
  /// Removes this version of the object. Does nothing if it is gone already.
  void remove(const GcsObject& object, Retry& retry);
  /// Stores an object in one request. Returns `created` if this call made it, even if the server's answer was lost.
  PutResult put(const std::string& key, ByteView bytes);

  /// Returns the target of the upload of a new object, which must have a free name.
  std::string upload_target(const char* type, const std::string& key) const;
  /// Returns the meaning of the server's final answer to a write; null if there is no such object. Throws Error if the
  /// server refused the write, or stored other bytes than were sent, which it then removes.
  std::optional<PutResult> outcome(const GcsReply& reply, const GcsWrite& write, Retry& retry);
  /// The same if there was no answer, and the write may have succeeded.
  std::optional<PutResult> resolve(const GcsWrite& write, Retry& retry);
  /// The same if the time was up, with one short look. Returns null if that fails, too.
  std::optional<PutResult> last_look(const GcsWrite& write) noexcept;

 private:
  void check_stored(const GcsObject& object, const GcsWrite& write);

  std::shared_ptr<GcsClient> client_;
  std::shared_ptr<MemoryBudget> memory_;
};

}  // namespace holdfast
