#include <pybind11/stl.h>

#include "convert.hpp"
#include "holdfast/audit.hpp"
#include "notify.hpp"
#include "python_storage.hpp"
#include "repository_handle.hpp"

namespace holdfast::python {

namespace {

std::string policy(const RepositoryHandle& self, Operation& operation) {
  return to_string(self.run(operation, [](Repository& repository, Context& context) { return audit_policy(repository, context); }));
}

void set_policy(const RepositoryHandle& self, Operation& operation, const std::string& text) {
  const AuditPolicy wanted = parse_audit_policy(text);
  self.run(operation, [&](Repository& repository, Context& context) { set_audit_policy(repository, wanted, context); });
}

std::string exported(const RepositoryHandle& self, Operation& operation, const std::string& format) {
  const AuditFormat wanted = parse_audit_format(format);
  return self.run(operation, [&](Repository& repository, Context& context) {
    Bytes text;
    export_audit(audit_records(repository, context), wanted, *memory_writer(text));
    return std::string(as_text(text));
  });
}

/// Returns the report as JSON.
std::string verified(const RepositoryHandle& self, Operation& operation, const std::string& anchor, const std::string& public_key) {
  const AuditCheckOptions options{.anchor = anchor, .public_key = public_key};
  return to_json(self.run(operation, [&](Repository& repository, Context& context) { return verify_audit(repository, options, context); }));
}

std::string anchored(const RepositoryHandle& self, Operation& operation) {
  return self.run(operation, [](Repository& repository, Context& context) { return make_audit_anchor(repository, context); });
}

std::string send_anchor(const RepositoryHandle& self, Operation& operation, const py::handle& given) {
  const Channel channel = channel_from(given);
  return self.run(operation, [&](Repository& repository, Context& context) { return send_audit_anchor(repository, channel, context); });
}

std::string put_anchor(const RepositoryHandle& self, Operation& operation, const py::object& given) {
  const AnyStorage storage = storage_from(given);
  operation.watch(storage.failures);
  return self.run(operation,
                  [&](Repository& repository, Context& context) { return put_audit_anchor(repository, *storage.storage, context); });
}

std::string read_anchors(const RepositoryHandle& self, Operation& operation, const py::object& given) {
  const AnyStorage storage = storage_from(given);
  operation.watch(storage.failures);
  return self.run(operation,
                  [&](Repository& repository, Context& context) { return read_audit_anchors(repository, *storage.storage, context); });
}

std::uint64_t expired(const RepositoryHandle& self, Operation& operation, const py::handle& before) {
  const TimePoint time = time_from(before);
  return self.run(operation, [&](Repository& repository, Context& context) { return expire_audit(repository, time, context); });
}

}  // namespace

void bind_audit(py::module_& module) {
  module.def("audit_policy", &policy, py::arg("repository"), py::arg("operation"));
  module.def("set_audit_policy", &set_policy, py::arg("repository"), py::arg("operation"), py::arg("policy"));
  module.def("export_audit", &exported, py::arg("repository"), py::arg("operation"), py::arg("format"));
  module.def("verify_audit", &verified, py::arg("repository"), py::arg("operation"), py::arg("anchor"), py::arg("public_key"));
  module.def("audit_anchor", &anchored, py::arg("repository"), py::arg("operation"));
  module.def("send_audit_anchor", &send_anchor, py::arg("repository"), py::arg("operation"), py::arg("channel"));
  module.def("put_audit_anchor", &put_anchor, py::arg("repository"), py::arg("operation"), py::arg("storage"));
  module.def("read_audit_anchors", &read_anchors, py::arg("repository"), py::arg("operation"), py::arg("storage"));
  module.def("expire_audit", &expired, py::arg("repository"), py::arg("operation"), py::arg("before"));
}

}  // namespace holdfast::python
