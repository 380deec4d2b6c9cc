#include "storage/s3/s3_past.hpp"

#include "holdfast/storage.hpp"
#include "storage/object_name.hpp"
#include "storage/s3/s3_objects.hpp"
#include "storage/s3/s3_reader.hpp"

namespace holdfast {

namespace {

class S3Past final : public Storage {
 public:
  S3Past(const S3Options& options, const HttpWorld& world) : objects_(std::make_shared<S3Objects>(options, world)) {}

  std::string uri() const override { return options().uri() + " as of " + format_time(*options().as_of); }
  StorageCaps caps() const override { return {.atomic_create = true, .durable = true}; }  // nothing is created

  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override;
  std::optional<ObjectInfo> stat(std::string_view name) override;
  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;

  PutResult put_new(std::string_view name, ByteView) override { refuse(name); }
  std::unique_ptr<Writer> open_writer(std::string_view name) override { refuse(name); }
  void remove(std::string_view name) override { refuse(name); }

 private:
  using Visit = std::function<bool(const S3Version&)>;

  const S3Options& options() const noexcept { return objects_->options(); }
  [[noreturn]] void refuse(std::string_view name) const;
  std::optional<S3Version> find(std::string_view name);
  void walk(const std::string& prefix, const Visit& visit);
  S3VersionsPage list_page(const std::string& prefix, const S3VersionsPage& before);

  std::shared_ptr<S3Objects> objects_;
};

void S3Past::refuse(std::string_view name) const {
  check_object_name(name);
  throw Error(ErrorCode::permission_denied, "can't change '" + std::string(name) + "' in " + uri() + ": the past is for reading only");
}

S3VersionsPage S3Past::list_page(const std::string& prefix, const S3VersionsPage& before) {
  S3Request request{.query = {{"versions", ""}, {"encoding-type", "url"}, {"max-keys", "1000"}, {"prefix", prefix}}};
  if (!before.next_key.empty()) request.query["key-marker"] = before.next_key;
  if (!before.next_version.empty()) request.query["version-id-marker"] = before.next_version;
  Retry retry = objects_->client()->begin();
  for (;;) {
    const S3Reply reply = objects_->client()->send(request, retry);
    if (!reply.ok()) throw reply.error("list the versions in " + options().uri());
    try {
      return parse_versions(reply.body);
    } catch (const Error& error) {
      if (!error.retryable() || !retry.again()) throw error.with_context("can't list " + uri());
    }
  }
}

/// Visits the version of each key at that time, in order of keys.
void S3Past::walk(const std::string& prefix, const Visit& visit) {
  const auto incomplete = [&](const std::string& why) { return Error(ErrorCode::network, "can't list " + uri() + " completely: " + why); };
  std::optional<S3Version> best;  // of the current key
  std::string last;
  S3VersionsPage page;
  do {
    S3VersionsPage next = list_page(prefix, page);
    for (S3Version& version : next.versions) {
      const std::string& key = version.info.name;
      if (key < last) throw incomplete("the server lists '" + key + "' after '" + last + "'");
      if (!key.starts_with(prefix)) throw incomplete("the server lists '" + key + "', which was not asked for");
      if (key != last && best && !best->deleted && !visit(*best)) return;
      if (key != last) best.reset();
      last = key;
      if (version.info.modified > *options().as_of) continue;
      // Versions come newest first. Times have whole seconds, and markers may be listed apart from versions.
      const bool newer =
          !best || version.info.modified > best->info.modified || (version.newest && version.info.modified == best->info.modified);
      if (newer) best = std::move(version);
    }
    if (!next.next_key.empty() && next.next_key == page.next_key && next.next_version == page.next_version)
      throw incomplete("the listing goes round in circles");
    page = std::move(next);
  } while (!page.next_key.empty());
  if (best && !best->deleted) visit(*best);
}

std::optional<S3Version> S3Past::find(std::string_view name) {
  check_object_name(name);
  const std::string key = options().prefix + std::string(name);
  std::optional<S3Version> found;
  walk(key, [&](const S3Version& version) {
    if (version.info.name == key) found = version;
    return false;  // the key itself sorts before all keys that begin with it
  });
  return found;
}

std::unique_ptr<Reader> S3Past::open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) {
  const auto found = find(name);
  if (!found) throw Error(ErrorCode::not_found, "can't read '" + std::string(name) + "' in " + uri() + ": there was no such object");
  return open_s3_reader(objects_, found->info.name, offset, length, found->id);
}

std::optional<ObjectInfo> S3Past::stat(std::string_view name) {
  auto found = find(name);
  if (!found) return std::nullopt;
  found->info.name = name;
  return std::move(found->info);
}

void S3Past::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  if (!can_begin_a_name(prefix)) return;
  walk(options().prefix + std::string(prefix), [&](const S3Version& version) {
    ObjectInfo info = version.info;
    info.name.erase(0, options().prefix.size());
    return object_name_fault(info.name) != nullptr || visit(info);
  });
}

}  // namespace

std::shared_ptr<Storage> s3_past(const S3Options& options, const HttpWorld& world) { return std::make_shared<S3Past>(options, world); }

}  // namespace holdfast
