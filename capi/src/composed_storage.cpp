#include "handles.hpp"
#include "holdfast/cached.hpp"
#include "holdfast/quota.hpp"
#include "holdfast/read_only.hpp"
#include "holdfast/replicated.hpp"
#include "holdfast/retrying.hpp"
#include "holdfast/throttled.hpp"
#include "holdfast/tiered.hpp"
#include "operation.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

std::shared_ptr<Storage> storage_of(holdfast_storage* handle, const char* name) { return required(handle, name).storage; }

std::stop_token stop_of(const OptionSet& options) { return options.cancel ? options.cancel->get_token() : std::stop_token(); }

// `make(options)` creates the storage.
template <class Compose>
holdfast_status compose(holdfast_storage** out, const holdfast_options* options, holdfast_error** err, Compose&& make) {
  return guard("storage", err, [&] {
    Out result(out);
    std::shared_ptr<Storage> storage = make(options_of(options));
    std::string shown = storage->uri();
    result.make(std::move(storage), std::move(shown));
  });
}

using QuotaWarning = HostCallback<holdfast_quota_callback>;

std::uint64_t bytes(const OptionSet& options, const std::string& key) { return static_cast<std::uint64_t>(options.integer(key)); }

}  // namespace

holdfast_status holdfast_storage_retrying(holdfast_storage** out, holdfast_storage* inner, const holdfast_options* options,
                                          holdfast_error** err) {
  clear(out);
  return compose(out, options, err, [&](const OptionSet& set) {
    RetryPolicy policy;
    policy.first_delay = std::chrono::milliseconds(set.integer("retry.first_delay"));
    policy.longest_delay = std::chrono::milliseconds(set.integer("retry.longest_delay"));
    policy.deadline = std::chrono::milliseconds(set.integer("retry.deadline"));
    policy.replay_bytes = bytes(set, "retry.replay_bytes");
    policy.stop = stop_of(set);
    return retrying_storage(storage_of(inner, "inner"), policy);
  });
}

holdfast_status holdfast_storage_throttled(holdfast_storage** out, holdfast_storage* inner, const holdfast_options* options,
                                           holdfast_error** err) {
  clear(out);
  return compose(out, options, err, [&](const OptionSet& set) {
    const Bandwidth bandwidth{.up = bytes(set, "throttle.up"), .down = bytes(set, "throttle.down")};
    return throttled_storage(storage_of(inner, "inner"), bandwidth, stop_of(set));
  });
}

holdfast_status holdfast_storage_cached(holdfast_storage** out, holdfast_storage* inner, holdfast_storage* cache, const char* prefix,
                                        holdfast_error** err) {
  clear(out);
  return compose(out, nullptr, err, [&](const OptionSet&) {
    return cached_storage(storage_of(inner, "inner"), storage_of(cache, "cache"), required_text(prefix, "prefix"));
  });
}

holdfast_status holdfast_storage_read_only(holdfast_storage** out, holdfast_storage* inner, holdfast_error** err) {
  clear(out);
  return compose(out, nullptr, err, [&](const OptionSet&) { return read_only_storage(storage_of(inner, "inner")); });
}

holdfast_status holdfast_storage_quota(holdfast_storage** out, holdfast_storage* inner, const holdfast_options* options,
                                       holdfast_quota_callback warn, void* user_data, void (*release)(void* user_data),
                                       holdfast_error** err) {
  // If something fails, whichever object owns it releases it.
  QuotaWarning first(warn, user_data, release);
  clear(out);
  return compose(out, options, err, [&](const OptionSet& set) {
    QuotaOptions quota;
    quota.limit_bytes = bytes(set, "quota.limit");
    if (quota.limit_bytes == 0) refuse("set option quota.limit: how many bytes the storage takes");
    quota.warn_at = static_cast<double>(set.integer("quota.warn_at")) / 100;
    const auto shared = std::make_shared<const QuotaWarning>(std::move(first));
    if (warn != nullptr) quota.warn = [shared](std::uint64_t used, std::uint64_t limit) { (*shared)(used, limit); };
    return quota_storage(storage_of(inner, "inner"), std::move(quota));
  });
}

holdfast_status holdfast_storage_replicated(holdfast_storage** out, holdfast_storage* const* storages, size_t count,
                                            const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return compose(out, options, err, [&](const OptionSet& set) {
    if (count == 0) refuse("count is 0: name the storages");
    required(storages, "storages");
    std::vector<Replica> replicas;
    for (size_t i = 0; i < count; ++i) {
      const auto storage = storage_of(storages[i], "one of the storages");
      replicas.push_back({storage->uri(), storage, {}});
    }
    return replicated_storage(std::move(replicas), static_cast<unsigned>(set.integer("replica.quorum")), replica_use(set));
  });
}

holdfast_status holdfast_storage_open_replicated(holdfast_storage** out, const char* const* uris, size_t count,
                                                 const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return compose(out, options, err, [&](const OptionSet& set) {
    if (count == 0) refuse("count is 0: name the storages");
    required(uris, "uris");
    std::vector<ReplicaAddress> addresses;
    for (size_t i = 0; i < count; ++i) addresses.push_back({required_text(uris[i], "one of the uris"), set.family("storage.")});
    return open_replicated(addresses, static_cast<unsigned>(set.integer("replica.quorum")), replica_use(set));
  });
}

holdfast_status holdfast_storage_tiered(holdfast_storage** out, holdfast_storage* hot, holdfast_storage* cold, holdfast_error** err) {
  clear(out);
  return compose(out, nullptr, err, [&](const OptionSet&) { return tiered_storage(storage_of(hot, "hot"), storage_of(cold, "cold")); });
}

holdfast_status holdfast_storage_list_cold(holdfast_storage* tiered, const char* prefix, holdfast_object_visitor visit, void* user_data,
                                           holdfast_error** err) {
  return guard("storage", err, [&] {
    const auto storage = storage_as<TieredStorage>(tiered, "tiered");
    Visitor visitor(visit, user_data);
    for (const ObjectInfo& object : storage->cold_objects(required_text(prefix, "prefix"))) {
      if (!visitor.wants_more(object)) break;
    }
    visitor.check();
  });
}
