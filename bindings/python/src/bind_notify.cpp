#include <pybind11/stl.h>

#include "convert.hpp"
#include "holdfast/notify.hpp"
#include "notify.hpp"
#include "operation.hpp"

namespace holdfast::python {

namespace {

Outcome outcome_from(const std::string& name) {
  using enum Outcome;
  for (const Outcome outcome : {running, succeeded, warnings, faults, failed, cancelled})
    if (to_string(outcome) == name) return outcome;
  throw Error(ErrorCode::invalid_argument, "there is no outcome '" + name + "'");
}

std::optional<ErrorCode> error_from(const std::string& name) {
  for (std::int32_t code = 1; code <= static_cast<std::int32_t>(ErrorCode::internal); ++code)
    if (to_string(static_cast<ErrorCode>(code)) == name) return static_cast<ErrorCode>(code);
  return std::nullopt;
}

}  // namespace

OperationRecord record_from(const py::handle& record) {
  OperationRecord made;
  made.id = record.attr("id").cast<std::string>();
  made.operation = record.attr("operation").cast<std::string>();
  made.repository = record.attr("repository").cast<std::string>();
  made.repository_id = record.attr("repository_id").cast<std::string>();
  made.sources = record.attr("sources").cast<std::vector<std::string>>();
  made.series = record.attr("series").cast<std::string>();
  made.backups = record.attr("backups").cast<std::vector<std::string>>();
  made.where = record.attr("where").cast<std::string>();
  made.started = time_from(record.attr("started"));
  if (!record.attr("ended").is_none()) made.ended = time_from(record.attr("ended"));
  made.seconds = record.attr("seconds").cast<double>();
  made.outcome = outcome_from(record.attr("outcome").cast<std::string>());
  made.error = error_from(record.attr("error").cast<std::string>());
  made.message = record.attr("message").cast<std::string>();
  for (const auto& [name, count] : record.attr("counts").cast<std::map<std::string, std::uint64_t>>()) made.counts[name] = count;
  return made;
}

Channel channel_from(const py::handle& channel) {
  return parse_channel(channel.attr("name").cast<std::string>(), channel.attr("kind").cast<std::string>(),
                       channel.attr("options").cast<Options>());
}

namespace {

Notice notice_from(const py::handle& notice) {
  return {.kind = parse_notice_kind(notice.attr("kind").cast<std::string>()),
          .severity = parse_notice_severity(notice.attr("severity").cast<std::string>()),
          .series = notice.attr("series").cast<std::string>(),
          .time = time_from(notice.attr("time")),
          .title = notice.attr("title").cast<std::string>(),
          .message = notice.attr("message").cast<std::string>(),
          .facts = notice.attr("facts").attr("items")().cast<py::list>().cast<std::vector<std::pair<std::string, std::string>>>()};
}

py::object python_notice(const Notice& notice) {
  py::dict facts;
  for (const auto& [name, value] : notice.facts) facts[py::str(name)] = value;
  return py::module_::import("holdfast._notify")
      .attr("Notice")(py::arg("kind") = std::string(to_string(notice.kind)), py::arg("severity") = std::string(to_string(notice.severity)),
                      py::arg("series") = notice.series, py::arg("time") = to_python(notice.time), py::arg("title") = notice.title,
                      py::arg("message") = notice.message, py::arg("facts") = facts);
}

}  // namespace

py::tuple python_notices(const std::vector<Notice>& notices) {
  py::list made;
  for (const Notice& notice : notices) made.append(python_notice(notice));
  return py::tuple(made);
}

namespace {

py::object notice_for(const py::handle& record, const std::string& series, const std::optional<std::string>& previous) {
  const std::optional<Outcome> before = previous ? std::optional(outcome_from(*previous)) : std::nullopt;
  return python_notice(notice_of(record_from(record), series, before));
}

std::shared_ptr<Notifier> open_outbox(const std::string& outbox, const py::iterable& given) {
  std::vector<Channel> channels;
  for (const py::handle& channel : given) channels.push_back(channel_from(channel));
  return make_unlocked<Notifier>(outbox, std::move(channels));
}

std::size_t put(Notifier& self, Operation& operation, const py::handle& given) {
  const Notice notice = notice_from(given);
  return operation.run([&] { return self.put(notice, operation.context()); });
}

std::string deliver(Notifier& self, Operation& operation) {
  return operation.run([&] { return to_json(self.deliver(operation.context())); });
}

std::string status(Notifier& self, Operation& operation) {
  return operation.run([&] { return to_json(self.status(operation.context())); });
}

void send(Operation& operation, const py::handle& given_channel, const py::handle& given_notice) {
  const Channel channel = channel_from(given_channel);
  const Notice notice = notice_from(given_notice);
  operation.run([&] { send_notice(channel, notice, operation.context()); });
}

py::list kinds() {
  py::list found;
  for (const ChannelType& type : channel_types())
    found.append(py::make_tuple(std::string(to_string(type.kind)), type.help, to_tuple(type.options)));
  return found;
}

}  // namespace

void bind_notify(py::module_& module) {
  py::class_<Notifier, std::shared_ptr<Notifier>>(module, "NativeNotifier")
      .def(py::init(&open_outbox), py::arg("outbox"), py::arg("channels"))
      .def("put", &put, py::arg("operation"), py::arg("notice"))
      .def("deliver", &deliver, py::arg("operation"))
      .def("status", &status, py::arg("operation"));
  module.def("send_notice", &send, py::arg("operation"), py::arg("channel"), py::arg("notice"));
  module.def("notice_of", &notice_for, py::arg("record"), py::arg("series"), py::arg("previous"));
  module.def("channel_kinds", &kinds);
}

}  // namespace holdfast::python
