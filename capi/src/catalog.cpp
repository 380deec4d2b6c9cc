#include "holdfast/catalog.hpp"

#include "declared_options.hpp"
#include "give_text.hpp"
#include "holdfast_options.h"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

const char* type_word(std::int32_t type) {
  switch (type) {
    case HOLDFAST_TYPE_INTEGER: return "integer";
    case HOLDFAST_TYPE_BOOLEAN: return "boolean";
    case HOLDFAST_TYPE_BYTES: return "bytes";
    case HOLDFAST_TYPE_LIST: return "list";
    case HOLDFAST_TYPE_FAMILY: return "family";
    case HOLDFAST_TYPE_CHOICE: return "choice";
    default: return "string";
  }
}

// The keys of an options object, with the members that options of drivers have.
std::string keys_json() {
  std::vector<CatalogKey> keys;
  for (std::size_t index = 0; index < holdfast_option_count(); ++index) {
    const holdfast_option_info& info = *holdfast_option_at(index);
    keys.push_back({.option = {.name = info.name,
                               .default_value = info.default_value,
                               .help = info.help,
                               .minimum = info.minimum,
                               .maximum = info.maximum,
                               .choices = parted(info.choices),
                               .secret = info.is_secret != 0},
                    .type = type_word(info.type),
                    .unit = info.unit});
  }
  return to_json(keys);
}

}  // namespace

holdfast_status holdfast_catalog_to_json(char** out, const holdfast_options* options, holdfast_error** err) {
  return give_text(out, "catalog", err, [&] {
    Catalog catalog;
    catalog.drivers = drivers_of(options_of(options));
    std::string text = to_json(catalog);
    text.pop_back();  // the closing brace: the keys are one more member
    return text + ",\"options\":" + keys_json() + "}";
  });
}
