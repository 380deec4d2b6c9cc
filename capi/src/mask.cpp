#include "holdfast_mask.h"

#include "handles.hpp"
#include "job.hpp"
#include "options.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

// Runs a call about one source of a backup.
template <class Body>
holdfast_status on_source(holdfast_repository* repository, const char* backup, const holdfast_options* options, holdfast_error** err,
                          Body&& body) {
  return guard("repository", err, [&] {
    const auto core = required(repository, "repository").core;
    const std::string name = required_text(backup, "backup");
    const OptionSet set = options_of(options);
    Operation operation(set);
    const BackupId id = resolve(core->repository, name, operation.context);
    const auto manifest = core->repository.manifest(id, operation.context);
    body(core->repository, id, source_index(manifest->sources, set.text("mask.source")), set, operation.context);
  });
}

const Fault* fault(const holdfast_mask_check* check, size_t index) {
  return check == nullptr || index >= check->check.faults.size() ? nullptr : &check->check.faults[index];
}

const MaskedColumn* column(const holdfast_mask_check* check, size_t index) {
  return check == nullptr || index >= check->check.columns.size() ? nullptr : &check->check.columns[index];
}

}  // namespace

holdfast_status holdfast_repository_check_mask(holdfast_mask_check** out, holdfast_repository* repository, const char* backup,
                                               const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return on_source(repository, backup, options, err,
                   [&](const Repository& opened, const BackupId& id, std::uint32_t source, const OptionSet& set, Context& context) {
                     Out result(out);
                     result.make(opened.check_mask(id, source, checked_mask(set), context));
                   });
}

holdfast_status holdfast_repository_suggest_mask(char** out, holdfast_repository* repository, const char* backup,
                                                 const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return on_source(repository, backup, options, err,
                   [&](const Repository& opened, const BackupId& id, std::uint32_t source, const OptionSet&, Context& context) {
                     required(out, "out");
                     *out = copy_text(opened.suggest_mask(id, source, context));
                   });
}

int32_t holdfast_mask_check_ok(const holdfast_mask_check* check) { return check != nullptr && check->check.ok() ? 1 : 0; }
uint64_t holdfast_mask_check_tables(const holdfast_mask_check* check) { return check == nullptr ? 0 : check->check.tables; }
size_t holdfast_mask_check_fault_count(const holdfast_mask_check* check) { return check == nullptr ? 0 : check->check.faults.size(); }
const char* holdfast_mask_check_fault_object(const holdfast_mask_check* check, size_t index) {
  const Fault* found = fault(check, index);
  return found == nullptr ? nullptr : found->object.c_str();
}
const char* holdfast_mask_check_fault_text(const holdfast_mask_check* check, size_t index) {
  const Fault* found = fault(check, index);
  return found == nullptr ? nullptr : found->what.c_str();
}
size_t holdfast_mask_check_column_count(const holdfast_mask_check* check) { return check == nullptr ? 0 : check->check.columns.size(); }
const char* holdfast_mask_check_column_table(const holdfast_mask_check* check, size_t index) {
  const MaskedColumn* found = column(check, index);
  return found == nullptr ? nullptr : found->table.c_str();
}
const char* holdfast_mask_check_column_name(const holdfast_mask_check* check, size_t index) {
  const MaskedColumn* found = column(check, index);
  return found == nullptr ? nullptr : found->column.c_str();
}
const char* holdfast_mask_check_column_rule(const holdfast_mask_check* check, size_t index) {
  const MaskedColumn* found = column(check, index);
  return found == nullptr ? nullptr : found->rule.c_str();
}
void holdfast_mask_check_free(holdfast_mask_check* check) { delete check; }
