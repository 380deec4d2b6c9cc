#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "holdfast/storage.hpp"
#include "storage/http/part_uploads.hpp"

namespace holdfast {

/// A new object that goes up whole or in parts, as its service wants it. Used by one thread, but for `put_part`. Destroyed before it is
/// complete = given up.
class PartedObject {
 public:
  virtual ~PartedObject() = default;
  /// For people: "'packs/00' in s3://bucket/prefix".
  virtual std::string shown() const = 0;
  /// All of it in one request.
  virtual PutResult put(ByteView bytes) = 0;
  /// Before the first part.
  virtual void begin() {}
  /// Stores part `number` (from 1) and returns what the server calls it. Called from several threads; gives up when `stop` is requested.
  virtual std::string put_part(unsigned number, ByteView bytes, const std::stop_token& stop) = 0;
  /// Makes an object of the parts, named in their order, which have `size` bytes together.
  virtual PutResult complete(const std::vector<std::string>& names, std::uint64_t size) = 0;
};

struct PartRules {
  std::uint64_t first_size = 0;    ///< see planned_part_size
  std::uint64_t largest_size = 0;  ///< that the service takes
  std::uint32_t most = 0;          ///< parts
  unsigned parallel = 1;
  std::shared_ptr<MemoryBudget> memory;
  std::stop_token stop;  ///< gives up the parts on their way
};

/// Takes an object of unknown length: one request if it fits into a part, else parts.
std::unique_ptr<Writer> part_writer(std::unique_ptr<PartedObject> object, PartRules rules);

}  // namespace holdfast
