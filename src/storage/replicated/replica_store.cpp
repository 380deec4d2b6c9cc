#include "storage/replicated/replica_store.hpp"

#include <algorithm>
#include <utility>

#include "base/parallel.hpp"

namespace holdfast {

namespace {

using Index = ReplicaSet::Index;

enum class Took { created, exists, failed };

}  // namespace

void rethrow_if_ours(const Error& error) {
  if (error.code() == ErrorCode::cancelled || error.code() == ErrorCode::invalid_argument) throw error;
}

void on_each(const std::vector<Index>& copies, const std::function<void(std::size_t)>& work) {
  if (!copies.empty()) parallel_for(copies.size(), static_cast<unsigned>(copies.size()), work);
}

void confirm(ReplicaSet& set, std::string_view name, bool there, std::vector<Index> holders, std::uint64_t repairs_seen) {
  set.refresh();
  if (set.repairs_seen() != repairs_seen) {
    for (const Index holder : holders) {
      try {
        if (set.storage(holder).stat(name).has_value() != there) set.exclude_behind(holder, "it was repaired while it was written to");
      } catch (const Error& error) {
        rethrow_if_ours(error);
        set.exclude(holder, error);
      }
    }
  }
  const std::vector<Index> usable = set.usable();
  std::erase_if(holders, [&](Index holder) { return std::ranges::find(usable, holder) == usable.end(); });
  if (holders.size() < set.quorum()) throw set.too_few("can't change '" + std::string(name) + "'", holders.size());
  set.mark_others(holders);
}

PutResult store(ReplicaSet& set, std::string_view name, const std::vector<Index>& copies, const std::function<PutResult(Index)>& put) {
  const std::uint64_t repairs_seen = set.repairs_seen();
  const auto attempt = [&](Index copy) {
    try {
      return put(copy) == PutResult::created ? Took::created : Took::exists;
    } catch (const Error& error) {
      rethrow_if_ours(error);
      set.exclude(copy, error);
      return Took::failed;
    }
  };
  if (copies.size() < set.quorum()) throw set.too_few("can't store '" + std::string(name) + "'", copies.size());
  std::vector<Index> holders;
  std::size_t next = 0;
  while (next < copies.size() && holders.empty()) {
    const Took took = attempt(copies[next]);
    if (took == Took::exists) return PutResult::already_exists;
    if (took == Took::created) holders.push_back(copies[next]);
    ++next;
  }
  const std::vector<Index> rest(copies.begin() + static_cast<long>(next), copies.end());
  std::vector<Took> took(rest.size(), Took::failed);
  if (!holders.empty()) on_each(rest, [&](std::size_t at) { took[at] = attempt(rest[at]); });
  std::vector<Index> others;
  for (std::size_t at = 0; at < rest.size(); ++at) {
    if (took[at] == Took::created) holders.push_back(rest[at]);
    if (took[at] == Took::exists) others.push_back(rest[at]);
  }
  if (holders.size() < set.quorum()) {
    for (const Index holder : holders) {
      try {
        set.storage(holder).remove(name);
      } catch (const Error& error) {  // a remaining object was never reported as stored
        set.exclude(holder, error);
      }
    }
    if (!others.empty()) return PutResult::already_exists;
    throw set.too_few("can't store '" + std::string(name) + "'", holders.size());
  }
  for (const Index other : others) set.exclude_behind(other, "it holds another '" + std::string(name) + "'");
  confirm(set, name, true, std::move(holders), repairs_seen);
  return PutResult::created;
}

}  // namespace holdfast
