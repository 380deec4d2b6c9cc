#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// A text with {{name}} in it, each replaced by a value. There is no logic in it, and a value is never read as a
/// template.
class TextTemplate {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;

  /// Throws Error{invalid_argument} for a "{{" without an end and for a name that `known` refuses. `what` names the
  /// template in errors, `names` the allowed names.
  TextTemplate(std::string_view text, const std::string& what, const std::function<bool(std::string_view)>& known,
               const std::string& names);

  /// Replaces each name by `escape` of its value; a missing one is empty.
  std::string render(const Values& values, const std::function<std::string(std::string_view)>& escape) const;
  std::string render(const Values& values) const;

 private:
  struct Part {
    std::string text;  ///< the name if it is one
    bool name = false;
  };
  std::vector<Part> parts_;
};

}  // namespace holdfast
