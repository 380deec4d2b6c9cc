// The options that drivers and storages declare, in the C form.

#include <string>
#include <vector>

#include "holdfast/catalog.hpp"
#include "holdfast_options.h"

namespace {

using holdfast::OptionSpec;
using holdfast::OptionType;

constexpr std::int32_t type_of(OptionType type) {
  switch (type) {
    case OptionType::integer: return HOLDFAST_TYPE_INTEGER;
    case OptionType::boolean: return HOLDFAST_TYPE_BOOLEAN;
    case OptionType::size: return HOLDFAST_TYPE_SIZE;
    case OptionType::duration: return HOLDFAST_TYPE_DURATION;
    case OptionType::choice: return HOLDFAST_TYPE_CHOICE;
    case OptionType::list: return HOLDFAST_TYPE_LIST;
    default: return HOLDFAST_TYPE_STRING;
  }
}

constexpr bool is_bounded(OptionType type) {
  return type == OptionType::integer || type == OptionType::size || type == OptionType::duration;
}

template <class Words>
std::string parted(const Words& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : "|") + std::string(word);
  return text;
}

// An option, and its texts that the C form points to.
struct DeclaredOption {
  OptionSpec spec;
  std::string choices, calls;

  explicit DeclaredOption(OptionSpec declared) : spec(std::move(declared)), choices(parted(spec.choices)) {
    std::vector<std::string_view> names;
    for (const holdfast::DriverCall call : spec.calls) names.push_back(to_string(call));
    calls = parted(names);
  }

  holdfast_option_info info() const {
    const bool bounded = is_bounded(spec.type);
    return {sizeof(holdfast_option_info),
            type_of(spec.type),
            spec.name.c_str(),
            spec.default_value.c_str(),
            spec.help.c_str(),
            bounded ? spec.minimum : 0,
            bounded ? spec.maximum : 0,
            spec.secret ? 1 : 0,
            choices.c_str(),
            calls.c_str(),
            holdfast::unit_of(spec.type).data()};  // views of literals, which end with NUL
  }
};

// A driver or a kind of storage.
struct Owner {
  std::string name, form;
  std::vector<std::string> schemes;
  std::vector<DeclaredOption> declared;
  std::vector<holdfast_option_info> options;
};

class Owners {
 public:
  void add(std::string name, std::string form, std::vector<std::string> schemes, const std::vector<OptionSpec>& specs) {
    Owner& owner = owners_.emplace_back(Owner{std::move(name), std::move(form), std::move(schemes), {}, {}});
    for (const OptionSpec& spec : specs) owner.declared.emplace_back(spec);
  }
  // Called after the last add(): the texts that the C form points to no longer move.
  void finish() {
    for (Owner& owner : owners_) {
      for (const DeclaredOption& option : owner.declared) owner.options.push_back(option.info());
    }
  }
  const Owner* at(std::size_t index) const noexcept { return index < owners_.size() ? &owners_[index] : nullptr; }

 private:
  std::vector<Owner> owners_;
};

Owners all_drivers() {
  Owners owners;
  const holdfast::DriverRegistry registry = holdfast::builtin_drivers();
  for (const auto& driver : registry.all()) owners.add(std::string(driver->name()), "", driver->schemes(), driver->options());
  owners.finish();
  return owners;
}

Owners all_storages() {
  Owners owners;
  for (const holdfast::StorageKind& kind : holdfast::storage_kinds()) owners.add(kind.scheme, kind.form, {}, kind.options);
  owners.finish();
  return owners;
}

template <Owners (*make)()>
const Owner* owner_at(std::size_t index) noexcept {
  try {
    static const Owners owners = make();
    return owners.at(index);
  } catch (...) {  // out of memory
    return nullptr;
  }
}

constexpr auto driver_at = owner_at<all_drivers>;
constexpr auto storage_at = owner_at<all_storages>;

size_t count_of(const Owner* (*at)(std::size_t)) noexcept {
  size_t count = 0;
  while (at(count) != nullptr) ++count;
  return count;
}

size_t option_count(const Owner* owner) noexcept { return owner == nullptr ? 0 : owner->options.size(); }

const holdfast_option_info* option_at(const Owner* owner, size_t index) noexcept {
  return index < option_count(owner) ? &owner->options[index] : nullptr;
}

}  // namespace

size_t holdfast_driver_count(void) { return count_of(driver_at); }
const char* holdfast_driver_name(size_t driver) {
  const Owner* found = driver_at(driver);
  return found == nullptr ? nullptr : found->name.c_str();
}
const char* holdfast_driver_scheme(size_t driver, size_t index) {
  const Owner* found = driver_at(driver);
  return found == nullptr || index >= found->schemes.size() ? nullptr : found->schemes[index].c_str();
}
size_t holdfast_driver_option_count(size_t driver) { return option_count(driver_at(driver)); }
const holdfast_option_info* holdfast_driver_option_at(size_t driver, size_t index) { return option_at(driver_at(driver), index); }

size_t holdfast_storage_kind_count(void) { return count_of(storage_at); }
const char* holdfast_storage_kind_scheme(size_t kind) {
  const Owner* found = storage_at(kind);
  return found == nullptr ? nullptr : found->name.c_str();
}
const char* holdfast_storage_kind_form(size_t kind) {
  const Owner* found = storage_at(kind);
  return found == nullptr ? nullptr : found->form.c_str();
}
size_t holdfast_storage_kind_option_count(size_t kind) { return option_count(storage_at(kind)); }
const holdfast_option_info* holdfast_storage_kind_option_at(size_t kind, size_t index) { return option_at(storage_at(kind), index); }
