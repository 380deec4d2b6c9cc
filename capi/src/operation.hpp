#pragma once

#include <optional>
#include <stop_token>

#include "holdfast/audit.hpp"
#include "holdfast/context.hpp"
#include "options.hpp"

namespace holdfast::capi {

/// The context of one call, job or backup writer, made from the host's options, and everything that it borrows.
class Operation {
 public:
  explicit Operation(const OptionSet& options);
  explicit Operation(const holdfast_options* options) : Operation(options_of(options)) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  void cancel() noexcept { stop_.request_stop(); }

  Context context;

 private:
  struct Forward {
    std::stop_source target;
    void operator()() noexcept { target.request_stop(); }
  };
  std::stop_source stop_;
  std::shared_ptr<const Clock> clock_;
  std::shared_ptr<AuditSigner> audit_signer_;
  std::optional<std::stop_callback<Forward>> from_token_;
};

}  // namespace holdfast::capi
