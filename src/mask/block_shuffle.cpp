#include "mask/block_shuffle.hpp"

#include <algorithm>
#include <utility>

namespace holdfast::masking {

BlockShuffle::BlockShuffle(const Secret& key, std::span<const Rule* const> rules) {
  for (const Rule* rule : rules) {
    hashes_.push_back(std::make_unique<KeyedHash>(key, "shuffle/" + rule->scope));
    block_ = std::max(block_, rule->number);
  }
}

void BlockShuffle::add_value(std::size_t column, std::string_view value, bool null) {
  current_.list.push_back({column, current_.text.size(), current_.values.size(), value.size(), null});
  current_.values += value;
}

void BlockShuffle::end_row(std::string& out) {
  if (++current_.rows < block_) return;
  write(previous_, out);
  std::swap(previous_, current_);
}

void BlockShuffle::finish(std::string& out) {
  for (Value value : current_.list) {
    value.place += previous_.text.size();
    value.begin += previous_.values.size();
    previous_.list.push_back(value);
  }
  previous_.text += current_.text;
  previous_.values += current_.values;
  current_ = {};
  write(previous_, out);
}

// Empties the block.
void BlockShuffle::write(Block& block, std::string& out) {
  for (std::size_t column = 0; column < hashes_.size(); ++column) exchange(block, column);
  const std::string_view text = block.text;
  std::size_t copied = 0;
  for (const Value& value : block.list) {
    out += text.substr(copied, value.place - copied);
    out.append(block.values, value.begin, value.size);
    copied = value.place;
  }
  out += text.substr(copied);
  block.text.clear();
  block.values.clear();
  block.list.clear();
  block.rows = 0;
}

// Sattolo's algorithm gives one circle of all values, so that none keeps its place.
void BlockShuffle::exchange(Block& block, std::size_t column) {
  std::vector<std::size_t> places;
  std::string seed;
  for (std::size_t at = 0; at < block.list.size(); ++at) {
    const Value& value = block.list[at];
    if (value.column != column || value.null) continue;
    places.push_back(at);
    seed.append(block.values, value.begin, value.size) += '\n';
  }
  KeyedHash& hash = *hashes_[column];
  seed = std::string(as_text(hash.of(seed)));
  for (std::size_t left = places.size(); left > 1; --left) {
    Value& one = block.list[places[left - 1]];
    Value& other = block.list[places[hash.number_of(seed + std::to_string(left)) % (left - 1)]];
    std::swap(one.begin, other.begin);
    std::swap(one.size, other.size);
  }
}

}  // namespace holdfast::masking
