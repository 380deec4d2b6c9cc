#include "job_input.hpp"

#include <fmt/format.h>

#include "holdfast/error.hpp"
#include "text_file.hpp"

namespace holdfast::cli {

CheckedFile read_job_file(const std::string& name) {
  CheckedFile checked{.name = name, .file = {}, .faults = {}};
  checked.file = parse_job_file(read_text_file(name, "job"), checked.faults);
  return checked;
}

JobFile good_job_file(const std::string& name) {
  CheckedFile checked = read_job_file(name);
  if (checked.faults.empty()) return std::move(checked.file);
  const JobFault& first = checked.faults.front();
  throw Error(ErrorCode::invalid_argument, fmt::format("{}:{}:{}: {}; `holdfast job check` names all faults ({})", name, first.place.line,
                                                       first.place.column, first.what, checked.faults.size()));
}

}  // namespace holdfast::cli
