#include "repository/plain/entry_reader.hpp"

#include <array>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/xxh3.hpp"
#include "holdfast/error.hpp"
#include "transform/by_name.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kDrainBuffer = 4U << 10;  // there is hardly ever anything to drain

// Counts and hashes the stored bytes that are read.
class StoredReader final : public Reader {
 public:
  StoredReader(std::unique_ptr<Reader> from, StoredBytesSeen seen) : from_(std::move(from)), seen_(std::move(seen)) {}

  std::size_t read(std::span<std::byte> out) override {
    if (ended_ || out.empty()) return 0;
    const std::size_t got = from_->read(out);
    ended_ = got == 0;
    hash_.update(out.first(got));
    count_ += got;
    if (seen_) seen_(got);
    return got;
  }

  // A decoder may stop before the end of the stored bytes.
  void drain(std::uint64_t limit) {
    std::array<std::byte, kDrainBuffer> buffer{};
    while (count_ <= limit && read(buffer) != 0) {
    }
  }
  std::uint64_t count() const noexcept { return count_; }
  std::string finish_hash() { return to_hex(hash_.finish()); }

 private:
  std::unique_ptr<Reader> from_;
  StoredBytesSeen seen_;
  Sha256 hash_;
  std::uint64_t count_ = 0;
  bool ended_ = false;
};

class EntryReader final : public Reader {
 public:
  /// Without a chain, the host's transforms are left as they are.
  EntryReader(std::shared_ptr<const PlainPlace> place, const EntryRecord& entry, const HostChain* chain, StoredBytesSeen seen)
      : place_(std::move(place)), entry_(entry), to_plain_(chain != nullptr || hosts_transforms(entry).empty()) {
    auto stored = std::make_unique<StoredReader>(open(), std::move(seen));
    stored_ = stored.get();
    chain_ = std::move(stored);
    for (auto name = entry_.transforms.rbegin(); name != entry_.transforms.rend(); ++name) {
      if (is_hosts(*name)) continue;  // the first that were applied
      chain_ = transform_by_name(*name, place_->key(), place_->associated_data(entry_.object))->decode(std::move(chain_));
    }
    if (chain != nullptr) chain_ = chain->decode(std::move(chain_));
  }

  std::size_t read(std::span<std::byte> out) override {
    if (ended_ || out.empty()) return 0;
    std::size_t got = 0;
    try {
      got = chain_->read(out);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::corrupt) throw;
      throw error.with_context(entry_.object);
    }
    hash_.update(out.first(got));
    count_ += got;
    // Stops at more bytes than were written: a small object could be made to unpack to a huge one.
    if (to_plain_ && count_ > entry_.plain_bytes) damaged("holds more bytes than were written");
    if (got == 0) finish();
    return got;
  }

 private:
  std::unique_ptr<Reader> open() const {
    try {
      return place_->storage().open_reader(entry_.object);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
      damaged("is missing");
    }
  }

  void finish() {
    ended_ = true;
    stored_->drain(entry_.stored_bytes);
    if (stored_->count() != entry_.stored_bytes) {
      damaged("is damaged: it has " + std::string(stored_->count() > entry_.stored_bytes ? "more than " : "not ") +
              std::to_string(entry_.stored_bytes) + " bytes");
    }
    if (stored_->finish_hash() != entry_.object_sha256) damaged("is damaged: its SHA-256 does not match");
    if (!to_plain_) return;
    if (count_ != entry_.plain_bytes) damaged("does not hold as many bytes as were written");
    if (to_hex(hash_.finish()) != entry_.content_hash) damaged("does not hold what was written: the content hash does not match");
  }

  [[noreturn]] void damaged(const std::string& why) const { throw Error(ErrorCode::corrupt, entry_.object + ": " + why); }

  std::shared_ptr<const PlainPlace> place_;
  EntryRecord entry_;
  const bool to_plain_;
  StoredReader* stored_ = nullptr;  // innermost reader of chain_
  std::unique_ptr<Reader> chain_;
  Xxh3 hash_;
  std::uint64_t count_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Reader> read_entry(std::shared_ptr<const PlainPlace> place, const EntryRecord& entry, const HostChain& chain) {
  return std::make_unique<EntryReader>(std::move(place), entry, &chain, StoredBytesSeen());
}

std::unique_ptr<Reader> read_encoded(std::shared_ptr<const PlainPlace> place, const EntryRecord& entry, StoredBytesSeen seen) {
  return std::make_unique<EntryReader>(std::move(place), entry, nullptr, std::move(seen));
}

}  // namespace holdfast
