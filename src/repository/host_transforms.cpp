#include "repository/host_transforms.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/hex.hpp"
#include "base/xxh3.hpp"
#include "holdfast/error.hpp"
#include "repository/manifest_codec.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestSuffix = 32;
constexpr std::size_t kOwnTransforms = 2;  // compression and encryption

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

void check_name(std::string_view name) {
  const auto allowed = [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; };
  if (!name.empty() && name.size() <= kLongestName && is_letter_or_digit(name.front()) && std::ranges::all_of(name, allowed)) return;
  throw Error(ErrorCode::invalid_argument,
              fmt::format("the name of a host's transform has 1 to {} of a-z, 0-9, '.', '_' and '-', and begins with a letter or digit",
                          kLongestName));
}

void check_suffix(std::string_view name, std::string_view suffix) {
  const auto allowed = [](char c) { return is_letter_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-'; };
  if (suffix.empty()) return;
  if (suffix.front() == '.' && suffix.size() <= kLongestSuffix && std::ranges::all_of(suffix, allowed)) return;
  throw Error(
      ErrorCode::invalid_argument,
      fmt::format("the suffix of transform {} begins with '.' and has at most {} letters, digits, '.', '_' and '-'", name, kLongestSuffix));
}

std::string recorded_name(const Transform& transform) { return fmt::format("{}@{}", transform.name(), transform.version()); }

class DecodedEntry final : public Reader {
 public:
  DecodedEntry(std::unique_ptr<Reader> plain, const EntryRecord& entry)
      : plain_(std::move(plain)), name_(entry.name), bytes_(entry.plain_bytes), content_hash_(entry.content_hash) {}

  std::size_t read(std::span<std::byte> out) override {
    if (ended_ || out.empty()) return 0;
    const std::size_t got = read_some(out);
    hash_.update(out.first(got));
    count_ += got;
    ended_ = got == 0;
    // Stops at more bytes than were written: little could be made to unpack to a lot.
    if (count_ > bytes_ || (ended_ && (count_ != bytes_ || to_hex(hash_.finish()) != content_hash_)))
      throw Error(ErrorCode::corrupt, name_ + ": is not decoded to what was written: the content hash or size does not match");
    return got;
  }

 private:
  std::size_t read_some(std::span<std::byte> out) {
    try {
      return plain_->read(out);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupt) throw;
      throw error.with_context(name_);
    }
  }

  std::unique_ptr<Reader> plain_;
  const std::string name_;
  const std::uint64_t bytes_;
  const std::string content_hash_;
  Xxh3 hash_;
  std::uint64_t count_ = 0;
  bool ended_ = false;
};

}  // namespace

bool is_hosts(std::string_view recorded) noexcept { return recorded.find('@') != std::string_view::npos; }

std::vector<std::string> hosts_transforms(const EntryRecord& entry) {
  std::vector<std::string> names;
  std::ranges::copy_if(entry.transforms, std::back_inserter(names), is_hosts);
  return names;
}

std::string HostChain::suffix() const {
  std::string all;
  for (const TransformPtr& stage : stages) all += stage->suffix();
  return all;
}

std::unique_ptr<Writer> HostChain::encode(std::unique_ptr<Writer> next) const {
  for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage) next = (*stage)->encode(std::move(next));
  return next;
}

std::unique_ptr<Reader> HostChain::decode(std::unique_ptr<Reader> from) const {
  for (auto stage = stages.rbegin(); stage != stages.rend(); ++stage) from = (*stage)->decode(std::move(from));
  return from;
}

HostTransforms::HostTransforms(const std::vector<TransformPtr>& lent) {
  for (const TransformPtr& transform : lent) {
    if (!transform) throw Error(ErrorCode::invalid_argument, "a host's transform is null");
    check_name(transform->name());
    check_suffix(transform->name(), transform->suffix());
    if (transform->version() == 0)
      throw Error(ErrorCode::invalid_argument, fmt::format("the version of transform {} is 0: count from 1", transform->name()));
    if (!lent_.emplace(recorded_name(*transform), transform).second)
      throw Error(ErrorCode::invalid_argument, fmt::format("transform {} is lent twice", recorded_name(*transform)));
  }
}

HostChain HostTransforms::chosen(const std::vector<std::string>& names) const {
  if (names.size() > kMaxTransforms - kOwnTransforms)
    throw Error(ErrorCode::invalid_argument,
                fmt::format("a backup goes through at most {} transforms of the host", kMaxTransforms - kOwnTransforms));
  HostChain chain;
  for (const std::string& name : names) {
    const auto found = lent_.find(name);
    if (found == lent_.end()) {
      std::vector<std::string_view> known;
      for (const auto& lent : lent_) known.emplace_back(lent.first);
      throw Error(ErrorCode::invalid_argument, fmt::format("the repository was lent no transform {} when it was opened (lent: {})", name,
                                                           known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
    }
    chain.names.push_back(name);
    chain.stages.push_back(found->second);
  }
  return chain;
}

bool HostTransforms::has_all(const EntryRecord& entry) const {
  return std::ranges::all_of(hosts_transforms(entry), [this](const std::string& name) { return lent_.contains(name); });
}

HostChain HostTransforms::needed(const EntryRecord& entry) const {
  std::vector<std::string> names = hosts_transforms(entry);
  std::vector<std::string> missing;
  std::ranges::copy_if(names, std::back_inserter(missing), [this](const std::string& name) { return !lent_.contains(name); });
  if (!missing.empty()) {
    throw Error(
        ErrorCode::unsupported,
        fmt::format("{}: was encoded by {}, of the program that made the backup: only a program that lends the repository {} can read it",
                    entry.name, fmt::join(missing, ", "), missing.size() == 1 ? "this transform" : "these transforms"));
  }
  return chosen(names);
}

std::unique_ptr<Reader> decoded_entry(const HostChain& chain, std::unique_ptr<Reader> encoded, const EntryRecord& entry) {
  return std::make_unique<DecodedEntry>(chain.decode(std::move(encoded)), entry);
}

}  // namespace holdfast
