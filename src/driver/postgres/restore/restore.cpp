#include "driver/postgres/restore/restore.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <set>

#include "base/parallel.hpp"
#include "driver/postgres/logical/restore_steps.hpp"
#include "driver/postgres/logical/search_path.hpp"
#include "driver/postgres/restore/chosen_rows.hpp"
#include "driver/postgres/restore/database_properties.hpp"
#include "driver/postgres/restore/entry_runner.hpp"
#include "driver/postgres/restore/mask_schema.hpp"
#include "driver/postgres/restore/preflight.hpp"
#include "driver/postgres/restore/restore_mark.hpp"
#include "driver/postgres/restore/role_map.hpp"
#include "driver/postgres/restore/roles.hpp"
#include "driver/postgres/restore/row_loader.hpp"
#include "driver/postgres/restore/schedule.hpp"
#include "driver/postgres/restore/trust.hpp"

namespace holdfast::postgres {

using pg_archive::TocEntry;
using pg_archive::view;

namespace {

class Restore {
 public:
  Restore(const ConnInfo& info, const RestorePlan& plan, const BackupView& backup, const RestoreOptions& options, bool fenced,
          const std::string& all_to, const masking::MaskPlan* mask, Context& context)
      : info_(info),
        plan_(plan),
        backup_(backup),
        options_(options),
        context_(context),
        leader_(info_, context),
        entries_(plan.toc, plan.dump_ids),
        fenced_(fenced),
        mask_(mask),
        all_to_(options.owner     ? ""
                : !all_to.empty() ? all_to
                                  : session_role(leader_)) {}

  RestoreReport run() {
    const std::string identity = mask_ == nullptr ? "" : mask_->identity;
    const RestoreMark mark =
        options_.resume ? RestoreMark::resume(leader_, backup_, identity) : RestoreMark::make(leader_, backup_, identity);
    if (options_.owner) create_roles();
    // Only now the roles of the sessions' owners exist.
    OwnerSessions owners(info_, leader_, all_to_, fenced_, context_);
    BorrowedRights rights(info_, leader_, options_.owner && !fenced_, context_);
    EntryRunner runner(entries_, owners, rights, missing_tablespaces(leader_, plan_).empty(), mark.resumed());
    RowLoader loader(plan_, backup_, entries_, owners, mark, mask_, context_);
    settings_ = {runner.settings(), source_search_path(plan_.catalog)};
    Sessions sessions(info_, owners, settings_, context_);
    context_.phase("restoring the schema");
    make_schema(runner, sessions);
    context_.phase("restoring rows");
    context_.expect_bytes(plan_.plain_bytes());
    load_rows(runner, loader, owners, sessions);
    context_.phase("building indexes and constraints");
    build(runner, loader, owners, sessions);
    refresh_views(runner, owners, sessions);
    deferred_.settle(sessions);
    require_all();
    sessions.close_owners();
    owners.finish();
    rights.take_back_create();
    finish(runner, sessions);
    rights.give_back();
    return report(loader);
  }

  void warn(std::string message) {
    context_.warn(message);
    warnings_.push_back(std::move(message));
  }

 private:
  RestoreReport report(const RowLoader& loader) {
    RestoreReport report = loader.report();
    for (const std::string& line : plan_.left_out) warn(line);
    report.where = "database " + quote_identifier(info_.database()) + " on PostgreSQL " + leader_.server_version_text();
    report.warnings = std::move(warnings_);
    report.left_out = deferred_.left_out();
    return report;
  }

  std::string entry_text(const EntryRecord& entry) {
    const std::unique_ptr<Reader> reader = backup_.open(entry);
    return std::string(as_text(read_all(*reader, std::uint64_t{1} << 30)));
  }

  void create_roles() {
    if (const std::optional<Globals> roles = read_globals(backup_)) {
      const std::string objects = plan_.large_object_names ? entry_text(*plan_.large_object_names->entry) : "";
      for (std::string& refused : roles->create(leader_, roles->needed_by(plan_, objects))) warn(std::move(refused));
    }
    for (std::string& created : create_missing_owners(leader_, plan_)) warn(std::move(created));
  }

  void make_schema(EntryRunner& runner, Sessions& sessions) {
    std::vector<const TocEntry*> revoked_later;
    for (const TocEntry* entry : entries_.of(Step::pre_data)) {
      context_.check();
      if (view(entry->desc) != "ACL") {
        deferred_.run(runner.part(*entry, leader_), sessions);
      } else if (with_grants() && !runner.revoke_early(*entry, sessions.leader())) {
        revoked_later.push_back(entry);
      }
    }
    deferred_.retry(sessions);
    for (const TocEntry* entry : revoked_later) runner.revoke_early(*entry, sessions.leader());
    if (!with_grants()) return;
    for (const TocEntry* entry : entries_.of(Step::grants)) runner.grant_early(*entry, leader_);
  }

  void load_rows(EntryRunner& runner, RowLoader& loader, OwnerSessions& owners, Sessions& sessions) {
    if (plan_.large_object_names) {
      std::string adjust;
      if (!with_grants()) adjust = "UPDATE pg_temp.holdfast_names SET grants = '';";
      if (const RoleMap map(options_.role_map); !map.empty()) adjust += map.rename_large_objects();
      deferred_.run(loader.large_object_names(*plan_.large_object_names, options_.owner, adjust), sessions);
    }
    loader.prepare(runner, sessions);
    const std::vector<Load> loads = loader.loads();
    std::set<int> tables;
    for (const Load& load : loads) tables.insert(load.table);
    const auto early = prepared(need_only_rows(entries_.of(Step::post_data), tables), runner, sessions);
    std::vector<Refresh> views;
    if (fills_views(entries_, early)) views = prepared_refreshes(runner, sessions);
    Schedule schedule(entries_, loads, early, views, weight_in(loader));
    // What waits for rows that failed is built later: they are tried again first.
    carry_out(schedule, loads.size() + early.size() + views.size(), runner, loader, owners, &Schedule::failed);
    deferred_.retry(sessions);
    for (const Sequence& sequence : plan_.sequences) deferred_.run(sequence_part(sequence), sessions);
  }

  static Part sequence_part(const Sequence& sequence) {
    const std::string name = sequence.schema + "." + sequence.name;
    return {.object = "value of sequence " + name,
            .run = [&sequence](Sessions& sessions, Names) { run_statement(sessions.leader(), set_sequence_sql(sequence)); },
            .belongs_to = "SEQUENCE " + name};
  }

  // Gives the sessions of entries their rights. Returns those that can be carried out on any connection.
  std::vector<const TocEntry*> prepared(const std::vector<const TocEntry*>& entries, EntryRunner& runner, Sessions& sessions) {
    std::vector<const TocEntry*> ready;
    for (const TocEntry* entry : entries) {
      if (built_.contains(entry)) continue;
      try {
        runner.prepare(*entry, leader_);
        ready.push_back(entry);
      } catch (const ServerError&) {
        deferred_.run(runner.part(*entry, leader_), sessions);  // fails in the same way
        built_.insert(entry);
      }
    }
    return ready;
  }

  // Returns the materialized views whose sessions have their rights, up to the first that gets none. Views may read
  // sequences: without their values, returns none.
  std::vector<Refresh> prepared_refreshes(EntryRunner& runner, Sessions& sessions) {
    const std::vector<Refresh> all = refreshes(plan_, entries_);
    if (all.empty()) return {};
    std::vector<Refresh> ready;
    try {
      for (const Sequence& sequence : plan_.sequences) sessions.leader().query(set_sequence_sql(sequence));
      for (const Refresh& refresh : all) {
        runner.prepare_refresh(*refresh.entry);
        ready.push_back(refresh);
      }
    } catch (const ServerError& error) {
      if (ends_restore(error)) throw;
    }
    return ready;
  }

  // Works through a schedule on as many connections as there are jobs. `after_failure` tells it of work that failed.
  void carry_out(Schedule& schedule, std::size_t size, EntryRunner& runner, RowLoader& loader, OwnerSessions& owners,
                 void (Schedule::*after_failure)(const Work&)) {
    std::mutex mutex;
    const auto workers = static_cast<unsigned>(std::min<std::size_t>(context_.jobs(), size));
    run_parallel(workers, context_, [&](unsigned, std::stop_token stop) {
      Sessions own(info_, owners, settings_, context_, stop);
      while (const std::optional<Work> work = schedule.take(stop)) {
        if (const std::lock_guard lock(mutex); work->entry != nullptr) {
          built_.insert(work->entry);
        } else if (work->rows == nullptr) {
          filled_.insert(work->refresh.view);
        }
        own.let_share_work(workers == 1 || work->others + 1 < workers);  // an idle connection's core
        (schedule.*(deferred_.run(part(*work, runner, loader, owners), own) ? &Schedule::done : after_failure))(*work);
      }
    });
    context_.check();
  }

  Part part(const Work& work, EntryRunner& runner, RowLoader& loader, OwnerSessions& owners) {
    if (work.rows != nullptr) return loader.part(*work.rows);
    if (work.entry != nullptr) return runner.part(*work.entry, leader_);
    return refresh_part(work.refresh, runner, owners);
  }

  // Builds what depends on the rows and is not built yet.
  void build(EntryRunner& runner, RowLoader& loader, OwnerSessions& owners, Sessions& sessions) {
    const auto ready = prepared(entries_.of(Step::post_data), runner, sessions);
    Schedule schedule(entries_, {}, ready, {}, weight_in(loader));
    carry_out(schedule, ready.size(), runner, loader, owners, &Schedule::done);
    deferred_.retry(sessions);
    for (const TocEntry* entry : entries_.of(Step::security)) deferred_.run(runner.part(*entry, leader_), sessions);
    runner.secure(false, sessions, deferred_);
  }

  // Returns a function that tells how much data an index, a constraint or a view has to read.
  static Schedule::Weigh weight_in(const RowLoader& loader) {
    return [&loader](const TocEntry& entry) {
      std::uint64_t bytes = 0;
      for (const int id : std::set<int>(entry.dependencies.begin(), entry.dependencies.end())) bytes += loader.bytes_of(id);
      return bytes;
    };
  }

  void refresh_views(EntryRunner& runner, OwnerSessions& owners, Sessions& sessions) {
    for (const Refresh& refresh : refreshes(plan_, entries_)) {
      if (filled_.contains(refresh.view)) continue;
      Part part = refresh_part(refresh, runner, owners);
      part.run = [&runner, refresh, fill = std::move(part.run)](Sessions& used, Names names) {
        runner.prepare_refresh(*refresh.entry);
        fill(used, names);
      };
      deferred_.run(std::move(part), sessions);
    }
  }

  // From here on no code of the backup runs any more, so rights may be revoked and event triggers created.
  void finish(EntryRunner& runner, Sessions& sessions) {
    Connection& leader = sessions.leader();
    for (const bool held : {false, true}) runner.secure(held, sessions, deferred_);  // a table may have come late
    if (with_grants()) {
      for (const TocEntry* entry : entries_.of(Step::grants)) deferred_.run(runner.grants_part(*entry, leader), sessions);
    }
    deferred_.settle(sessions);
    require_all();
    leader.query("BEGIN");
    RestoreMark::remove(leader);
    for (const TocEntry* entry : entries_.of(Step::last)) deferred_.run(in_savepoint(runner.part(*entry, leader_)), sessions);
    require_all();
    leader.query("SET LOCAL synchronous_commit TO DEFAULT");  // this commit waits, and makes earlier ones durable
    leader.query("COMMIT");
  }

  bool with_grants() const noexcept { return options_.owner && options_.privileges; }

  void require_all() const {
    if (!options_.strict) return;
    const std::vector<LeftOut> left_out = deferred_.left_out();
    if (left_out.empty()) return;
    const LeftOut& first = left_out.front();
    const std::string others = left_out.size() == 1 ? "" : ", and " + std::to_string(left_out.size() - 1) + " more objects";
    throw Error(ErrorCode::target, first.object + ": " + first.reason + others + " (without strict they are left out, and named)");
  }

  static Part in_savepoint(Part part) {
    part.run = [run = std::move(part.run)](Sessions& sessions, Names names) {
      sessions.leader().query("SAVEPOINT holdfast");
      try {
        run(sessions, names);
      } catch (const ServerError&) {
        sessions.leader().query("ROLLBACK TO SAVEPOINT holdfast");
        throw;
      }
    };
    return part;
  }

  const ConnInfo info_;
  const RestorePlan& plan_;
  const BackupView& backup_;
  const RestoreOptions& options_;
  Context& context_;
  Connection leader_;
  const Entries entries_;
  const bool fenced_;
  const masking::MaskPlan* mask_;
  const std::string all_to_;
  SessionSettings settings_;
  Deferred deferred_;
  std::set<const TocEntry*> built_;  // of what follows the rows: carried out once, with or without success
  std::set<const MaterializedView*> filled_;
  std::vector<std::string> warnings_;
};

}  // namespace

RestoreReport restore_into(const ConnInfo& info, const RestorePlan& plan, const BackupView& backup, const RestoreOptions& options,
                           Context& context, const std::string& all_to, const masking::MaskPlan* mask) {
  Connection connection(info, context);
  const Trust trust = trust_in(connection, info, options.untrusted, context);
  Restore restore(without_event_triggers(info, connection), plan, backup, options, trust.fenced, all_to, mask, context);
  if (!trust.warning.empty() && !superusers_own_all(connection, plan)) restore.warn(trust.warning);
  return restore.run();
}

const LogicalTarget::Planned& LogicalTarget::planned(const BackupView& backup, const RestoreOptions& options) {
  const Selection& selection = options.selection;
  const std::string mask_identity = options.mask ? masking::identity_of(*options.mask) : "";
  const bool same = planned_ && &planned_->backup.source() == &backup.source() && planned_->selection.include == selection.include &&
                    planned_->selection.exclude == selection.exclude && planned_->role_map == options.role_map &&
                    planned_->strict == options.strict && planned_->mask_identity == mask_identity;
  if (!same) {
    Planned planned{backup, selection, options.role_map, options.strict, mask_identity, plan_restore(backup, selection), std::nullopt};
    if (options.mask) planned.mask = plan_mask(*options.mask, options.strict, planned.plan);
    planned_ = std::move(planned);
    RoleMap(options.role_map).apply(planned_->plan);
  }
  return *planned_;
}

void LogicalTarget::preflight(const BackupView& backup, const RestoreOptions& options, Context& context) {
  if (!info_.has_database()) throw Error(ErrorCode::invalid_argument, "the target " + info_.display() + " names no database");
  const RestorePlan& plan = planned(backup, options).plan;
  require_own_sessions(info_, context);
  const bool exists = database_exists(info_, context);
  Connection connection = exists ? Connection(info_, context) : maintenance_connection(info_, context);
  RoleMap(options.role_map).require_roles(connection);
  if (options.untrusted) trust_in(connection, info_.with_database(connection.database()), true, context);
  for (std::string& warning : check_target(connection, exists, plan, options.strict, options.resume)) context.warn(std::move(warning));
  if (!exists) return;
  if (std::string warning = locale_warning(connection, plan.catalog); !warning.empty()) context.warn(std::move(warning));
}

namespace {

// The backup and the database are fine: the same restore may succeed later.
bool can_resume(const Error& error) {
  constexpr std::array<ErrorCode, 3> kPassing = {ErrorCode::network, ErrorCode::no_space, ErrorCode::timeout};
  return std::ranges::find(kPassing, error.code()) != kPassing.end();
}

}  // namespace

RestoreReport LogicalTarget::restore(const BackupView& backup, const RestoreOptions& options, Context& context) {
  planned(backup, options);
  Planned& all = *planned_;
  const RestorePlan& plan = all.plan;
  if (all.mask) choose_rows(backup, plan, *all.mask, context);
  const bool existed = database_exists(info_, context);
  if (!existed && options.resume)
    throw Error(ErrorCode::not_found, "database " + quote_identifier(info_.database()) + " does not exist: there is nothing to resume");
  if (!existed) create_database(info_, plan.catalog, context);
  try {
    RestoreReport report = restore_into(info_, plan, backup, options, context, "", all.mask ? &*all.mask : nullptr);
    if (!plan.everything) return report;
    Connection connection(without_event_triggers(info_, context), context);  // the backup's event triggers exist by now
    const DatabaseProperties properties(plan.catalog, options.owner, options.privileges);
    BorrowedRights rights(info_, connection, options.owner && !existed, context);
    for (std::string& line : existed ? properties.differences(connection) : properties.apply(connection, rights)) {
      context.warn(line);
      report.warnings.push_back(std::move(line));
    }
    rights.give_back();
    return report;
  } catch (const Error& error) {
    if (can_resume(error)) {
      throw error.with_context("database " + quote_identifier(info_.database()) + " is half restored: resume the restore, or drop it");
    }
    if (!existed) drop_database_quietly(info_, context);
    throw;
  } catch (...) {
    if (existed) throw;
    drop_database_quietly(info_, context);  // it did not exist before the restore
    throw;
  }
}

}  // namespace holdfast::postgres
