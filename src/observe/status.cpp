#include "holdfast/status.hpp"

#include "holdfast/history.hpp"
#include "observe/series_status.hpp"
#include "repository/layout.hpp"

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
  return usage;
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
  if (auto* const replicas = as<ReplicatedStorage>(storage)) facts.replicas = replicas->status();
  return facts;
}

Status status_of(const Facts& facts, const AlertRules& rules) {
  Status status{.repository = facts.repository,
                .time = facts.now,
                .series = series_statuses(facts),
                .usage = facts.usage,
                .replicas = facts.replicas,
                .history = facts.history};
  status.alerts = alerts_of(facts, status.series, rules);
  return status;
}

}  // namespace holdfast
