#include <stdexcept>

#include "fuzz/target.hpp"

namespace holdfast::fuzz {

std::vector<FuzzTarget> all_targets() {
  std::vector<FuzzTarget> all;
  for (const auto& some :
       {packed_targets(), plain_targets(), stream_targets(), archive_targets(), files_targets(), outbox_targets(), audit_targets()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

FuzzTarget target_named(const std::string& name) {
  for (const FuzzTarget& target : all_targets()) {
    if (target.name == name) return target;
  }
  throw std::runtime_error("there is no fuzz target " + name);
}

}  // namespace holdfast::fuzz
