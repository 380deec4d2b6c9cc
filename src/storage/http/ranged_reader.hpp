#pragma once

#include <memory>
#include <optional>
#include <string>

#include "holdfast/io.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/retry.hpp"

namespace holdfast {

/// One object on a server, to be read. Used by one thread.
class RangedObject {
 public:
  virtual ~RangedObject() = default;
  virtual std::string shown() const = 0;  ///< for people: "'packs/00' in s3://bucket/prefix"
  virtual Retry begin() const = 0;        ///< the attempts of one call
  /// Asks for the bytes of a Range header, of all if it is empty; from the second answer on of the version that the first one was. Returns
  /// an answer of 200, 206, 416, or 412 when that version is not there any more. Throws Error for any other.
  virtual HttpReply open(const std::string& range, Retry& retry) = 0;
  virtual bool exists() = 0;
};

/// A range of the object as it comes. A connection that breaks is made again from where it broke. Throws Error{not_found} at once if there
/// is no such object.
std::unique_ptr<Reader> open_ranged_reader(std::unique_ptr<RangedObject> object, std::uint64_t offset, std::uint64_t length);

}  // namespace holdfast
