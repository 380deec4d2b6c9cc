#include "storage/s3/s3_reader.hpp"

#include "storage/http/ranged_reader.hpp"

namespace holdfast {

namespace {

class S3Object final : public RangedObject {
 public:
  S3Object(std::shared_ptr<S3Objects> objects, std::string key, std::string version)
      : objects_(std::move(objects)), key_(std::move(key)), version_(std::move(version)) {}

  std::string shown() const override { return objects_->shown(key_); }
  Retry begin() const override { return objects_->client()->begin(); }

  HttpReply open(const std::string& range, Retry& retry) override {
    S3Request request{.key = key_};
    if (!version_.empty()) request.query["versionId"] = version_;
    if (!range.empty()) request.headers.emplace_back("range", range);
    if (!etag_.empty()) request.headers.emplace_back("if-match", etag_);
    S3Reply reply = objects_->client()->open(request, retry);
    if (reply.ok()) etag_ = reply.header("etag");
    if (!reply.ok() && reply.status != 412 && reply.status != 416) throw reply.error("read " + shown());
    return reply;
  }

  bool exists() override {
    Retry retry = begin();
    return !version_.empty() || objects_->find(key_, retry).has_value();  // a known version comes from a listing, so it exists
  }

 private:
  std::shared_ptr<S3Objects> objects_;
  std::string key_, version_, etag_;
};

}  // namespace

std::unique_ptr<Reader> open_s3_reader(std::shared_ptr<S3Objects> objects, const std::string& key, std::uint64_t offset,
                                       std::uint64_t length, const std::string& version) {
  return open_ranged_reader(std::make_unique<S3Object>(std::move(objects), key, version), offset, length);
}

}  // namespace holdfast
