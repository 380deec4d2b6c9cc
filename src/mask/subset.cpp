#include "mask/subset.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>

#include "mask/row_pattern.hpp"

namespace holdfast::masking {

namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

std::optional<KeyColumns> columns_of(const MaskTable& table, const std::vector<std::string>& names) {
  KeyColumns key;
  for (const std::string& name : names) {
    const auto stored = std::ranges::find(table.stored, name);
    const auto column = std::ranges::find(table.columns, name, &MaskColumn::name);
    if (stored == table.stored.end()) return std::nullopt;
    key.columns.push_back(
        {static_cast<std::size_t>(stored - table.stored.begin()), column == table.columns.end() ? EqualForm::exact : equal_form(*column)});
  }
  return key;
}

// A row is chosen by its primary key, so that the same ones are chosen after other columns changed; else by all of it.
KeyColumns sample_of(const MaskTable& table) {
  const auto sure = [&](const MaskKey& key) {
    return !key.opaque && !key.columns.empty() && std::ranges::all_of(key.columns, [&](const std::string& name) {
      const auto column = std::ranges::find(table.columns, name, &MaskColumn::name);
      return column != table.columns.end() && !column->nullable;
    });
  };
  const auto found = std::ranges::find_if(table.keys, sure);
  const std::optional<KeyColumns> key = columns_of(table, found == table.keys.end() ? table.stored : found->columns);
  return key ? *key : *columns_of(table, table.stored);
}

}  // namespace

struct Subset::Edge {
  std::size_t group, key;  // that it refers to
};

struct Subset::Group {
  std::uint64_t count = 0;  // rows to choose; 0 = all
  bool circular = false;
  std::vector<std::vector<std::string>> keys;  // that others refer to
  std::vector<std::shared_ptr<RowChoice::Hashes>> referred;
  std::vector<Edge> edges;
  std::uint64_t greatest = kAll;

  // One row: its hash, those of its keys, those of the keys that it refers to.
  using Row = std::vector<std::uint64_t>;
  struct ByHash {
    bool operator()(const Row& a, const Row& b) const { return a[0] < b[0]; }
  };
  std::mutex mutex;
  std::priority_queue<Row, std::vector<Row>, ByHash> best;  // the greatest hash first
  std::vector<std::uint64_t> rows;                          // of a circle: row after row

  std::size_t row_size() const { return 1 + keys.size() + edges.size(); }
  std::span<const std::uint64_t> references(std::span<const std::uint64_t> row) const { return row.subspan(1 + keys.size()); }
  bool is_referred(std::span<const std::uint64_t> row) const {
    for (std::size_t key = 0; key < keys.size(); ++key) {
      if (referred[key]->contains(row[1 + key])) return true;
    }
    return false;
  }
};

// One table of a group.
struct Subset::Member {
  const MaskTable* table = nullptr;
  const TablePlan* plan = nullptr;  // may be null
  std::size_t group = 0;
  KeyColumns sample;
  std::vector<std::optional<KeyColumns>> keys, edges;  // parallel to the group's; none: it has no such columns
  std::unique_ptr<RowPattern> dropped;
  std::vector<std::size_t> wanted;

  std::uint64_t hash(const std::optional<KeyColumns>& key, std::span<const Field> fields) const {
    return key ? key->key_hash(fields, wanted) : KeyColumns::kNull;
  }
};

Subset::Subset(const MaskSchema& schema, const MaskPlan& plan, const std::vector<TableName>& loaded) {
  make_groups(schema, plan, loaded);
  make_edges(schema);
  for (auto& [name, member] : members_) {
    Group& group = *groups_[member->group];
    for (const std::vector<std::string>& key : group.keys) member->keys.push_back(columns_of(*member->table, key));
    member->edges.resize(group.edges.size());
    std::vector<std::size_t>& wanted = member->wanted;
    member->sample.append_to(wanted);
    for (const auto* keys : {&member->keys, &member->edges}) {
      for (const std::optional<KeyColumns>& key : *keys) {
        if (key) key->append_to(wanted);
      }
    }
    if (member->plan != nullptr && member->plan->row_column) wanted.push_back(*member->plan->row_column);
    std::ranges::sort(wanted);
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  }
  make_rounds();
}

Subset::~Subset() = default;

void Subset::make_groups(const MaskSchema& schema, const MaskPlan& plan, const std::vector<TableName>& loaded) {
  std::map<TableName, std::size_t> by_root;
  for (const MaskTable& table : schema.tables) {
    const auto [place, fresh] = by_root.emplace(root_of(table), groups_.size());
    if (fresh) groups_.push_back(std::make_unique<Group>());
    group_of_[name_of(table)] = place->second;
    const TablePlan* const rules = plan.find(table.schema, table.name);
    if (rules != nullptr && rules->rows.kind == RowRule::Kind::choose) groups_[place->second]->count = rules->rows.count;
    const bool comes = std::ranges::find(loaded, name_of(table)) != loaded.end();
    if (!table.known || !comes || (rules != nullptr && rules->rows.kind == RowRule::Kind::drop)) continue;
    auto member = std::make_unique<Member>(Member{.table = &table, .plan = rules, .group = place->second, .sample = sample_of(table)});
    if (rules != nullptr && rules->row_column) member->dropped = std::make_unique<RowPattern>(rules->rows.pattern, plan.utf8);
    members_[name_of(table)] = std::move(member);
  }
}

std::size_t Subset::key_of(Group& group, const std::vector<std::string>& columns) {
  const auto found = std::ranges::find(group.keys, columns);
  if (found != group.keys.end()) return static_cast<std::size_t>(found - group.keys.begin());
  group.keys.push_back(columns);
  group.referred.push_back(std::make_shared<RowChoice::Hashes>());
  return group.keys.size() - 1;
}

// A reference of a partitioned table is one of all its partitions. References to tables that come whole ask for
// nothing.
void Subset::make_edges(const MaskSchema& schema) {
  for (const MaskTable& table : schema.tables) {
    Group& group = *groups_[group_of_.at(name_of(table))];
    for (const MaskReference& reference : table.references) {
      const auto to = group_of_.find({reference.schema, reference.table});
      if (to == group_of_.end() || groups_[to->second]->count == 0) continue;
      group.edges.push_back({to->second, key_of(*groups_[to->second], reference.to_columns)});
      for (auto& [name, member] : members_) {
        const auto& above = member->table->ancestors;
        if (name != name_of(table) && std::ranges::find(above, name_of(table)) == above.end()) continue;
        member->edges.resize(group.edges.size());
        const auto becomes_null = [&](const TablePlan::Column& column) {
          return column.rule.kind == RuleKind::null && std::ranges::find(reference.columns, column.about.name) != reference.columns.end();
        };
        if (member->plan != nullptr && std::ranges::any_of(member->plan->columns, becomes_null)) continue;
        member->edges.back() = columns_of(*member->table, reference.columns);
      }
    }
  }
}

// Tarjan's algorithm finds circles, and gives those that are referred to first.
void Subset::make_rounds() {
  struct Visit {
    std::size_t number = 0, lowest = 0;
    bool open = false;
  };
  std::vector<Visit> visits(groups_.size());
  std::vector<std::size_t> open;
  std::size_t last = 0;
  const std::function<void(std::size_t)> visit = [&](std::size_t at) {
    visits[at] = {++last, last, true};
    open.push_back(at);
    for (const Edge& edge : groups_[at]->edges) {
      if (visits[edge.group].number == 0) visit(edge.group);
      if (visits[edge.group].open) visits[at].lowest = std::min(visits[at].lowest, visits[edge.group].lowest);
      groups_[at]->circular = groups_[at]->circular || edge.group == at;
    }
    if (visits[at].lowest != visits[at].number) return;
    const auto first = std::ranges::find(open, at);
    std::vector<std::size_t> circle(first, open.end());
    open.erase(first, open.end());
    for (const std::size_t group : circle) {
      visits[group].open = false;
      groups_[group]->circular = groups_[group]->circular || circle.size() > 1;
    }
    rounds_.push_back(std::move(circle));
  };
  for (std::size_t at = 0; at < groups_.size(); ++at) {
    if (visits[at].number == 0) visit(at);
  }
  std::ranges::reverse(rounds_);
  std::erase_if(rounds_, [&](const std::vector<std::size_t>& round) {
    const Group& group = *groups_[round.front()];
    return group.count == 0 && group.edges.empty();
  });
}

std::vector<TableName> Subset::next_round() {
  if (round_ > 0 && round_ <= rounds_.size()) end_round();
  std::vector<TableName> tables;
  while (tables.empty() && round_ < rounds_.size()) {
    const std::vector<std::size_t>& groups = rounds_[round_++];
    for (const auto& [name, member] : members_) {
      if (std::ranges::find(groups, member->group) != groups.end()) tables.push_back(name);
    }
  }
  if (tables.empty()) round_ = rounds_.size() + 1;
  return tables;
}

std::span<const std::size_t> Subset::wanted(const TableName& table) const { return members_.at(table)->wanted; }

void Subset::add(const TableName& table, std::span<const Field> fields) {
  const Member& member = *members_.at(table);
  if (member.dropped) {
    const auto place = std::ranges::lower_bound(member.wanted, *member.plan->row_column) - member.wanted.begin();
    if (member.dropped->matches(fields[static_cast<std::size_t>(place)])) return;
  }
  Group::Row row{member.sample.hash(fields, member.wanted)};
  for (const auto& key : member.keys) row.push_back(member.hash(key, fields));
  for (const auto& edge : member.edges) row.push_back(member.hash(edge, fields));
  Group& group = *groups_[member.group];
  const std::lock_guard lock(group.mutex);
  if (group.circular) {
    group.rows.insert(group.rows.end(), row.begin(), row.end());
  } else if (group.count == 0 || group.is_referred(row)) {
    refer(group, group.references(row));
  }
  if (group.circular || group.count == 0) return;
  group.best.push(std::move(row));
  if (group.best.size() > group.count) group.best.pop();
}

void Subset::refer(const Group& from, std::span<const std::uint64_t> references) {
  for (std::size_t at = 0; at < references.size(); ++at) {
    const Edge& edge = from.edges[at];
    if (references[at] != KeyColumns::kNull) groups_[edge.group]->referred[edge.key]->insert(references[at]);
  }
}

void Subset::end_round() {
  const std::vector<std::size_t>& groups = rounds_[round_ - 1];
  Group& first = *groups_[groups.front()];
  if (first.circular) return close_circle(groups);
  if (first.count == 0) return;
  if (first.best.size() == first.count) first.greatest = first.best.top()[0];
  for (; !first.best.empty(); first.best.pop()) refer(first, first.references(first.best.top()));
}

// Follows references from the chosen rows until no row is new.
void Subset::close_circle(const std::vector<std::size_t>& groups) {
  struct Place {
    std::size_t group, row;
  };
  std::map<std::pair<std::size_t, std::size_t>, std::unordered_multimap<std::uint64_t, std::size_t>> by_key;  // group, key
  std::vector<Place> todo;
  const auto row_at = [&](const Place& place) {
    const Group& group = *groups_[place.group];
    return std::span(group.rows).subspan(place.row * group.row_size(), group.row_size());
  };
  for (const std::size_t at : groups) {
    Group& group = *groups_[at];
    const std::size_t size = group.row_size(), rows = group.rows.size() / size;
    if (rows > group.count) {
      std::vector<std::uint64_t> hashes(rows);
      for (std::size_t row = 0; row < rows; ++row) hashes[row] = group.rows[row * size];
      const auto last = hashes.begin() + static_cast<std::ptrdiff_t>(group.count - 1);
      std::nth_element(hashes.begin(), last, hashes.end());
      group.greatest = *last;
    }
    for (std::size_t row = 0; row < rows; ++row) {
      const auto values = row_at({at, row});
      for (std::size_t key = 0; key < group.keys.size(); ++key) {
        if (values[1 + key] != KeyColumns::kNull) by_key[{at, key}].emplace(values[1 + key], row);
      }
      if (values[0] <= group.greatest || group.is_referred(values)) todo.push_back({at, row});
    }
  }
  while (!todo.empty()) {
    const Place place = todo.back();
    todo.pop_back();
    const Group& group = *groups_[place.group];
    const auto references = group.references(row_at(place));
    for (std::size_t at = 0; at < references.size(); ++at) {
      const Edge& edge = group.edges[at];
      if (references[at] == KeyColumns::kNull || !groups_[edge.group]->referred[edge.key]->insert(references[at]).second) continue;
      const auto [begin, end] = by_key[{edge.group, edge.key}].equal_range(references[at]);
      for (auto found = begin; found != end; ++found) todo.push_back({edge.group, found->second});
    }
  }
  for (const std::size_t at : groups) groups_[at]->rows = {};
}

void Subset::give_to(MaskPlan& plan) const {
  for (const auto& [name, member] : members_) {
    const Group& group = *groups_[member->group];
    if (group.count == 0) continue;
    auto choice = std::make_shared<RowChoice>(RowChoice{.sample = member->sample, .greatest = group.greatest});
    for (std::size_t key = 0; key < group.keys.size(); ++key) {
      if (member->keys[key]) choice->keys.push_back({*member->keys[key], group.referred[key]});
    }
    plan.tables.at(name).choice = std::move(choice);
  }
}

}  // namespace holdfast::masking
