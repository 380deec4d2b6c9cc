#include <algorithm>
#include <limits>
#include <set>
#include <vector>

#include "base/big_endian.hpp"
#include "base/digest.hpp"
#include "holdfast/cached.hpp"
#include "holdfast/error.hpp"
#include "storage/copies.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kLargest = 64U << 20;

constexpr std::string_view kCopies = "copies";  // the object in the cache that holds the copies
constexpr std::size_t kDigestSize = 32;

void append_piece(Bytes& out, ByteView piece) {
  append_number(out, static_cast<std::uint32_t>(piece.size()));
  out.insert(out.end(), piece.begin(), piece.end());
}

// Functions throw Error{corrupt}.
class CopyReader {
 public:
  explicit CopyReader(ByteView bytes) : left_(bytes) {}
  bool ended() const { return left_.empty(); }
  template <typename Number>
  Number number() {
    return number_in<Number>(take(sizeof(Number)));
  }
  ByteView piece() { return take(number<std::uint32_t>()); }

 private:
  ByteView take(std::size_t size) {
    if (size > left_.size()) throw Error(ErrorCode::corrupt, "the copies end too early");
    const ByteView taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }
  ByteView left_;
};

Bytes encode_copies(const Copies::ByObject& copies) {
  Bytes body;
  for (const auto& [name, copy] : copies) {
    append_piece(body, as_bytes(name));
    append_number(body, static_cast<std::uint64_t>(copy.modified.time_since_epoch().count()));
    append_piece(body, copy.bytes);
  }
  Bytes whole = sha256(body);
  whole.insert(whole.end(), body.begin(), body.end());
  return whole;
}

Copies::ByObject decode_copies(ByteView whole) {
  Copies::ByObject copies;
  const ByteView body = whole.subspan(std::min(whole.size(), kDigestSize));
  if (!std::ranges::equal(whole.first(whole.size() - body.size()), sha256(body))) return copies;
  for (CopyReader reader(body); !reader.ended();) {
    const std::string name(as_text(reader.piece()));
    const TimePoint modified{std::chrono::microseconds(static_cast<std::int64_t>(reader.number<std::uint64_t>()))};
    const ByteView bytes = reader.piece();
    copies.insert_or_assign(name, Copies::Copy{bytes.size(), modified, Bytes(bytes.begin(), bytes.end())});
  }
  return copies;
}

class CachedStorage final : public ForwardingStorage, public Copies {
 public:
  CachedStorage(std::shared_ptr<Storage> inner, std::shared_ptr<Storage> cache, std::string prefix)
      : ForwardingStorage(std::move(inner)), cache_(std::move(cache)), prefix_(std::move(prefix)) {}

  PutResult put_new(std::string_view name, ByteView bytes) override {
    const PutResult result = inner_->put_new(name, bytes);
    if (result == PutResult::created) keep(name, bytes);
    return result;
  }

  std::unique_ptr<Reader> open_reader(std::string_view name, std::uint64_t offset, std::uint64_t length) override {
    const bool whole = offset == 0 && length == std::numeric_limits<std::uint64_t>::max();
    if (!whole || !name.starts_with(prefix_)) return inner_->open_reader(name, offset, length);
    if (auto copy = find(name)) return memory_reader(*std::move(copy));
    try {
      Bytes bytes = get(*inner_, name, kLargest);
      keep(name, bytes);
      return memory_reader(std::move(bytes));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::limit) throw;
    }
    return inner_->open_reader(name, offset, length);  // too large for the cache
  }

  void list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    if (prefix != prefix_) return inner_->list(prefix, visit);
    std::set<std::string> there;
    bool complete = true;
    inner_->list(prefix, [&](const ObjectInfo& object) {
      there.insert(object.name);
      complete = visit(object);
      return complete;
    });
    if (complete) drop_all_but(there);
  }

  ByObject copies() const override {
    try {
      return decode_copies(get(*cache_, kCopies, kLargest));
    } catch (const Error&) {
      return {};
    }
  }
  void keep(const ByObject& copies) const noexcept override {
    try {
      const Bytes whole = encode_copies(copies);
      if (cache_->stat(kCopies)) cache_->remove(kCopies);
      if (whole.size() <= kLargest) cache_->put_new(kCopies, whole);
    } catch (...) {
    }
  }

  void remove(std::string_view name) override {
    drop(name);
    inner_->remove(name);
  }

 private:
  static bool names_its_bytes(std::string_view name, ByteView bytes) { return name.substr(name.rfind('/') + 1) == sha256_hex(bytes); }

  // Errors of the cache below are treated as a cache miss.

  std::optional<Bytes> find(std::string_view name) const {
    try {
      Bytes bytes = get(*cache_, name, kLargest);
      if (names_its_bytes(name, bytes)) return bytes;
    } catch (const Error&) {
      return std::nullopt;
    }
    drop(name);
    return std::nullopt;
  }

  void keep(std::string_view name, ByteView bytes) const {
    if (!name.starts_with(prefix_) || bytes.size() > kLargest || !names_its_bytes(name, bytes)) return;
    try {
      cache_->put_new(name, bytes);
    } catch (const Error&) {
    }
  }

  void drop(std::string_view name) const {
    if (!name.starts_with(prefix_)) return;
    try {
      cache_->remove(name);
    } catch (const Error&) {
    }
  }

  void drop_all_but(const std::set<std::string>& there) const {
    std::vector<std::string> gone;
    try {
      cache_->list(prefix_, [&](const ObjectInfo& object) {
        if (!there.contains(object.name)) gone.push_back(object.name);
        return true;
      });
    } catch (const Error&) {
    }
    for (const std::string& name : gone) drop(name);
  }

  std::shared_ptr<Storage> cache_;
  std::string prefix_;
};

}  // namespace

std::shared_ptr<Storage> cached_storage(std::shared_ptr<Storage> inner, std::shared_ptr<Storage> cache, std::string prefix) {
  return std::make_shared<CachedStorage>(std::move(inner), std::move(cache), std::move(prefix));
}

}  // namespace holdfast
