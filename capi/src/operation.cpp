#include "operation.hpp"

namespace holdfast::capi {

Operation::Operation(const OptionSet& options) : clock_(options.clock) {
  context.stop = stop_.get_token();
  if (clock_) context.host.clock = clock_.get();
  context.limits.jobs = static_cast<unsigned>(options.integer("limits.jobs"));
  context.limits.bandwidth_bytes_per_second = static_cast<std::uint64_t>(options.integer("limits.bandwidth"));
  context.limits.connect_timeout = std::chrono::seconds(options.integer("limits.connect_timeout"));
  context.limits.stall_timeout = std::chrono::seconds(options.integer("limits.stall_timeout"));
  context.limits.lock_timeout = std::chrono::seconds(options.integer("limits.lock_timeout"));
  for (const std::string& folder : options.list("process.program_path")) context.host.program_path.emplace_back(folder);
  context.host.pass_environment = options.list("process.pass_environment");
  context.host.temp_directory = options.text("process.temp_directory");
  context.host.principal = options.text("host.principal");
  const Secret* const key = options.secret("host.audit_key");
  if (key != nullptr && options.audit_signer) refuse("both host.audit_key and a signer are set: leave one out");
  audit_signer_ = key != nullptr ? ed25519_signer(*key) : options.audit_signer;
  context.host.audit_signer = audit_signer_.get();
  if (options.cancel) from_token_.emplace(options.cancel->get_token(), Forward{stop_});
}

}  // namespace holdfast::capi
