#include "storage/http/bucket_storage.hpp"

#include "storage/http/put_through.hpp"

namespace holdfast {

PutResult BucketStorage::put_new(std::string_view name, ByteView bytes) {
  const std::string key = key_of(name);
  return bytes.size() <= largest_put() ? put(key, bytes) : put_through(*writer(key), bytes);
}

std::optional<ObjectInfo> BucketStorage::stat(std::string_view name) {
  Retry retry = begin();
  std::optional<ObjectInfo> found = find(key_of(name), retry);
  if (found) found->name = name;
  return found;
}

void BucketStorage::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  visit_keys(std::string(prefix), visit);
}

void BucketStorage::visit_keys(const std::string& prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  const auto fetch = [this](const std::string& full, const std::string& token) {
    for (Retry retry = begin();;) {
      try {
        return page(full, token, retry);
      } catch (const Error& error) {
        if (!error.retryable() || !retry.again()) throw;
      }
    }
  };
  visit_pages({uri(), key_prefix(), prefix}, fetch, visit);
}

void BucketStorage::remove(std::string_view name) {
  const std::string key = key_of(name);
  Retry retry = begin();
  if (!remove_found(key, retry)) throw Error(ErrorCode::not_found, "can't remove " + shown(key) + ": there is no such object");
}

void BucketStorage::check_bucket(IfMissing if_missing) {
  std::optional<Error> missing = missing_bucket();
  if (missing && if_missing == IfMissing::create) missing = make_bucket() ? std::nullopt : missing_bucket();
  if (missing) throw *missing;
}

}  // namespace holdfast
