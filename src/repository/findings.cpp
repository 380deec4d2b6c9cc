#include "repository/findings.hpp"

#include <algorithm>

#include "repository/keys.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

bool is_finding(const Error& error) { return error.code() == ErrorCode::not_found || is_unreadable(error); }

void Findings::add(const std::string& object, std::string what) {
  if (what.starts_with(object + ": ")) what.erase(0, object.size() + 2);
  const std::lock_guard lock(mutex_);
  faults_.push_back({object, std::move(what)});
}

void Findings::count_bytes(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  report_.bytes += bytes;
}

void Findings::finish() {
  std::sort(faults_.begin(), faults_.end(), [](const Fault& a, const Fault& b) { return a.object < b.object; });
  report_.faults.insert(report_.faults.end(), faults_.begin(), faults_.end());
}

void check_slots(Storage& storage, const RepositoryInfo& info, Findings& findings) {
  std::size_t ours = 0;
  const auto names = list_slots(storage);
  for (const std::string& name : names) {
    findings.check(name, [&] {
      const Bytes slot = get_object(storage, name, kSlotSize);
      findings.count_bytes(slot.size());
      if (check_slot(slot, name, info.id) == SlotState::ours) ++ours;
    });
  }
  if (info.encrypted && ours == 0)
    findings.add("keys/", "no undamaged key slot is left: without a copy of one, nobody can open this repository again");
}

}  // namespace holdfast
