#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/retry.hpp"
#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"
#include "storage/http/object_listing.hpp"

namespace holdfast {

/// A storage in a bucket of an object store. Implements the calls of Storage by the requests of a protocol, which a
/// derived class makes. "key" is the whole name of an object in the bucket.
class BucketStorage : public Storage {
 public:
  PutResult put_new(std::string_view name, ByteView bytes) override;
  std::unique_ptr<Writer> open_writer(std::string_view name) override { return writer(key_of(name)); }
  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    return reader(key_of(name), offset, length);
  }
  std::optional<ObjectInfo> stat(std::string_view name) override;
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  void remove(std::string_view name) override;

  /// Checks that the bucket can be listed, and makes it if it is missing and may be made.
  void check_bucket(IfMissing if_missing);

 protected:
  /// Returns the key of an object. Called first by every call on an object. Throws Error{invalid_argument} for a bad
  /// name.
  virtual std::string key_of(std::string_view name) const = 0;
  /// The start of all keys: empty, or ends with '/'.
  virtual const std::string& key_prefix() const = 0;
  /// For people: "'packs/00' in s3://bucket/prefix".
  virtual std::string shown(const std::string& key) const = 0;
  /// Begins a call.
  virtual Retry begin() const = 0;

  /// Larger objects are stored through a writer: in parts, each of which is retried alone.
  virtual std::uint64_t largest_put() const = 0;
  virtual PutResult put(const std::string& key, ByteView bytes) = 0;
  virtual std::unique_ptr<Writer> writer(const std::string& key) = 0;
  virtual std::unique_ptr<Reader> reader(const std::string& key, std::uint64_t offset, std::uint64_t length) = 0;
  virtual std::optional<ObjectInfo> find(const std::string& key, Retry& retry) = 0;
  /// Returns false if there is no such object.
  virtual bool remove_found(const std::string& key, Retry& retry) = 0;
  /// Fetches one page of a listing. A retryable error means that the answer was incomplete.
  virtual ObjectPage page(const std::string& prefix, const std::string& token, Retry& retry) = 0;
  /// Returns the server's answer as an error if the bucket does not exist. Throws if it can't be listed.
  virtual std::optional<Error> missing_bucket() = 0;
  /// Returns false if the name is taken: by us a moment ago, or by another client.
  virtual bool make_bucket() = 0;

  /// Calls `parse` and names the storage in its error.
  template <class Parse>
  ObjectPage parsed_page(const Bytes& body, const Parse& parse) const {
    try {
      return parse(body);
    } catch (const Error& error) {
      throw error.with_context("can't list " + uri());
    }
  }
  /// Visits a listing by keys without key_prefix().
  void visit_keys(const std::string& prefix, const std::function<bool(const ObjectInfo&)>& visit);
};

}  // namespace holdfast
