#include "holdfast/audit.hpp"

#include "handles.hpp"
#include "holdfast/notify.hpp"
#include "holdfast_audit.h"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

template <class Body>
holdfast_status with_audit(holdfast_repository* repository, const holdfast_options* options, holdfast_error** err, Body&& body) {
  return guard("audit", err, [&] {
    const auto core = required(repository, "repository").core;
    Operation operation(options == nullptr ? core->caller : options_of(options));
    body(core->repository, operation.context);
  });
}

/// Returns a body that gives the host the text that `make` returns, unless it does not want it.
template <class Make>
auto giving(char** out, Make make) {
  return [out, make](Repository& opened, Context& context) {
    const std::string text = make(opened, context);
    if (out != nullptr) *out = copy_text(text);
  };
}

}  // namespace

holdfast_status holdfast_audit_policy(char** out, holdfast_repository* repository, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return with_audit(repository, options, err, [&](Repository& opened, Context& context) {
    required(out, "out");
    *out = copy_text(to_string(audit_policy(opened, context)));
  });
}

holdfast_status holdfast_audit_set_policy(holdfast_repository* repository, const char* policy, const holdfast_options* options,
                                          holdfast_error** err) {
  return with_audit(repository, options, err, [&](Repository& opened, Context& context) {
    set_audit_policy(opened, parse_audit_policy(required_text(policy, "policy")), context);
  });
}

holdfast_status holdfast_audit_export(char** out, holdfast_repository* repository, const char* format, const holdfast_options* options,
                                      holdfast_error** err) {
  clear(out);
  return with_audit(repository, options, err, [&](Repository& opened, Context& context) {
    required(out, "out");
    const AuditFormat wanted = parse_audit_format(required_text(format, "format"));
    Bytes text;
    export_audit(audit_records(opened, context), wanted, *memory_writer(text));
    *out = copy_text(as_text(text));
  });
}

holdfast_status holdfast_audit_verify(int32_t* ok, char** report, holdfast_repository* repository, const char* anchor,
                                      const char* public_key, const holdfast_options* options, holdfast_error** err) {
  clear(report);
  return with_audit(repository, options, err, [&](Repository& opened, Context& context) {
    if (ok != nullptr) *ok = 0;
    const AuditCheckOptions check{.anchor = text_or_empty(anchor, "anchor"), .public_key = text_or_empty(public_key, "public_key")};
    const AuditReport checked = verify_audit(opened, check, context);
    if (report != nullptr) *report = copy_text(to_json(checked));
    if (ok != nullptr) *ok = checked.ok() ? 1 : 0;
  });
}

holdfast_status holdfast_audit_anchor(char** out, holdfast_repository* repository, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return with_audit(repository, options, err, giving(out, [&](Repository& opened, Context& context) {
                      required(out, "out");
                      return make_audit_anchor(opened, context);
                    }));
}

holdfast_status holdfast_audit_send_anchor(char** out, holdfast_repository* repository, const char* kind, const holdfast_options* options,
                                           holdfast_error** err) {
  clear(out);
  return with_audit(repository, options, err, giving(out, [&](Repository& opened, Context& context) {
                      const Channel channel = parse_channel("audit", required_text(kind, "kind"), options_of(options).family("channel."));
                      return send_audit_anchor(opened, channel, context);
                    }));
}

holdfast_status holdfast_audit_put_anchor(char** out, holdfast_repository* repository, holdfast_storage* storage,
                                          const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return with_audit(repository, options, err, giving(out, [&](Repository& opened, Context& context) {
                      return put_audit_anchor(opened, *required(storage, "storage").storage, context);
                    }));
}

holdfast_status holdfast_audit_read_anchors(char** out, holdfast_repository* repository, holdfast_storage* storage,
                                            const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return with_audit(repository, options, err, giving(out, [&](Repository& opened, Context& context) {
                      required(out, "out");
                      return read_audit_anchors(opened, *required(storage, "storage").storage, context);
                    }));
}

holdfast_status holdfast_audit_expire(uint64_t* removed, holdfast_repository* repository, int64_t before, const holdfast_options* options,
                                      holdfast_error** err) {
  return with_audit(repository, options, err, [&](Repository& opened, Context& context) {
    if (removed != nullptr) *removed = 0;
    const std::uint64_t count = expire_audit(opened, TimePoint(std::chrono::microseconds(before)), context);
    if (removed != nullptr) *removed = count;
  });
}
