#include "holdfast/status.hpp"

#include <set>

#include "holdfast/error.hpp"
#include "holdfast/history.hpp"
#include "observe/series_status.hpp"
#include "repository/layout.hpp"
#include "storage/room.hpp"

namespace holdfast {

namespace {

StorageUsage measured(Storage& storage, const Context& context) {
  StorageUsage usage;
  storage.list("", [&](const ObjectInfo& object) {
    context.check();
    usage.bytes += object.size;
    ++usage.objects;
    return true;
  });
  if (const auto room = room_of(storage)) usage.limit_bytes = usage.bytes + *room;
  return usage;
}

ReplicaLag lag_of(const ReplicaStatus& replica, const std::set<BackupId>& there, const std::vector<BackupInfo>& backups) {
  ReplicaLag lag{.id = replica.id};
  for (const BackupInfo& backup : backups) {  // newest first
    if (there.contains(backup.id)) continue;
    ++lag.backups;
    lag.since = backup.time;
  }
  return lag;
}

// A replica in sync lacks nothing. One that answers no more has no lag that is known; its state says so.
std::vector<ReplicaLag> measure_lags(ReplicatedStorage& storage, const Facts& facts, const Layout& layout, const Context& context) {
  std::vector<ReplicaLag> lags;
  for (const ReplicaStatus& replica : facts.replicas) {
    context.check();
    if (replica.state == ReplicaStatus::State::in_sync) {
      lags.push_back({.id = replica.id});
      continue;
    }
    Storage* const part = storage.replica(replica.id);
    if (part == nullptr) continue;
    try {
      lags.push_back(lag_of(replica, layout.ids_on(*part), facts.backups));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      context.log("how far replica " + replica.uri + " is behind is not known: " + error.message());
    }
  }
  return lags;
}

}  // namespace

Facts gather_facts(Repository& repository, const GatherOptions& options, Context& context) {
  Facts facts{.repository = repository.info(), .now = context.now()};
  context.phase("listing the backups");
  facts.backups = repository.list(context);
  context.phase("reading the history");
  facts.history = read_history(repository, context);
  Storage& storage = repository.layout().storage();
  if (options.measure) {
    context.phase("measuring the storage");
    facts.usage = measured(storage, context);
  }
  if (auto* const replicas = as<ReplicatedStorage>(storage)) {
    facts.replicas = replicas->status();
    facts.lags = measure_lags(*replicas, facts, repository.layout(), context);
  }
  return facts;
}

Status status_of(const Facts& facts, const AlertRules& rules) {
  Status status{.repository = facts.repository,
                .time = facts.now,
                .series = series_statuses(facts),
                .usage = facts.usage,
                .replicas = facts.replicas,
                .lags = facts.lags,
                .history = facts.history};
  status.alerts = alerts_of(facts, status.series, rules);
  return status;
}

}  // namespace holdfast
