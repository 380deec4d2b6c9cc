#pragma once

#include <string>
#include <vector>

namespace holdfast {

class Context;
class Storage;

/// State of one prerequisite, as `doctor` shows it.
struct Finding {
  enum class State { ok, warning, missing } state = State::ok;
  std::string what;
  std::string detail;
};

/// Tests whether a storage keeps the contract: create-only names, listings that are complete at once, durability, a
/// clock close to ours, and the rights to put, read, list and remove. Removes its test objects, if it may remove.
std::vector<Finding> diagnose_storage(Storage& storage, Context& context);

}  // namespace holdfast
