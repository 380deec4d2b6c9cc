#include <fmt/format.h>

#include <array>

#include "holdfast/error.hpp"
#include "holdfast/schedule.hpp"

namespace holdfast {

namespace {

template <class Policy, std::size_t count>
Policy policy_named(std::string_view what, std::string_view name, const std::array<Policy, count>& policies) {
  std::string names;
  for (const Policy policy : policies) {
    if (to_string(policy) == name) return policy;
    names += (names.empty() ? "" : ", ") + std::string(to_string(policy));
  }
  throw Error(ErrorCode::invalid_argument, fmt::format("{} '{}' is unknown; choose one of {}", what, name, names));
}

}  // namespace

std::string_view to_string(CatchUp catch_up) noexcept { return catch_up == CatchUp::none ? "none" : "once"; }
CatchUp parse_catch_up(std::string_view name) { return policy_named("catch_up", name, std::array{CatchUp::none, CatchUp::once}); }

std::string_view to_string(Overlap overlap) noexcept {
  switch (overlap) {
    case Overlap::skip: return "skip";
    case Overlap::queue: return "queue";
    case Overlap::allow: break;
  }
  return "allow";
}
Overlap parse_overlap(std::string_view name) {
  return policy_named("overlap", name, std::array{Overlap::skip, Overlap::queue, Overlap::allow});
}

}  // namespace holdfast
