#include <algorithm>

#include "handles.hpp"
#include "holdfast/notify.hpp"
#include "holdfast_notify.h"
#include "notifier_handle.hpp"
#include "operation.hpp"
#include "options.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

constexpr const char* kDomain = "notify";

Notice notice_from(const holdfast_notice* given) {
  const holdfast_notice& notice = required(given, "notice");
  if (notice.struct_size < sizeof(holdfast_notice))
    refuse("notice: struct_size is " + std::to_string(notice.struct_size) + ", not sizeof of the struct");
  Notice made{.kind = parse_notice_kind(required_text(notice.event, "notice.event")),
              .severity = parse_notice_severity(required_text(notice.severity, "notice.severity")),
              .series = text_or_empty(notice.series, "notice.series"),
              .time = TimePoint(std::chrono::microseconds(notice.time)),
              .title = text_or_empty(notice.title, "notice.title"),
              .message = text_or_empty(notice.message, "notice.message"),
              .facts = {}};
  if (notice.fact_count != 0) required(notice.facts, "notice.facts");
  for (size_t i = 0; i < notice.fact_count; ++i)
    made.facts.emplace_back(required_text(notice.facts[2 * i], "a name in notice.facts"),
                            required_text(notice.facts[2 * i + 1], "a value in notice.facts"));
  return made;
}

template <class Call>
holdfast_status give_report(char** report_out, holdfast_notifier* notifier, const holdfast_options* options, holdfast_error** err,
                            const Call& call) {
  return guard(kDomain, err, [&] {
    char*& place = required(report_out, "report_out");
    place = nullptr;
    const std::shared_ptr<Notifier> current = required(notifier, "notifier").get();
    Operation operation(options);
    place = copy_text(to_json(call(*current, operation.context)));
  });
}

}  // namespace

holdfast_status holdfast_notifier_new(holdfast_notifier** out, const char* outbox, holdfast_error** err) {
  clear(out);
  return guard(kDomain, err, [&] {
    required(out, "out");
    *out = new holdfast_notifier(Notifier(required_text(outbox, "outbox"), {}));
  });
}

holdfast_status holdfast_notifier_add_channel(holdfast_notifier* notifier, const char* name, const char* kind,
                                              const holdfast_options* options, holdfast_error** err) {
  return guard(kDomain, err, [&] {
    required(notifier, "notifier")
        .add(parse_channel(required_text(name, "name"), required_text(kind, "kind"), options_of(options).family("channel.")));
  });
}

holdfast_status holdfast_notifier_put(size_t* takers_out, holdfast_notifier* notifier, const holdfast_notice* notice,
                                      const holdfast_options* options, holdfast_error** err) {
  return guard(kDomain, err, [&] {
    if (takers_out != nullptr) *takers_out = 0;
    const std::shared_ptr<Notifier> current = required(notifier, "notifier").get();
    const Operation operation(options);
    const std::size_t takers = current->put(notice_from(notice), operation.context);
    if (takers_out != nullptr) *takers_out = takers;
  });
}

holdfast_status holdfast_notifier_deliver(char** report_out, holdfast_notifier* notifier, const holdfast_options* options,
                                          holdfast_error** err) {
  return give_report(report_out, notifier, options, err,
                     [](Notifier& current, const Context& context) { return current.deliver(context); });
}

holdfast_status holdfast_notifier_status(char** report_out, holdfast_notifier* notifier, const holdfast_options* options,
                                         holdfast_error** err) {
  return give_report(report_out, notifier, options, err, [](Notifier& current, const Context& context) { return current.status(context); });
}

holdfast_status holdfast_notifier_send(holdfast_notifier* notifier, const char* channel, const holdfast_notice* notice,
                                       const holdfast_options* options, holdfast_error** err) {
  return guard(kDomain, err, [&] {
    const std::shared_ptr<Notifier> current = required(notifier, "notifier").get();
    const std::string name = required_text(channel, "channel");
    const auto found = std::ranges::find(current->channels(), name, &Channel::name);
    if (found == current->channels().end()) throw Error(ErrorCode::not_found, "there is no channel " + name + ": add it first");
    const Operation operation(options);
    send_notice(*found, notice_from(notice), operation.context);
  });
}

void holdfast_notifier_free(holdfast_notifier* notifier) { delete notifier; }
