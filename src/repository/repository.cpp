#include "holdfast/repository.hpp"

#include "holdfast/error.hpp"
#include "holdfast/host.hpp"
#include "holdfast/storage.hpp"
#include "holdfast/storage_host.hpp"
#include "repository/doubts.hpp"
#include "repository/draft.hpp"
#include "repository/format.hpp"
#include "repository/layout.hpp"
#include "repository/packed/packed_layout.hpp"
#include "repository/plain/plain_layout.hpp"
#include "storage/ability_witness.hpp"

namespace holdfast {

namespace {

void check_encryption(const CreateOptions& options) {
  if (options.encryption == Encryption::required && !options.key)
    throw Error(ErrorCode::invalid_argument, "a new repository needs a key; one without encryption is made only if that is asked for");
  if (options.encryption == Encryption::none && options.key)
    throw Error(ErrorCode::invalid_argument, "a key is given, and no encryption is asked for: leave out one");
}

std::shared_ptr<Layout> create_layout(std::shared_ptr<Storage> storage, const CreateOptions& options, Context& context) {
  HostTransforms transforms(options.transforms);
  if (options.layout == LayoutKind::plain) {
    return std::make_shared<PlainLayout>(PlainPlace::create(std::move(storage), options.key, context), std::move(transforms));
  }
  return std::make_shared<PackedLayout>(PackedPlace::create(std::move(storage), options.key, context), std::move(transforms));
}

std::shared_ptr<Layout> open_layout(std::shared_ptr<Storage> storage, const OpenOptions& options, const Context& context) {
  HostTransforms transforms(options.transforms);
  const StoredFormat format = read_format(*storage);
  if (format.info.layout == LayoutKind::plain) {
    return std::make_shared<PlainLayout>(PlainPlace::open(std::move(storage), format.info, options.key), std::move(transforms));
  }
  const auto place = PackedPlace::open(std::move(storage), format, options.key);
  Doubts doubts(context);
  for (const auto& [ring, error] : place->unread_rings()) doubts.tell(ring, error);
  return std::make_shared<PackedLayout>(place, std::move(transforms));
}

}  // namespace

Repository create_repository(std::shared_ptr<Storage> storage, const CreateOptions& options, Context& context, DriverRegistry drivers) {
  check_encryption(options);
  with_abilities_told(*storage, [&] { return storage->stat(kFormat); });  // before the first put
  return {create_layout(std::move(storage), options, context), std::move(drivers), options.key};
}

Repository open_repository(std::shared_ptr<Storage> storage, const OpenOptions& options, Context& context) {
  return {with_abilities_told(*storage, [&] { return open_layout(storage, options, context); }), options.drivers, options.key};
}

Repository Repository::create(std::string_view uri, const CreateOptions& options, Context& context) {
  check_encryption(options);  // before anything is created
  return create_repository(open_storage(uri, options.storage, IfMissing::create, storage_host(context)), options, context);
}

Repository Repository::open(std::string_view uri, const OpenOptions& options, Context& context) {
  return open_repository(open_storage(uri, options.storage, IfMissing::fail, storage_host(context)), options, context);
}

Repository::Repository(std::shared_ptr<Layout> layout, DriverRegistry drivers, std::optional<Key> key)
    : layout_(std::move(layout)), drivers_(std::move(drivers)), key_(std::move(key)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

RepositoryInfo Repository::info() const { return layout_->info(); }

std::vector<BackupInfo> Repository::list(Context& context) const { return layout_->list(context); }

std::shared_ptr<const Manifest> Repository::manifest(const BackupId& id, Context& context) const { return layout_->manifest(id, context); }

std::unique_ptr<BackupSession> begin_backup(Layout& layout, const BackupOptions& options, Context& context) {
  require_nothing_to_select(options);
  return with_abilities_told(layout.storage(), [&] { return layout.begin(options, context); });
}

BackupView view_of(const std::shared_ptr<Layout>& layout, std::shared_ptr<const Manifest> manifest, std::uint32_t source) {
  if (source >= manifest->sources.size()) {
    throw Error(ErrorCode::not_found, "backup " + manifest->id + " has " + std::to_string(manifest->sources.size()) +
                                          " sources, none with number " + std::to_string(source));
  }
  return {std::move(manifest), source, [layout](const EntryRecord& entry) { return layout->open_entry(entry); }};
}

}  // namespace holdfast
