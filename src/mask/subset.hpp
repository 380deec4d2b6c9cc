#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mask/plan.hpp"
#include "mask/row_choice.hpp"
#include "mask/schema.hpp"

namespace holdfast::masking {

/// Chooses rows of some tables, so that every row that a chosen row refers to comes, too. The caller reads tables round
/// by round and adds their rows; rows that refer to others are read before them. Tables in a circle of references, and
/// those that refer to themselves, are in one round, and for these each row costs some 50 bytes of memory; of the other
/// tables, only the chosen rows and the keys that are referred to do.
class Subset {
 public:
  /// Borrows all of it. Only the `loaded` tables count: the others have no rows, so they refer to none.
  Subset(const MaskSchema& schema, const MaskPlan& plan, const std::vector<TableName>& loaded);
  ~Subset();

  /// Returns the tables of the next round; empty after the last one. Ends the round before.
  std::vector<TableName> next_round();
  /// Returns the columns of a table that add() reads, in ascending order.
  std::span<const std::size_t> wanted(const TableName& table) const;
  /// Adds a row of a table of this round. Safe from many threads.
  void add(const TableName& table, std::span<const Field> fields);
  /// Gives the plan's tables their choices. Call it after the last round.
  void give_to(MaskPlan& plan) const;

 private:
  struct Group;
  struct Member;
  struct Edge;

  void make_groups(const MaskSchema& schema, const MaskPlan& plan, const std::vector<TableName>& loaded);
  void make_edges(const MaskSchema& schema);
  void make_rounds();
  void end_round();
  void close_circle(const std::vector<std::size_t>& groups);
  std::size_t key_of(Group& group, const std::vector<std::string>& columns);
  void refer(const Group& from, std::span<const std::uint64_t> references);

  std::vector<std::unique_ptr<Group>> groups_;  // tables whose rows one rule counts together
  std::map<TableName, std::size_t> group_of_;   // of tables, and of partitioned ones
  std::map<TableName, std::unique_ptr<Member>> members_;
  std::vector<std::vector<std::size_t>> rounds_;  // of groups
  std::size_t round_ = 0;                         // the next one
};

}  // namespace holdfast::masking
