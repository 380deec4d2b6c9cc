#pragma once

#include <memory>
#include <optional>
#include <string>

#include "storage/gcs/gcs_client.hpp"
#include "storage/http/part_uploads.hpp"

namespace holdfast {

/// One attempt to write an object, and what it is to be.
struct GcsWrite {
  std::string key, mark;
  std::string md5;  ///< base64
  std::uint64_t size = 0;
};

/// What storage, readers and writers share: one bucket's objects by whole key. Safe from any thread.
class GcsObjects {
 public:
  GcsObjects(const GcsOptions& options, const HttpWorld& world);

  const GcsOptions& options() const noexcept { return client_->options(); }
  GcsClient& client() const noexcept { return *client_; }
  const std::shared_ptr<MemoryBudget>& memory() const noexcept { return memory_; }

  /// For people: "'packs/00' in gs://bucket/prefix".
  std::string shown(const std::string& key) const;
  /// Throws Error{not_found} when the bucket is gone: an object's absence is only told of a bucket that is there.
  std::optional<GcsObject> find(const std::string& key, Retry& retry);
  /// Removes that version of the object; it is none the worse when it is gone already.
  void remove(const GcsObject& object, Retry& retry);
  /// In one request. Made by this call = created, also when the answer to it was lost.
  PutResult put(const std::string& key, ByteView bytes);

  /// Where a new object is sent to, if there is none of its name.
  std::string upload_target(const char* type, const std::string& key) const;
  /// What the server's last word on a write means; null when there is no such object. Throws Error when the server refused it, or keeps
  /// other bytes than were sent: those are removed.
  std::optional<PutResult> outcome(const GcsReply& reply, const GcsWrite& write, Retry& retry);
  /// The same when there was no word, and it may have been done all the same.
  std::optional<PutResult> resolve(const GcsWrite& write, Retry& retry);
  /// The same when time was up, by one short look; null also when that fails.
  std::optional<PutResult> last_look(const GcsWrite& write) noexcept;

 private:
  void check_stored(const GcsObject& object, const GcsWrite& write);

  std::shared_ptr<GcsClient> client_;
  std::shared_ptr<MemoryBudget> memory_;
};

}  // namespace holdfast
