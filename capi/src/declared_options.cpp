#include "declared_options.hpp"

#include <cstring>

#include "first_size.hpp"

namespace holdfast::capi {

std::vector<std::string> parted(const char* text) {
  std::vector<std::string> found;
  for (std::string_view rest = text == nullptr ? "" : text; !rest.empty();) {
    const std::size_t end = rest.find('|');
    found.emplace_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  }
  return found;
}

namespace {

OptionType type_named(std::int32_t type, const std::string& name) {
  switch (type) {
    case HOLDFAST_TYPE_STRING: return OptionType::string;
    case HOLDFAST_TYPE_INTEGER: return OptionType::integer;
    case HOLDFAST_TYPE_BOOLEAN: return OptionType::boolean;
    case HOLDFAST_TYPE_LIST: return OptionType::list;
    case HOLDFAST_TYPE_SIZE: return OptionType::size;
    case HOLDFAST_TYPE_DURATION: return OptionType::duration;
    case HOLDFAST_TYPE_CHOICE: return OptionType::choice;
    default: refuse("the declared option " + name + " has no type " + std::to_string(type));
  }
}

std::vector<DriverCall> calls_named(const char* text, const std::string& option) {
  std::vector<DriverCall> calls;
  for (const std::string& name : parted(text)) {
    try {
      calls.push_back(holdfast::parse_driver_call(name));
    } catch (const holdfast::Error& error) {
      throw error.with_context("the declared option " + option);
    }
  }
  if (calls.empty()) calls.assign(holdfast::kDriverCalls.begin(), holdfast::kDriverCalls.end());
  return calls;
}

OptionSpec spec_of(const holdfast_option_info& info) {
  const std::string name = required_text(info.name, "option.name");
  return {.name = name,
          .type = type_named(info.type, name),
          .default_value = text_or_empty(info.default_value, "option.default_value"),
          .help = text_or_empty(info.help, "option.help"),
          .calls = calls_named(info.calls, name),
          .minimum = info.minimum,
          .maximum = info.maximum == 0 ? std::numeric_limits<std::int64_t>::max() : info.maximum,
          .choices = parted(info.choices),
          .secret = info.is_secret != 0};
}

}  // namespace

std::vector<OptionSpec> declared_options(const holdfast_option_info* options, std::size_t count) {
  if (count == 0) return {};
  const std::size_t stride = required(options, "options").struct_size;  // the size of the struct in the host's version
  if (stride < kFirstSize<holdfast_option_info>) refuse_size("options", stride);
  std::vector<OptionSpec> specs;
  for (std::size_t index = 0; index < count; ++index) {
    holdfast_option_info info{};
    std::memcpy(&info, reinterpret_cast<const char*>(options) + index * stride, std::min(stride, sizeof info));
    specs.push_back(spec_of(info));
  }
  return specs;
}

}  // namespace holdfast::capi
