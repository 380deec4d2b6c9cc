#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "base/parallel.hpp"
#include "driver/postgres/logical/streams.hpp"
#include "driver/postgres/proof/large_objects.hpp"
#include "driver/postgres/proof/proof.hpp"

namespace holdfast::postgres {

namespace {

// Rows that were loaded through a partition root may be in another partition now: such a tree is compared as one.
RelationName place_of(const Table& table) {
  return table.root.empty() ? RelationName{table.schema, table.name} : RelationName{table.root_schema, table.root};
}

std::map<RelationName, RowSum> sums_by_place(const Catalog& catalog) {
  std::map<RelationName, RowSum> sums;
  for (const Table& table : catalog.tables) sums[place_of(table)].add(table.proof);
  return sums;
}

// A restored table may have its columns in another order than its source, because pg_dump puts inherited columns first.
// Rows are summed in the recorded order.
void take_recorded_order(const Catalog& recorded, Catalog& actual) {
  std::map<RelationName, const Table*> tables;
  for (const Table& table : recorded.tables) tables[{table.schema, table.name}] = &table;
  for (Table& table : actual.tables) {
    const auto found = tables.find({table.schema, table.name});
    if (found != tables.end() && std::ranges::is_permutation(table.columns, found->second->columns)) table.columns = found->second->columns;
  }
}

// Reads every row of the restored database with the backup's own key, many streams at a time.
void read_sums(const ConnInfo& info, Catalog& catalog, const RowKey& key, Context& context) {
  std::vector<Stream> streams = plan_streams(catalog, stream_size(catalog, context.jobs()));
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  const auto workers = static_cast<unsigned>(std::min<std::size_t>(context.jobs(), streams.size()));
  run_parallel(workers, context, [&](unsigned, std::stop_token stop) {
    Connection connection(info, context, stop);
    Bytes block(256U << 10);
    for (std::size_t at = 0; (at = next++) < streams.size();) {
      connection.query("BEGIN READ ONLY");  // large objects can be read only inside a transaction
      const RowSum sum = read_stream(connection, streams[at], key, block, [](ByteView) {});
      connection.query("COMMIT");
      const std::lock_guard lock(mutex);
      streams[at].proof->add(sum);
    }
  });
}

void compare_tables(const Catalog& recorded, const Catalog& restored, ProofReport& report) {
  const auto expected = sums_by_place(recorded), actual = sums_by_place(restored);
  for (const auto& [name, sum] : expected) {
    const std::string table = "table " + qualified(name.first, name.second);
    const auto found = actual.find(name);
    if (found == actual.end()) {
      report.faults.push_back({table, "is missing after the restore"});
    } else if (found->second.rows != sum.rows) {
      report.faults.push_back({table, fmt::format("has {} rows, {} were backed up", found->second.rows, sum.rows)});
    } else if (found->second != sum) {
      report.faults.push_back({table, "has the right number of rows, but their content is not what was backed up"});
    }
  }
  for (const auto& [name, sum] : actual) {
    if (!expected.contains(name)) report.faults.push_back({"table " + qualified(name.first, name.second), "was not in the backup"});
  }
  report.counts = {{"tables", recorded.tables.size()}, {"rows", recorded.rows()}};
}

std::string position(const Sequence& sequence) { return sequence.last_value + (sequence.is_called ? "" : " (not used yet)"); }

void compare_sequences(const std::vector<Sequence>& expected, const std::vector<Sequence>& actual, ProofReport& report) {
  std::map<RelationName, const Sequence*> found;
  for (const Sequence& sequence : actual) found[{sequence.schema, sequence.name}] = &sequence;
  for (const Sequence& sequence : expected) {
    const std::string name = "sequence " + qualified(sequence.schema, sequence.name);
    const auto at = found.find({sequence.schema, sequence.name});
    if (at == found.end()) {
      report.faults.push_back({name, "is missing after the restore"});
    } else if (*at->second != sequence) {
      report.faults.push_back({name, "is at " + position(*at->second) + ", was at " + position(sequence)});
    }
  }
}

void compare_views(Connection& connection, const RestorePlan& plan, ProofReport& report) {
  for (const MaterializedView& item : plan.materialized_views) {
    const std::string name = qualified(item.schema, item.name);
    const Rows row = connection.query("SELECT relispopulated FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)", {name});
    if (row.size() == 0) {
      report.faults.push_back({"materialized view " + name, "is missing after the restore"});
    } else if (item.populated && !row.flag(0, 0)) {
      report.faults.push_back({"materialized view " + name, "is not populated, was populated"});
    } else if (!item.populated && row.flag(0, 0)) {
      report.faults.push_back({"materialized view " + name, "is populated, was not"});
    }
  }
}

// pg_dump does not print this, and a restore never does it.
void check_enforced(Connection& connection, ProofReport& report) {
  const Rows rows = connection.query(
      "SELECT DISTINCT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), pg_catalog.quote_ident(k.conname) "
      "FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint JOIN pg_catalog.pg_class c ON c.oid = "
      "t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE t.tgisinternal AND t.tgenabled <> 'O' ORDER BY 1, 2");
  for (int row = 0; row < rows.size(); ++row) {
    report.faults.push_back({"constraint " + rows.text(row, 1) + " on " + rows.text(row, 0), "is not enforced: its triggers are disabled"});
  }
}

// pg_dump does not print versions: a restored extension has the server's default.
void compare_extensions(Connection& connection, const Catalog& recorded, ProofReport& report) {
  const std::map<std::string, std::string> expected(recorded.extensions.begin(), recorded.extensions.end());
  const Rows rows = connection.query(
      "SELECT x.extname, x.extversion FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_available_extensions a ON a.name = x.extname "
      "WHERE x.extversion <> a.default_version ORDER BY 1");
  for (int row = 0; row < rows.size(); ++row) {
    const auto found = expected.find(rows.text(row, 0));
    if (found == expected.end() || found->second == rows.text(row, 1)) continue;
    report.faults.push_back({"extension " + found->first, "is at version " + rows.text(row, 1) + ", was at " + found->second});
  }
}

}  // namespace

void compare_content(const BackupView& backup, const ConnInfo& restored, const RestorePlan& plan, bool with_owner,
                     const MaskedContent* masked, ProofReport& report, Context& context) {
  const Catalog& recorded = masked == nullptr ? plan.catalog : masked->expected();
  Connection connection(restored, context);
  Catalog actual = read_catalog(connection, list_tables(connection), plan.everything);
  if (plan.large_objects) count_large_objects(connection, actual);
  // The restored rows are printed in the backup's encoding, independent of the database's.
  actual.encoding = plan.catalog.encoding;
  if (plan.catalog.narrowed) {
    std::set<RelationName> meant;
    for (const Table& table : plan.catalog.tables) meant.insert(place_of(table));
    std::erase_if(actual.tables, [&](const Table& table) { return !meant.contains(place_of(table)); });
  }
  take_recorded_order(plan.catalog, actual);
  if (masked != nullptr) masked->hide_masked(actual);
  read_sums(restored, actual, RowKey(plan.catalog.row_key), context);
  compare_tables(recorded, actual, report);
  if (masked != nullptr) masked->compare_counts(connection, report);
  compare_sequences(plan.sequences, actual.sequences, report);
  if (plan.large_objects) {
    compare_large_objects(backup, plan, recorded.large_objects, connection, actual, with_owner, report, context);
  }
  compare_views(connection, plan, report);
  check_enforced(connection, report);
  if (plan.everything) compare_extensions(connection, plan.catalog, report);
}

}  // namespace holdfast::postgres
