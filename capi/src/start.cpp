#include "start.hpp"
#include "holdfast/host.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

std::shared_ptr<RepositoryCore> core_of(holdfast_repository* repository, const char* name = "repository") {
  return required(repository, name).core;
}

// Refuses options for a driver in calls that take an open source or target: they would be ignored. An object of the
// host's has no driver; one that was opened by URI got its options then, often from this same options object.
template <class Handle>
void refuse_driver_options(const Handle& handle, const Options& driver, const std::string& what) {
  if (!handle.by_uri && !driver.empty())
    throw Error(ErrorCode::unsupported, what + " is the host's own: it can't take option driver." + driver.begin()->first);
}

using Sources = std::vector<std::unique_ptr<Source>>;

// Takes all handles or none: a handle is used up only if all are valid.
Sources take_sources(holdfast_source* const* handles, size_t count) {
  if (count == 0) refuse("nothing to back up: give at least one source");
  required(handles, "sources");
  Sources taken(count);
  for (size_t i = 0; i < count; ++i) {
    holdfast_source& handle = required(handles[i], "one of the sources");
    const Busy::Hold hold(handle.busy, "source");
    if (!handle.source) refuse_state("source " + std::to_string(i + 1) + " is used up: a source is good for one backup");
    if (std::find(handles, handles + i, handles[i]) != handles + i) refuse("source " + std::to_string(i + 1) + " is there twice");
  }
  for (size_t i = 0; i < count; ++i) taken[i] = std::move(handles[i]->source);
  return taken;
}

// For verifications that restore nothing.
void refuse_what_is_for_restores(const VerifyOptions& verify) {
  if (!verify.source.empty() || !verify.target.empty() || !verify.restored.empty() || !verify.queries.empty() || verify.untrusted ||
      verify.mask)
    refuse(
        "verify.source, verify.target, verify.restored, verify.query, verify.untrusted and verify.mask belong to the level restore of one "
        "backup");
}

}  // namespace

holdfast_status holdfast_backup_start(holdfast_job** out, holdfast_repository* repository, const char* source_uri,
                                      const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    return [core = core_of(repository), uri = required_text(source_uri, "source_uri"), backup = backup_options(set)](Context& context) {
      return core->repository.backup({uri}, backup, context);
    };
  });
}

holdfast_status holdfast_backup_start_sources(holdfast_job** out, holdfast_repository* repository, holdfast_source* const* sources,
                                              size_t count, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    auto core = core_of(repository);
    auto backup = backup_options(set);
    for (size_t i = 0; sources != nullptr && i < count; ++i) {
      if (sources[i] == nullptr) continue;  // reported below
      const std::string name = "source " + std::to_string(i + 1);
      refuse_driver_options(*sources[i], backup.driver, name);
      if (!sources[i]->by_uri && !backup.selection.empty())
        throw Error(ErrorCode::unsupported, name + " is the host's own, and read as a whole: leave out backup.include and backup.exclude");
    }
    backup.selection = {};
    backup.driver.clear();
    auto taken = std::make_shared<Sources>(take_sources(sources, count));
    return [core, taken, backup](Context& context) {
      std::vector<Source*> all;
      for (const auto& source : *taken) all.push_back(source.get());
      return backup_sources(core->repository, all, backup, context);
    };
  });
}

holdfast_status holdfast_restore_start(holdfast_job** out, holdfast_repository* repository, const char* backup, const char* target_uri,
                                       const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    return [core = core_of(repository), name = required_text(backup, "backup"), uri = required_text(target_uri, "target_uri"),
            restore = restore_options(set)](Context& context) {
      return core->repository.restore(resolve(core->repository, name, context), uri, restore, context);
    };
  });
}

holdfast_status holdfast_restore_start_target(holdfast_job** out, holdfast_repository* repository, const char* backup, size_t source,
                                              holdfast_target* target, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    auto core = core_of(repository);
    auto name = required_text(backup, "backup");
    auto restore = restore_options(set);
    if (source > UINT32_MAX) refuse("there is no source with that number");
    holdfast_target& handle = required(target, "target");
    const Busy::Hold hold(handle.busy, "target");
    if (!handle.target) refuse_state("target is used up: it is good for one restore");
    refuse_driver_options(handle, restore.driver, "the target");
    restore.driver.clear();
    auto taken = std::make_shared<std::unique_ptr<Target>>();
    Job::Work work = [core, name, restore, source, taken](Context& context) {
      return restore_into(core->repository, resolve(core->repository, name, context), static_cast<std::uint32_t>(source), **taken, restore,
                          context);
    };
    *taken = std::move(handle.target);
    return work;
  });
}

holdfast_status holdfast_verify_start(holdfast_job** out, holdfast_repository* repository, const char* backup,
                                      const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    auto core = core_of(repository);
    auto verify = verify_options(set);
    if (backup == nullptr) refuse_what_is_for_restores(verify);
    if (backup == nullptr) return [core, verify](Context& context) { return core->repository.verify_repository(verify.level, context); };
    return [core, verify, name = required_text(backup, "backup")](Context& context) {
      return core->repository.verify(resolve(core->repository, name, context), verify, context);
    };
  });
}

holdfast_status holdfast_verify_all_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                          holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    const VerifyOptions verify = verify_options(set);
    refuse_what_is_for_restores(verify);
    return [core = core_of(repository), level = verify.level](Context& context) { return core->repository.verify_all(level, context); };
  });
}

holdfast_status holdfast_expire_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                      holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    return
        [core = core_of(repository), policy = retention_policy(set)](Context& context) { return core->repository.expire(policy, context); };
  });
}

holdfast_status holdfast_gc_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                  holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    return [core = core_of(repository), garbage = garbage_options(set)](Context& context) {
      return core->repository.collect_garbage(garbage, context);
    };
  });
}

holdfast_status holdfast_repair_start(holdfast_job** out, holdfast_repository* repository, const holdfast_options* options,
                                      holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet&) -> Job::Work {
    return [core = core_of(repository)](Context& context) { return core->repository.repair(context); };
  });
}

holdfast_status holdfast_replica_repair_start(holdfast_job** out, holdfast_storage* replicated, const holdfast_options* options,
                                              holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    return [storage = storage_as<ReplicatedStorage>(replicated, "replicated"), repair = replica_repair_options(set)](Context& context) {
      ReplicaRepairOptions told = repair;
      told.report = [&context](const std::string& line) { context.log(line); };
      return storage->repair(told, context);
    };
  });
}

holdfast_status holdfast_move_old_start(holdfast_job** out, holdfast_storage* tiered, const holdfast_options* options,
                                        holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    return [storage = storage_as<TieredStorage>(tiered, "tiered"), policy = tier_policy(set)](Context& context) {
      return storage->move_old(policy, context);
    };
  });
}

holdfast_status holdfast_copy_start(holdfast_job** out, holdfast_repository* repository, const char* backup,
                                    holdfast_repository* destination, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    return [from = core_of(repository), to = core_of(destination, "destination"), name = required_text(backup, "backup"),
            copy = session_options(set)](Context& context) {
      return from->repository.copy_to(resolve(from->repository, name, context), to->repository, copy, context);
    };
  });
}

holdfast_status holdfast_replicate_start(holdfast_job** out, holdfast_repository* repository, holdfast_repository* destination,
                                         const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    return [from = core_of(repository), to = core_of(destination, "destination"), replication = replication_options(set)](
               Context& context) { return replicate(from->repository, to->repository, replication, context); };
  });
}

holdfast_status holdfast_export_start(holdfast_job** out, holdfast_repository* repository, const char* backup, size_t source,
                                      holdfast_writer* writer, const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet& set) -> Job::Work {
    auto core = core_of(repository);
    auto name = required_text(backup, "backup");
    auto export_as = export_options(set);
    if (source > UINT32_MAX) refuse("there is no source with that number");
    auto taken = shared(take_writer(writer, "writer"));
    return [core, name, source, export_as, taken](Context& context) -> JobResult {
      core->repository.export_to(resolve(core->repository, name, context), static_cast<std::uint32_t>(source), export_as, **taken, context);
      return {};
    };
  });
}
