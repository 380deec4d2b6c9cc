#include "support/parts_server.hpp"

#include <utility>

namespace holdfast::testing {

namespace {

constexpr std::size_t kMostKept = 1U << 20;  // a list of 10,000 parts is shorter; a part is not

/// Returns the value of a query's parameter; null if it is missing.
std::optional<std::string> parameter(const std::string& target, const std::string& key) {
  const std::size_t mark = target.find('?');
  if (mark == std::string::npos) return std::nullopt;
  const std::string query = "&" + target.substr(mark + 1) + "&";
  const std::size_t at = query.find("&" + key + "=");
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = at + key.size() + 2;
  return query.substr(begin, query.find('&', begin) - begin);
}

/// Returns the text between the next <tag> and its end tag, and moves `at` past it. Empty if there is none.
std::string next_element(const std::string& text, const std::string& tag, std::size_t& at) {
  const std::size_t open = text.find("<" + tag + ">", at);
  if (open == std::string::npos) return {};
  const std::size_t begin = open + tag.size() + 2;
  at = text.find("</" + tag + ">", begin);
  return text.substr(begin, at - begin);
}

}  // namespace

PartsServer::PartsServer(const PartRules& rules, Gate gate)
    : rules_(rules), gate_(std::move(gate)), http_([this](const Request& request) { return answer(request); }, kMostKept) {}

Options PartsServer::options(int port) const {
  return {{"endpoint", "http://127.0.0.1:" + std::to_string(port == 0 ? http_.port() : port)}, {"create_only", "yes"}};
}

std::optional<PartsServer::Object> PartsServer::object(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(name);
  return found == objects_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> PartsServer::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

PartsServer::Response PartsServer::refuse(int status, const std::string& code) {
  refused_.push_back(code);
  return {status, {}, "<Error><Code>" + code + "</Code></Error>"};
}

PartsServer::Response PartsServer::answer(const Request& request) {
  const std::lock_guard lock(mutex_);
  if (gate_) {
    if (auto instead = gate_(request)) return std::move(*instead);
  }
  const std::string path = request.target.substr(0, request.target.find('?'));
  const std::size_t slash = path.find('/', 1);
  const std::string name = slash == std::string::npos ? "" : path.substr(slash + 1);
  if (request.header("x-amz-content-sha256") != request.body_sha256) return refuse(400, "XAmzContentSHA256Mismatch");
  if (name.empty()) return {200, {}, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"};
  const std::string mark = request.header("x-amz-meta-holdfast-write");
  if (parameter(request.target, "uploads")) {
    const std::string id = "upload-" + std::to_string(1'000'000 + ++last_upload_);
    uploads_[id] = {.name = name, .mark = mark, .parts = {}};
    return {200, {}, "<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>"};
  }
  if (const auto id = parameter(request.target, "uploadId")) {
    const auto upload = uploads_.find(*id);
    if (upload == uploads_.end() || upload->second.name != name) return {404, {}, "<Error><Code>NoSuchUpload</Code></Error>"};
    if (request.method == "POST") return complete(*id, request);
    if (request.method == "PUT")
      return put_part(upload->second, request,
                      static_cast<std::uint32_t>(std::stoul(parameter(request.target, "partNumber").value_or("0"))));
    uploads_.erase(upload);
    return {204, {}, ""};
  }
  if (request.method != "PUT") return look(name, request.method == "HEAD");
  if (objects_.contains(name)) return {412, {}, "<Error><Code>PreconditionFailed</Code></Error>"};
  objects_[name] = {.size = request.body_size, .parts = {}, .mark = mark};
  return {200, {}, ""};
}

PartsServer::Response PartsServer::put_part(Upload& upload, const Request& request, std::uint32_t number) {
  if (number < 1 || number > rules_.max_parts) return refuse(400, "InvalidArgument");
  if (request.body_size > rules_.most_part) return refuse(400, "EntityTooLarge");
  const std::string etag = "\"" + request.body_sha256.substr(0, 32) + "\"";
  upload.parts[number] = {request.body_size, etag};
  return {200, {{"ETag", etag}}, ""};
}

PartsServer::Response PartsServer::complete(const std::string& id, const Request& request) {
  const Upload& upload = uploads_.at(id);
  if (objects_.contains(upload.name)) return {412, {}, "<Error><Code>PreconditionFailed</Code></Error>"};
  Object object{.size = 0, .parts = {}, .mark = upload.mark};
  std::uint32_t last = 0;
  std::size_t at = 0;
  for (std::string part; !(part = next_element(request.body, "Part", at)).empty();) {
    std::size_t within = 0;
    const auto number = static_cast<std::uint32_t>(std::stoul(next_element(part, "PartNumber", within)));
    const std::string etag = next_element(part, "ETag", within);
    const auto sent = upload.parts.find(number);
    if (number <= last) return refuse(400, "InvalidPartOrder");
    if (sent == upload.parts.end() || sent->second.second.find(etag) == std::string::npos) return refuse(400, "InvalidPart");
    if (!object.parts.empty() && object.parts.back() < rules_.least_part) return refuse(400, "EntityTooSmall");
    object.parts.push_back(sent->second.first);
    object.size += sent->second.first;
    last = number;
  }
  if (object.parts.empty()) return refuse(400, "MalformedXML");
  objects_[upload.name] = std::move(object);
  uploads_.erase(id);
  return {200, {}, "<CompleteMultipartUploadResult><ETag>\"done\"</ETag></CompleteMultipartUploadResult>"};
}

PartsServer::Response PartsServer::look(const std::string& name, bool head) const {
  const auto found = objects_.find(name);
  if (found == objects_.end()) return {404, {}, head ? "" : "<Error><Code>NoSuchKey</Code></Error>"};
  return {200,
          {{"Content-Length", std::to_string(found->second.size)},
           {"Last-Modified", "Wed, 25 Nov 2026 12:00:00 GMT"},
           {"x-amz-meta-holdfast-write", found->second.mark}},
          ""};
}

}  // namespace holdfast::testing
