#include "repository/packed/key_ring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "repository/locks.hpp"
#include "repository/object_access.hpp"
#include "repository/packed/cbor.hpp"
#include "repository/packed/sealed.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kKeySize = 32, kHashSize = 32;

Secret random_key(Random& random) {
  Secret key{Bytes(kKeySize)};
  random.fill(key.writable());
  return key;
}

RootKey decode_root(const CborMap& fields, std::uint32_t after) {
  const std::uint64_t generation = fields.at("generation").number();
  if (generation <= after || generation > std::numeric_limits<std::uint32_t>::max()) fields.fail("its root keys are not in order");
  return {static_cast<std::uint32_t>(generation), Secret(fields.at("key").bytes(kKeySize)), fields.at("created").time()};
}

struct FoundRing {
  std::string name;
  std::uint32_t generation;
};

// Returns the repository's rings, oldest first.
std::vector<FoundRing> find_rings(Storage& storage, const std::string& repository_id) {
  std::vector<FoundRing> rings;
  storage.list(kRingPrefix, [&](const ObjectInfo& info) {
    const std::string_view digits = std::string_view(info.name).substr(kRingPrefix.size(), 8);
    if (digits.size() == 8 && digits.find_first_not_of("0123456789abcdef") == std::string_view::npos) {
      const auto generation = static_cast<std::uint32_t>(std::stoul(std::string(digits), nullptr, 16));
      if (info.name == ring_name(repository_id, generation)) rings.push_back({info.name, generation});
    }
    return true;
  });
  std::sort(rings.begin(), rings.end(), [](const FoundRing& a, const FoundRing& b) { return a.generation < b.generation; });
  return rings;
}

KeyRing open_found(Storage& storage, const FoundRing& found, const Secret& master, const std::string& repository_id) {
  Bytes sealed;
  try {
    sealed = get(storage, found.name, sealed_size(max_content(ObjectClass::ring)));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::limit) throw;
    throw Error(ErrorCode::corrupt, found.name + ": is larger than the format allows");
  }
  KeyRing ring = KeyRing::decode(open_ring(master, repository_id, found.name, sealed, found.name), repository_id, found.name);
  if (ring.generation() != found.generation) throw Error(ErrorCode::corrupt, found.name + ": holds a key ring of another generation");
  return ring;
}

// Opens a ring and checks that it belongs to this `format`.
KeyRing open_matching(Storage& storage, const FoundRing& found, const Secret& master, const std::string& repository_id,
                      ByteView format_sha256) {
  KeyRing ring = open_found(storage, found, master, repository_id);
  if (constant_time_equal(ring.format_sha256(), format_sha256)) return ring;
  throw Error(ErrorCode::corrupt, found.name + ": does not belong to this 'format' object: one of them was exchanged");
}

// Skips a generation whose name is taken by an object that does not open: anyone without a key can put one.
std::uint32_t free_generation(const std::vector<FoundRing>& rings, const KeyRing& newest) {
  std::uint32_t generation = newest.generation();
  const auto is_taken = [&](const FoundRing& ring) { return ring.generation == generation; };
  do {
    if (generation == std::numeric_limits<std::uint32_t>::max()) {
      throw Error(ErrorCode::limit, "the key ring has no generation left: copy the repository into a new one");
    }
    ++generation;
  } while (std::ranges::any_of(rings, is_taken));
  return generation;
}

[[noreturn]] void rotated_by_another(const std::string& name) {
  throw Error(ErrorCode::conflict, name + ": another process rotated the data key: open the repository again");
}

}  // namespace

std::string ring_name(const std::string& repository_id, std::uint32_t generation) {
  return fmt::format("{}{:08x}-{}", kRingPrefix, generation, repository_id.substr(0, 16));
}

KeyRing KeyRing::make(const std::string& repository_id, Bytes format_sha256, TimePoint now, Random& random) {
  KeyRing ring;
  ring.repository_id_ = repository_id;
  ring.format_sha256_ = std::move(format_sha256);
  ring.id_key_ = random_key(random);
  ring.chunker_key_ = random_key(random);
  ring.roots_.push_back({1, random_key(random), now});
  return ring;
}

KeyRing KeyRing::with_new_root(std::uint32_t generation, TimePoint now, Random& random) const {
  KeyRing ring = *this;
  ring.roots_.push_back({generation, random_key(random), now});
  return ring;
}

void KeyRing::add_roots_of(const KeyRing& other) {
  for (const RootKey& root : other.roots_) {
    const auto at = std::ranges::lower_bound(roots_, root.generation, {}, &RootKey::generation);
    if (at == roots_.end() || at->generation != root.generation) roots_.insert(at, root);
  }
}

bool KeyRing::has(std::uint32_t generation) const { return std::ranges::binary_search(roots_, generation, {}, &RootKey::generation); }

Bytes KeyRing::encode() const {
  CborWriter out;
  out.map(4).key("chunker_key").bytes(chunker_key_.bytes()).key("format").bytes(format_sha256_).key("id_key").bytes(id_key_.bytes());
  out.key("roots").list(roots_.size());
  for (const RootKey& root : roots_) {
    out.map(3).key("created").time(root.created).key("generation").number(root.generation).key("key").bytes(root.key.bytes());
  }
  return std::move(out).finish();
}

KeyRing KeyRing::decode(ByteView content, const std::string& repository_id, const std::string& object) {
  const CborMap fields(content, object);
  KeyRing ring;
  ring.repository_id_ = repository_id;
  const ByteView format = fields.at("format").bytes(kHashSize);
  ring.format_sha256_.assign(format.begin(), format.end());
  ring.id_key_ = Secret(fields.at("id_key").bytes(kKeySize));
  ring.chunker_key_ = Secret(fields.at("chunker_key").bytes(kKeySize));
  for (CborList roots = fields.at("roots").list(); roots.left() > 0;) {
    ring.roots_.push_back(decode_root(roots.next().map(), ring.roots_.empty() ? 0 : ring.generation()));
  }
  if (ring.roots_.empty()) fields.fail("holds no root key");
  return ring;
}

Secret KeyRing::class_key(std::uint32_t generation, std::string_view class_name) const {
  const auto root = std::lower_bound(roots_.begin(), roots_.end(), generation,
                                     [](const RootKey& one, std::uint32_t wanted) { return one.generation < wanted; });
  if (root == roots_.end() || root->generation != generation) {
    throw Error(ErrorCode::corrupt, fmt::format("the key ring has no root key of generation {}", generation));
  }
  return derive_class_key(root->key, repository_id_, class_name);
}

Secret derive_class_key(const Secret& root, const std::string& repository_id, std::string_view class_name) {
  return hkdf_sha256(root.bytes(), from_hex(repository_id), std::string("holdfast/packed/v1/").append(class_name), kKeySize);
}

Secret open_master(const std::string& repository_id) {
  Sha256 hash;
  hash.update(as_bytes("holdfast/packed/v1/open"));
  hash.update(from_hex(repository_id));
  return Secret(hash.finish());
}

std::string put_ring(Storage& storage, const KeyRing& ring, const Secret& master, Random& random) {
  const FoundRing place{ring_name(ring.repository_id(), ring.generation()), ring.generation()};
  const Bytes content = ring.encode();
  const PutResult result = storage.put_new(place.name, seal_ring(master, ring.repository_id(), place.name, content, random));
  Bytes stored;
  try {
    stored = open_found(storage, place, master, ring.repository_id()).encode();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) rotated_by_another(place.name);  // a later rotation removed it
    if (result == PutResult::already_exists && is_unreadable(error)) {
      throw Error(ErrorCode::already_exists, place.name + ": the name is taken by an object that does not open: " + error.message());
    }
    throw;
  }
  if (constant_time_equal(stored, content)) return place.name;  // perhaps by an attempt that seemed to fail
  if (result == PutResult::already_exists) rotated_by_another(place.name);
  throw Error(ErrorCode::corrupt, place.name + ": the storage returned another key ring than it was given");
}

std::vector<std::string> list_rings(Storage& storage, const std::string& repository_id) {
  std::vector<std::string> names;
  for (FoundRing& ring : find_rings(storage, repository_id)) names.push_back(std::move(ring.name));
  return names;
}

void check_ring(Storage& storage, const std::string& name, const Secret& master, const std::string& repository_id, ByteView format_sha256) {
  for (const FoundRing& ring : find_rings(storage, repository_id)) {
    if (ring.name == name) open_matching(storage, ring, master, repository_id, format_sha256);
  }
}

KeyRing read_ring(Storage& storage, const Secret& master, const std::string& repository_id, ByteView format_sha256,
                  const TellRing& unreadable) {
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    std::vector<FoundRing> rings = find_rings(storage, repository_id);
    if (rings.empty())
      throw Error(ErrorCode::corrupt, std::string(kRingPrefix) + "*: the repository has no key ring: bring it back from a copy");
    std::ranges::reverse(rings);
    std::optional<KeyRing> newest;
    std::vector<std::pair<std::string, Error>> passed_over;
    bool again = false;
    for (const FoundRing& found : rings) {
      try {
        const KeyRing ring = open_matching(storage, found, master, repository_id, format_sha256);
        newest ? newest->add_roots_of(ring) : void(newest = ring);
      } catch (const Error& error) {
        // Removed after the listing: a rotation put a newer one before.
        again = again || error.code() == ErrorCode::not_found;
        if (error.code() != ErrorCode::not_found && !is_unreadable(error)) throw;
        if (error.code() != ErrorCode::not_found) passed_over.emplace_back(found.name, error);
      }
    }
    if (again && attempt < kAttempts) continue;
    if (!newest && passed_over.empty()) throw Error(ErrorCode::conflict, std::string(kRingPrefix) + "*: keeps changing: try again", true);
    if (!newest) throw passed_over.front().second;
    for (const auto& [name, error] : passed_over) {
      if (unreadable) unreadable(name, error);
    }
    return *std::move(newest);
  }
}

KeyRing rotate_data_key(Storage& storage, const KeyRing& ring, const Secret& master, TimePoint now, Random& random) {
  constexpr int kAttempts = 5;
  const auto read = [&] { return read_ring(storage, master, ring.repository_id(), ring.format_sha256()); };
  std::optional<KeyRing> before, rotated;
  std::string own;
  for (int attempt = 1; own.empty(); ++attempt) {
    // Lists before reading: a listed ring with a higher generation than the one read does not open.
    const std::vector<FoundRing> listed = find_rings(storage, ring.repository_id());
    before = read();
    if (before->generation() != ring.generation()) rotated_by_another(ring_name(ring.repository_id(), ring.generation()));
    rotated = before->with_new_root(free_generation(listed, *before), now, random);
    try {
      own = put_ring(storage, *rotated, master, random);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::already_exists || attempt == kAttempts) throw;
    }
  }
  // Since the first listing, others may have rotated further and removed an object with the name of our ring. In that
  // case nobody ever used our ring as the newest.
  if (read().generation() > rotated->generation()) {
    remove_unless_locked(storage, own);
    rotated_by_another(own);
  }
  // A ring that does not open stays: it may hold keys that no other ring has, and may be restored from a copy.
  for (const FoundRing& found : find_rings(storage, ring.repository_id())) {
    if (found.generation < rotated->generation() && before->has(found.generation)) remove_unless_locked(storage, found.name);
  }
  return *std::move(rotated);
}

}  // namespace holdfast
