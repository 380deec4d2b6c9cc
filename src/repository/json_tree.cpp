#include "repository/json_tree.hpp"

#include <utility>
#include <vector>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 64;

// Moves everything out of a value. Destroying an empty list or object allocates nothing.
void take_apart(json& value) noexcept {
  if (auto* list = value.get_ptr<json::array_t*>()) {
    for (json& item : *list) take_apart(item);
    list->clear();
  } else if (auto* map = value.get_ptr<json::object_t*>()) {
    for (auto& [name, member] : *map) take_apart(member);
    map->clear();
  }
}

// Puts each value into `root` as soon as it begins, so that no value with contents is ever outside of `root`.
class TreeBuilder final : public nlohmann::json_sax<json> {
 public:
  TreeBuilder(json& root, const std::string& object) : root_(root), object_(object) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(json::number_integer_t value) override { return put(value); }
  bool number_unsigned(json::number_unsigned_t value) override { return put(value); }
  bool number_float(json::number_float_t value, const std::string&) override { return put(value); }
  bool string(std::string& value) override { return put(std::move(value)); }
  bool binary(json::binary_t&) override { return false; }  // JSON has no binary values

  bool start_object(std::size_t) override { return open(json::value_t::object); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(json::value_t::array); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    const auto [member, is_new] = open_.back()->get_ref<json::object_t&>().try_emplace(std::move(name));
    if (!is_new) fail("its JSON names a member twice");
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const json::exception&) override { fail("is not valid JSON"); }

 private:
  [[noreturn]] void fail(const char* why) const { throw Error(ErrorCode::corrupt, object_ + ": " + why); }

  // Returns the place of the next value.
  json& next() {
    if (open_.size() > kMaxDepth) fail("its JSON is nested too deeply");
    if (open_.empty()) return root_;
    if (open_.back()->is_object()) return *member_;
    return open_.back()->get_ref<json::array_t&>().emplace_back();
  }

  bool put(json value) {
    next() = std::move(value);
    return true;
  }

  bool open(json::value_t type) {
    json& value = next();
    value = json(type);
    open_.push_back(&value);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  json& root_;
  const std::string& object_;
  std::vector<json*> open_;  // open lists and objects, outermost first
  json* member_ = nullptr;   // in the innermost open object: the member whose value comes next
};

}  // namespace

JsonTree::~JsonTree() { take_apart(root_); }

JsonTree parse_json(std::string_view text, const std::string& object) {
  JsonTree tree;
  TreeBuilder builder(tree.root_, object);
  json::sax_parse(text, &builder);
  return tree;
}

}  // namespace holdfast
