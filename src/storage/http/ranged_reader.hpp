#pragma once

#include <memory>
#include <optional>
#include <string>

#include "holdfast/io.hpp"
#include "storage/http/http_client.hpp"
#include "storage/http/http_retry.hpp"

namespace holdfast {

/// One object on a server, for reading. Used by one thread.
class RangedObject {
 public:
  virtual ~RangedObject() = default;
  virtual std::string shown() const = 0;  ///< for people: "'packs/00' in s3://bucket/prefix"
  virtual Retry begin() const = 0;        ///< the attempts of one call
  /// Requests the bytes of a Range header, or all if it is empty. From the second answer on, requests the version of
  /// the first one. Returns an answer with status 200, 206, 416, or 412 if that version is gone. Throws Error for any
  /// other.
  virtual HttpReply open(const std::string& range, Retry& retry) = 0;
  virtual bool exists() = 0;
};

/// Reads a range of the object while it arrives. Resumes where a connection broke. Throws Error{not_found} at once if
/// there is no such object.
std::unique_ptr<Reader> open_ranged_reader(std::unique_ptr<RangedObject> object, std::uint64_t offset, std::uint64_t length);

}  // namespace holdfast
