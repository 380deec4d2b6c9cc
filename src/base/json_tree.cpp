#include "base/json_tree.hpp"

#include <utility>
#include <vector>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

using JsonNode = nlohmann::json;

constexpr std::size_t kMaxJsonDepth = 64;

// Moves everything out of a value. Destroying an empty list or object allocates nothing.
void take_apart(JsonNode& value) noexcept {
  if (auto* list = value.get_ptr<JsonNode::array_t*>()) {
    for (JsonNode& item : *list) take_apart(item);
    list->clear();
  } else if (auto* map = value.get_ptr<JsonNode::object_t*>()) {
    for (auto& [name, member] : *map) take_apart(member);
    map->clear();
  }
}

// Puts each value into `root` as soon as it begins, so that no value with contents is ever outside of `root`.
class TreeBuilder final : public nlohmann::json_sax<JsonNode> {
 public:
  explicit TreeBuilder(JsonNode& root) : root_(root) {}

  /// Why the parser stopped.
  const char* failure() const noexcept { return failure_; }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(JsonNode::number_integer_t value) override { return put(value); }
  bool number_unsigned(JsonNode::number_unsigned_t value) override { return put(value); }
  bool number_float(JsonNode::number_float_t value, const std::string&) override { return put(value); }
  bool string(std::string& value) override { return put(std::move(value)); }
  bool binary(JsonNode::binary_t&) override { return fail("is not valid JSON"); }  // JSON has no binary values

  bool start_object(std::size_t) override { return open(JsonNode::value_t::object); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(JsonNode::value_t::array); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    const auto [member, is_new] = open_.back()->get_ref<JsonNode::object_t&>().try_emplace(std::move(name));
    if (!is_new) return fail("its JSON names a member twice");
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const JsonNode::exception&) override { return fail("is not valid JSON"); }

 private:
  bool fail(const char* why) {
    failure_ = why;
    return false;
  }

  // Returns the place of the next value.
  JsonNode& next() {
    if (open_.empty()) return root_;
    if (open_.back()->is_object()) return *member_;
    return open_.back()->get_ref<JsonNode::array_t&>().emplace_back();
  }

  bool put(JsonNode value) {
    if (open_.size() > kMaxJsonDepth) return fail("its JSON is nested too deeply");
    next() = std::move(value);
    return true;
  }

  bool open(JsonNode::value_t type) {
    if (open_.size() > kMaxJsonDepth) return fail("its JSON is nested too deeply");
    JsonNode& value = next();
    value = JsonNode(type);
    open_.push_back(&value);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  JsonNode& root_;
  const char* failure_ = nullptr;
  std::vector<JsonNode*> open_;  // open lists and objects, outermost first
  JsonNode* member_ = nullptr;   // in the innermost open object: the member whose value comes next
};

}  // namespace

JsonTree::~JsonTree() { take_apart(root_); }

const char* JsonTree::parse(std::string_view text) {
  TreeBuilder builder(root_);
  return JsonNode::sax_parse(text, &builder) ? nullptr : builder.failure();
}

JsonTree parse_json(std::string_view text, const std::string& object) {
  JsonTree tree;
  if (const char* failure = tree.parse(text)) throw Error(ErrorCode::corrupt, object + ": " + failure);
  return tree;
}

std::optional<JsonTree> try_parse_json(std::string_view text) {
  std::optional<JsonTree> tree(std::in_place);
  if (tree->parse(text) != nullptr) tree.reset();
  return tree;
}

std::optional<JsonTree> try_parse_json_object(std::string_view text) {
  std::optional<JsonTree> tree = try_parse_json(text);
  if (tree && !(*tree)->is_object()) tree.reset();
  return tree;
}

std::string text_of(const JsonNode& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get_ref<const std::string&>() : std::string();
}

}  // namespace holdfast
