#include "handles.hpp"
#include "holdfast/finding.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

const Finding* finding(const holdfast_finding_list* list, size_t index) {
  return list == nullptr || index >= list->findings.size() ? nullptr : &list->findings[index];
}

}  // namespace

holdfast_status holdfast_storage_diagnose(holdfast_finding_list** out, holdfast_storage* storage, const holdfast_options* options,
                                          holdfast_error** err) {
  clear(out);
  return guard("storage", err, [&] {
    Out result(out);
    const auto asked = required(storage, "storage").storage;
    Operation operation(options);
    result.make(diagnose_storage(*asked, operation.context));
  });
}

holdfast_status holdfast_driver_diagnose(holdfast_finding_list** out, const char* driver, const char* uri, const holdfast_options* options,
                                         holdfast_error** err) {
  clear(out);
  return guard("driver", err, [&] {
    Out result(out);
    if (driver == nullptr && uri == nullptr) refuse("driver and uri are NULL: name one");
    const OptionSet set = options_of(options);
    const DriverRegistry drivers = drivers_of(set);
    const std::string place = text_or_empty(uri, "uri");
    const Driver& asked = driver == nullptr ? drivers.for_uri(place) : drivers.named(required_text(driver, "driver"));
    Operation operation(set);
    result.make(asked.diagnose(place, set.family("driver."), operation.context));
  });
}

size_t holdfast_finding_list_count(const holdfast_finding_list* list) { return list == nullptr ? 0 : list->findings.size(); }
int32_t holdfast_finding_list_state(const holdfast_finding_list* list, size_t index) {
  const Finding* found = finding(list, index);
  return found == nullptr ? -1 : static_cast<int32_t>(found->state);
}
const char* holdfast_finding_list_what(const holdfast_finding_list* list, size_t index) {
  const Finding* found = finding(list, index);
  return found == nullptr ? nullptr : found->what.c_str();
}
const char* holdfast_finding_list_detail(const holdfast_finding_list* list, size_t index) {
  const Finding* found = finding(list, index);
  return found == nullptr ? nullptr : found->detail.c_str();
}
void holdfast_finding_list_free(holdfast_finding_list* list) { delete list; }
