#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "holdfast/storage.hpp"
#include "storage/http/part_uploads.hpp"

namespace holdfast {

/// A new object that is uploaded whole or in parts, by the rules of its service. Destroyed before it is complete, it
/// gives up the upload. Used by one thread, except `put_part`.
class PartedObject {
 public:
  virtual ~PartedObject() = default;
  /// For people: "'packs/00' in s3://bucket/prefix".
  virtual std::string shown() const = 0;
  /// Stores the whole object in one request.
  virtual PutResult put(ByteView bytes) = 0;
  /// Called before the first part.
  virtual void begin() {}
  /// Stores part `number` (from 1) and returns the server's name for it. Called from several threads. Gives up when
  /// `stop` is requested.
  virtual std::string put_part(unsigned number, ByteView bytes, const std::stop_token& stop) = 0;
  /// Creates the object from the parts, which are named in order and have `size` bytes together.
  virtual PutResult complete(const std::vector<std::string>& names, std::uint64_t size) = 0;
};

struct PartRules {
  std::uint64_t first_size = 0;    ///< see planned_part_size
  std::uint64_t largest_size = 0;  ///< that the service accepts
  std::uint32_t most = 0;          ///< number of parts
  unsigned parallel = 1;
  std::shared_ptr<MemoryBudget> memory;
  std::stop_token stop;  ///< gives up the parts in transfer
};

/// Writes an object of unknown length: one request if it fits into a part, else parts.
std::unique_ptr<Writer> part_writer(std::unique_ptr<PartedObject> object, PartRules rules);

}  // namespace holdfast
