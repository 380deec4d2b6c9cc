#include "mask/block_shuffle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace holdfast;
using namespace holdfast::masking;

namespace {

const Secret kShuffleKey(std::string_view("0123456789abcdef"));

// Shuffles both values of each row; "" is a null, as the caller writes it.
std::vector<std::string> shuffled(const std::vector<std::pair<std::string, std::string>>& rows, std::uint64_t block,
                                  const Secret& key = kShuffleKey) {
  const Rule one{.kind = RuleKind::shuffle, .number = block}, two{.kind = RuleKind::shuffle, .scope = "two", .number = block};
  const std::vector<const Rule*> rules{&one, &two};
  BlockShuffle shuffle(key, rules);
  std::string out;
  for (std::size_t at = 0; at < rows.size(); ++at) {
    shuffle.add_text(std::to_string(at) + "<");
    shuffle.add_value(0, rows[at].first.empty() ? "NULL" : rows[at].first, rows[at].first.empty());
    shuffle.add_text("|");
    shuffle.add_value(1, rows[at].second, false);
    shuffle.add_text(">\n");
    shuffle.end_row(out);
  }
  shuffle.finish(out);
  std::vector<std::string> lines;
  for (std::size_t begin = 0, end = 0; (end = out.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(out.substr(begin, end - begin));
  return lines;
}

std::string between(const std::string& line, char from, char to) {
  const std::size_t begin = line.find(from) + 1;
  return line.substr(begin, line.find(to) - begin);
}

}  // namespace

TEST_CASE("block shuffle: each value moves to another row of its block, and all else stays") {
  constexpr std::size_t kBlock = 10;
  for (const std::size_t rows : {0U, 2U, 9U, 10U, 11U, 20U, 21U, 57U}) {
    std::vector<std::pair<std::string, std::string>> table;
    for (std::size_t at = 0; at < rows; ++at)
      table.emplace_back("a" + std::to_string(at), "b" + std::string(at % 7, 'x') + std::to_string(at));
    const std::vector<std::string> lines = shuffled(table, kBlock);
    REQUIRE(lines.size() == rows);
    std::vector<std::string> values;
    for (std::size_t at = 0; at < rows; ++at) {
      CHECK(lines[at].starts_with(std::to_string(at) + "<"));
      const std::string one = between(lines[at], '<', '|'), two = between(lines[at], '|', '>');
      CHECK(one != table[at].first);
      CHECK(two != table[at].second);
      const std::size_t from = std::stoul(one.substr(1));
      CHECK((from / kBlock == at / kBlock || at + 2 * kBlock > rows));
      values.push_back(one);
    }
    std::ranges::sort(values);
    CHECK(std::unique(values.begin(), values.end()) == values.end());
  }
}

TEST_CASE("block shuffle: nulls stay in their rows, and a value without others stays") {
  const std::vector<std::string> lines = shuffled({{"", "1"}, {"a", "2"}, {"", "3"}, {"b", "4"}}, 10);
  CHECK(between(lines[0], '<', '|') == "NULL");
  CHECK(between(lines[1], '<', '|') == "b");
  CHECK(between(lines[2], '<', '|') == "NULL");
  CHECK(between(lines[3], '<', '|') == "a");
  CHECK(shuffled({{"a", "b"}}, 10) == std::vector<std::string>{"0<a|b>"});
}

TEST_CASE("block shuffle: a key and rows give one order, another key or scope another") {
  std::vector<std::pair<std::string, std::string>> rows;
  for (int at = 0; at < 50; ++at) rows.emplace_back("v" + std::to_string(at), "v" + std::to_string(at));
  const auto lines = shuffled(rows, 50);
  CHECK(lines == shuffled(rows, 50));
  CHECK(lines != shuffled(rows, 50, Secret(std::string_view("another key of 24 bytes."))));
  const auto alike = [](const std::string& line) { return between(line, '<', '|') == between(line, '|', '>'); };
  CHECK(std::ranges::count_if(lines, alike) < 25);
}
