#include "repository/plain/session_state.hpp"

#include <fmt/format.h>

#include "holdfast/error.hpp"
#include "repository/object_access.hpp"
#include "repository/plain/objects.hpp"

namespace holdfast {

namespace {

const BackupOptions& checked(const BackupOptions& options) {
  if (!options.compression.empty()) parse_compression(options.compression);  // throws for a wrong one
  return options;
}

}  // namespace

SessionState::SessionState(std::shared_ptr<const PlainPlace> place, HostChain chain, const BackupOptions& options, Context& context)
    : place_(std::move(place)),
      chain_(std::move(chain)),
      context_(context),
      options_(checked(options)),
      limiter_(rate_limiter(context.limits.bandwidth_bytes_per_second, context.stop)),
      heartbeat_(context),
      doubts_(context),
      claim_(claim_id(*place_, context.now(), doubts_)),
      draft_(claim_.id, context.now(), options_) {
  for (const char* ours : {"/manifest.json", "/RESTORE.txt", "/restore.sh", ".manifest.json", ".RESTORE.txt", ".restore.sh"}) {
    for (const char* suffix : {"", ".enc"}) objects_.take(id() + ours, suffix, 0);
  }
}

std::uint32_t SessionState::add_source(const SourceInfo& info) {
  const std::string& wanted = !options_.compression.empty() ? options_.compression : info.compression;
  TransformPtr compression =
      parse_compression(wanted.empty() ? "zstd:1" : wanted, options_.decode_check ? DecodeCheck::on : DecodeCheck::off);
  const std::lock_guard lock(mutex_);
  compressions_.push_back(std::move(compression));
  return draft_.add_source(info);
}

std::string SessionState::base_name(std::uint32_t source, const EntryInfo& info, std::uint64_t number) const {
  if (draft_.single_stream()) {
    std::string suffix = escape_name(info.name);
    for (std::size_t at = 0; (at = suffix.find('/', at)) != std::string::npos;) suffix.replace(at, 1, "%2F");
    return id() + (suffix.front() == '.' ? "" : ".") + suffix;
  }
  if (place_->encrypted()) return fmt::format("{}/entries/{:06}", id(), number);
  const std::string name = escape_name(info.name);
  if (compressions_.size() == 1) return id() + "/" + name;
  const std::string source_name = escape_name(draft_.source(source).record.name);
  return fmt::format("{}/{}-{}{}{}", id(), source + 1, source_name, name.front() == '.' ? "" : "/", name);
}

SessionState::Stored SessionState::place_entry(std::uint32_t source, const EntryInfo& info, std::uint64_t number) {
  Stored stored;
  const std::lock_guard lock(mutex_);
  const auto wish = info.attributes.find("compression");
  const bool as_is = wish != info.attributes.end() && wish->second == "none";
  if (!as_is) stored.compression = compressions_.at(source);
  std::string suffix = info.encoded ? "" : chain_.suffix();
  if (stored.compression) suffix += stored.compression->suffix();
  stored.object = objects_.take(base_name(source, info, number), place_->stored_name(suffix), number);
  stored.encryption = place_->encryption(stored.object, *context_.host.random);
  return stored;
}

void SessionState::add(EntryRecord record) {
  const bool encrypted = place_->encrypted();
  const std::size_t folder = draft_.single_stream() ? 0 : id().size() + 1;
  RestoreStep step{.file = record.object.substr(folder, record.object.size() - folder - (encrypted ? 4 : 0)),
                   .entry = record.name,
                   .sha256 = encrypted ? "" : record.object_sha256,
                   .hosts = hosts_transforms(record),
                   .restore_with = record.restore_with,
                   .order = record.restore_order};
  if (record.transforms.size() > step.hosts.size() + (encrypted ? 1U : 0U)) step.compression = record.transforms[step.hosts.size()];
  draft_.add(std::move(record));
  const std::lock_guard lock(mutex_);
  steps_.push_back(std::move(step));
}

void SessionState::beat() {
  const std::uint64_t number = heartbeat_.due();
  if (number == 0) return;
  std::string sign = put_session_part(*place_, id(), fmt::format("alive-{:06}", number), "alive", context_);
  const std::lock_guard lock(mutex_);
  signs_.push_back(std::move(sign));
}

void SessionState::release() const {
  const std::lock_guard lock(mutex_);
  for (const std::string& sign : signs_) remove_if_there(place_->storage(), sign);
  remove_if_there(place_->storage(), claim_.record);
}

}  // namespace holdfast
