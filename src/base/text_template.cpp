#include "base/text_template.hpp"

#include <algorithm>

#include "holdfast/error.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kOpen = "{{", kClose = "}}";

std::string_view trimmed(std::string_view name) {
  while (name.starts_with(' ')) name.remove_prefix(1);
  while (name.ends_with(' ')) name.remove_suffix(1);
  return name;
}

}  // namespace

TextTemplate::TextTemplate(std::string_view text, const std::string& what, const std::function<bool(std::string_view)>& known,
                           const std::string& names) {
  while (!text.empty()) {
    const std::size_t open = std::min(text.find(kOpen), text.size());
    if (open != 0) parts_.push_back({std::string(text.substr(0, open)), false});
    text.remove_prefix(open);
    if (text.empty()) return;
    const std::size_t close = text.find(kClose);
    if (close == std::string_view::npos)
      throw Error(ErrorCode::invalid_argument, what + " has a {{ without }}: write {{name}}, with one of " + names);
    const std::string_view name = trimmed(text.substr(kOpen.size(), close - kOpen.size()));
    if (!known(name))
      throw Error(ErrorCode::invalid_argument, what + " has an unknown name, {{" + std::string(name) + "}}: use one of " + names);
    parts_.push_back({std::string(name), true});
    text.remove_prefix(close + kClose.size());
  }
}

std::string TextTemplate::render(const Values& values, const std::function<std::string(std::string_view)>& escape) const {
  std::string result;
  for (const Part& part : parts_) {
    const auto found = part.name ? values.find(part.text) : values.end();
    if (!part.name) result += part.text;
    if (found != values.end()) result += escape(found->second);
  }
  return result;
}

std::string TextTemplate::render(const Values& values) const {
  return render(values, [](std::string_view value) { return std::string(value); });
}

}  // namespace holdfast
