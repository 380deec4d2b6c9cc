#include "fuzz/mutate.hpp"

#include <algorithm>
#include <array>

#include "base/hex.hpp"

namespace holdfast::fuzz {

namespace {

constexpr std::size_t kMaxInput = 1U << 20;

// Unusual numbers of every width, and heads of CBOR items that promise more than follows.
const std::vector<Bytes>& hostile() {
  static const std::vector<Bytes> all = [] {
    std::vector<Bytes> bytes;
    for (const char* hex : {"00",
                            "01",
                            "7f",
                            "80",
                            "ff",
                            "0000",
                            "7fff",
                            "8000",
                            "ffff",
                            "00000000",
                            "00000001",
                            "00ffffff",
                            "00800000",
                            "00800001",
                            "7fffffff",
                            "80000000",
                            "ffffffff",
                            "0000000000000000",
                            "7fffffffffffffff",
                            "8000000000000000",
                            "ffffffffffffffff",
                            "0100000000000000",
                            "ffffffff00000000",
                            "1b7fffffffffffffff",
                            "1bffffffffffffffff",
                            "3b7fffffffffffffff",
                            "3bffffffffffffffff",
                            "5b0000000100000000",
                            "5bffffffffffffffff",
                            "7a7fffffff",
                            "7bffffffffffffffff",
                            "9a00ffffff",
                            "9b7fffffffffffffff",
                            "9bffffffffffffffff",
                            "ba00ffffff",
                            "bbffffffffffffffff",
                            "8181818181818181",
                            "a16161a16161a161",
                            "5f",
                            "7f",
                            "9f",
                            "bf",
                            "ff",
                            "f6",
                            "f4",
                            "f97e00",
                            "fb7ff0000000000000",
                            "c249ffffffffffffffffff",
                            "a0",
                            "80",
                            "40",
                            "60"}) {
      bytes.push_back(from_hex(hex));
    }
    for (const char* text :
         {"-1", "1e400", "18446744073709551616", "9223372036854775807", "null", "[[[[[[[[", "{\"a\":", "\\u0000", "\"\""}) {
      const ByteView view = as_bytes(text);
      bytes.emplace_back(view.begin(), view.end());
    }
    return bytes;
  }();
  return all;
}

class Change {
 public:
  Change(Bytes& bytes, const std::vector<Bytes>& corpus, test::SeededRandom& random) : bytes_(bytes), corpus_(corpus), random_(random) {}

  void one() {
    switch (random_.below(9)) {
      case 0: return flip();
      case 1: return overwrite(hostile()[random_.below(hostile().size())]);
      case 2: return insert(hostile()[random_.below(hostile().size())]);
      case 3: return cut();
      case 4: return repeat();
      case 5: return insert(part_of(corpus_[random_.below(corpus_.size())]));
      case 6: return overwrite(part_of(corpus_[random_.below(corpus_.size())]));
      case 7: return add();
      default: return bytes_.resize(random_.below(bytes_.size() + 1));
    }
  }

 private:
  std::size_t place() { return random_.below(bytes_.size() + 1); }
  Bytes::iterator at(std::size_t place) { return bytes_.begin() + static_cast<std::ptrdiff_t>(place); }
  // Mostly short lengths.
  std::size_t length(std::size_t most) { return std::min<std::size_t>(most, random_.below(std::size_t{2} << random_.below(12))); }

  void flip() {
    if (!bytes_.empty()) bytes_[random_.below(bytes_.size())] ^= static_cast<std::byte>(1U << random_.below(8));
  }
  void add() {
    if (bytes_.empty()) return;
    std::byte& one = bytes_[random_.below(bytes_.size())];
    one = static_cast<std::byte>(std::to_integer<unsigned>(one) + random_.below(33) - 16);
  }
  void overwrite(const Bytes& with) {
    const std::size_t from = place();
    std::copy_n(with.begin(), std::min(with.size(), bytes_.size() - from), at(from));
  }
  void insert(const Bytes& what) { bytes_.insert(at(place()), what.begin(), what.end()); }
  void cut() {
    const std::size_t from = place();
    bytes_.erase(at(from), at(from + length(bytes_.size() - from)));
  }
  void repeat() {
    const Bytes part = part_of(bytes_);
    for (std::uint64_t times = 1 + random_.below(random_.once_in(8) ? 200 : 3); times != 0; --times) insert(part);
  }
  Bytes part_of(const Bytes& whole) {
    const std::size_t from = random_.below(whole.size() + 1);
    const auto begin = whole.begin() + static_cast<std::ptrdiff_t>(from);
    return {begin, begin + static_cast<std::ptrdiff_t>(length(whole.size() - from))};
  }

  Bytes& bytes_;
  const std::vector<Bytes>& corpus_;
  test::SeededRandom& random_;
};

}  // namespace

Bytes mutate(const std::vector<Bytes>& corpus, test::SeededRandom& random) {
  Bytes bytes = corpus[random.below(corpus.size())];
  for (std::uint64_t changes = 1 + random.below(random.once_in(4) ? 12 : 3); changes != 0; --changes) Change(bytes, corpus, random).one();
  if (bytes.size() > kMaxInput) bytes.resize(kMaxInput);
  return bytes;
}

}  // namespace holdfast::fuzz
