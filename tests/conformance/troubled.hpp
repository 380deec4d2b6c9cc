#pragma once

#include <memory>
#include <utility>

#include "holdfast/retrying.hpp"
#include "storage/decorators/faulty.hpp"

namespace holdfast::testing {

inline RetryPolicy without_waiting() {
  RetryPolicy policy;
  policy.wait = [](std::chrono::milliseconds) {};
  return policy;
}

/// Every third call of each kind fails with a retryable error, half of them after their effect.
inline std::shared_ptr<Storage> troubled(std::shared_ptr<Storage> inner) {
  using Op = StorageOperation;
  FaultPlan plan;
  for (const auto operation : {Op::put, Op::commit, Op::stat, Op::list, Op::remove, Op::read})
    for (std::uint64_t nth = 2; nth < 400; nth += 3) {
      const auto effect = nth % 2 == 0 && operation != Op::read && operation != Op::commit ? FaultEffect::ghost : FaultEffect::fail;
      plan.rules.push_back(
          {.operation = operation, .nth = nth, .effect = effect, .code = ErrorCode::network, .retryable = true, .call = {}});
    }
  return faulty_storage(std::move(inner), std::move(plan));
}

inline std::shared_ptr<Storage> retried_in_trouble(std::shared_ptr<Storage> inner) {
  return retrying_storage(troubled(std::move(inner)), without_waiting());
}

}  // namespace holdfast::testing
