#include "handles.hpp"
#include "holdfast/recovery_key.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

template <class Body>
holdfast_status with_keys(holdfast_repository* repository, holdfast_error** err, Body&& body) {
  return guard("keys", err, [&] {
    const auto core = required(repository, "repository").core;
    Operation operation(core->caller);
    body(core->repository, operation.context);
  });
}

}  // namespace

holdfast_status holdfast_key_list_new(holdfast_key_list** out, holdfast_repository* repository, holdfast_error** err) {
  clear(out);
  return with_keys(repository, err, [&](Repository& opened, Context&) {
    Out result(out);
    result.make(opened.keys());
  });
}

holdfast_status holdfast_key_add(char** id, holdfast_repository* repository, int32_t kind, const void* key, size_t length,
                                 holdfast_error** err) {
  clear(id);
  return with_keys(repository, err, [&](Repository& opened, Context& context) {
    const Key added = key_of(kind, {&required(static_cast<const std::byte*>(key), "key"), length});
    const std::string made = opened.add_key(added, context);
    if (id == nullptr) return;
    *id = copy_text(made);
  });
}

holdfast_status holdfast_key_remove(holdfast_repository* repository, const char* id, holdfast_error** err) {
  return with_keys(repository, err, [&](Repository& opened, Context& context) { opened.remove_key(required_text(id, "id"), context); });
}

holdfast_status holdfast_key_rotate(holdfast_repository* repository, holdfast_error** err) {
  return with_keys(repository, err, [&](Repository& opened, Context& context) { opened.rotate_data_key(context); });
}

holdfast_status holdfast_recovery_key_new(char** out, holdfast_error** err) {
  clear(out);
  return guard("keys", err, [&] {
    required(out, "out");
    *out = copy_text(as_text(make_recovery_key(system_random()).text.bytes()));
  });
}
