#include "storage/retry_count.hpp"

namespace holdfast {

std::uint64_t retries_of(const Storage& storage) noexcept {
  std::uint64_t retries = 0;
  for (const Storage* at = &storage; at != nullptr; at = at->inner()) {
    if (const auto* const counting = dynamic_cast<const CountsRetries*>(at)) retries += counting->retries();
  }
  return retries;
}

}  // namespace holdfast
