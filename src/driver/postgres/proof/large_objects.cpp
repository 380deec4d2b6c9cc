#include "driver/postgres/proof/large_objects.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "driver/postgres/client/copy_text.hpp"
#include "driver/postgres/logical/streams.hpp"

namespace holdfast::postgres {

namespace {

using Fields = std::vector<std::string>;
using Take = std::function<void(const Fields&)>;
/// Passes all rows of one side to a function.
using Side = std::function<void(const Take&)>;

// There may be millions of objects: so sums are kept for groups of them, and for each object only of some groups.
constexpr std::uint32_t kGroups = 1U << 16;
constexpr std::size_t kNamed = 8;

enum class What { existence, contents, names };

std::uint32_t group_of(const Fields& row) { return oid_of(field_of(row, 0)) % kGroups; }

struct Sums {
  RowSum expected, actual;
  bool differ() const { return expected != actual; }
};

class Search {
 public:
  Search(const Side& backup, const Side& restored, const RowKey& key, What what)
      : backup_(backup), restored_(restored), key_(key), what_(what) {}

  /// Returns text to append to a fault: the first objects that differ.
  std::string operator()() const {
    std::set<std::uint32_t> groups = different_groups();
    const bool more = groups.size() > kNamed;
    while (groups.size() > kNamed) groups.erase(std::prev(groups.end()));
    std::string text;
    for (const auto& [oid, sums] : objects_of(groups)) {
      if (!sums.differ()) continue;
      text += fmt::format("{}{}", text.empty() ? ": " : ", ", oid);
      if (what_ == What::existence) text += sums.actual.rows == 0 ? " is missing" : " is new";
    }
    return text + (more ? " and more" : "");
  }

 private:
  void add(RowSum& sum, const Fields& row) const {
    sum.add(what_ == What::existence ? field_of(row, 0) : fmt::format("{}", fmt::join(row, "\t")), key_);
  }

  std::set<std::uint32_t> different_groups() const {
    std::vector<Sums> sums(kGroups);
    backup_([&](const Fields& row) { add(sums[group_of(row)].expected, row); });
    restored_([&](const Fields& row) { add(sums[group_of(row)].actual, row); });
    std::set<std::uint32_t> groups;
    for (std::uint32_t group = 0; group < kGroups; ++group) {
      if (sums[group].differ()) groups.insert(group);
    }
    return groups;
  }

  std::map<std::uint32_t, Sums> objects_of(const std::set<std::uint32_t>& groups) const {
    std::map<std::uint32_t, Sums> objects;
    const auto into = [&](RowSum Sums::*side) {
      return [&, side](const Fields& row) {
        if (groups.contains(group_of(row))) add(objects[oid_of(field_of(row, 0))].*side, row);
      };
    };
    backup_(into(&Sums::expected));
    restored_(into(&Sums::actual));
    return objects;
  }

  const Side& backup_;
  const Side& restored_;
  const RowKey& key_;
  What what_;
};

Side backup_side(const BackupView& backup, std::vector<const RowsEntry*> entries, Context& context) {
  return [&backup, entries = std::move(entries), &context](const Take& take) {
    Bytes buffer(256U << 10);
    for (const RowsEntry* rows : entries) {
      CopyTextReader reader(take);
      const std::unique_ptr<Reader> from = backup.open(*rows->entry);
      while (const std::size_t got = from->read(buffer)) {
        context.check();
        reader.add(ByteView(buffer).first(got));
      }
    }
  };
}

Side restored_side(Connection& connection, std::vector<Stream> streams, const RowKey& key) {
  return [&connection, streams = std::move(streams), &key](const Take& take) {
    Bytes block(256U << 10);
    for (const Stream& stream : streams) {
      CopyTextReader reader(take);
      connection.query("BEGIN READ ONLY");  // large objects can be read only inside a transaction
      read_stream(connection, stream, key, block, [&](ByteView bytes) { reader.add(bytes); });
      connection.query("COMMIT");
    }
  };
}

// The entries of the backup with contents, or with names.
std::vector<const RowsEntry*> entries_of(const RestorePlan& plan, bool contents) {
  std::vector<const RowsEntry*> entries;
  if (!contents && plan.large_object_names) entries.push_back(&*plan.large_object_names);
  for (const RowsEntry& rows : plan.rows) {
    if (contents && rows.table == nullptr) entries.push_back(&rows);
  }
  return entries;
}

std::vector<Stream> streams_of(Catalog& restored, bool contents, const Context& context) {
  std::vector<Stream> streams = plan_streams(restored, stream_size(restored, context.jobs()));
  std::erase_if(streams, [&](const Stream& stream) { return stream.table != nullptr || (stream.entry == kLargeObjectNames) == contents; });
  return streams;
}

}  // namespace

void compare_large_objects(const BackupView& backup, const RestorePlan& plan, const LargeObjectStream& expected, Connection& restored,
                           Catalog& actual, bool with_owner, ProofReport& report, Context& context) {
  const LargeObjectStream& found = actual.large_objects;
  const auto fault = [&](const std::string& said, What what) {
    const RowKey key(plan.catalog.row_key);
    const bool contents = what == What::contents;
    const Side before = backup_side(backup, expected.objects == 0 ? std::vector<const RowsEntry*>() : entries_of(plan, contents), context);
    const Side after = restored_side(restored, streams_of(actual, contents, context), key);
    report.faults.push_back({"large objects", said + Search(before, after, key, what)()});
  };
  if (found.objects != expected.objects) {
    fault(fmt::format("{} exist, {} were backed up", found.objects, expected.objects), What::existence);
  } else if (found.contents != expected.contents) {
    fault("their content is not what was backed up", What::contents);
  } else if (with_owner && found.names != expected.names) {
    fault("their owners, grants or comments are not what was backed up", What::names);
  }
}

}  // namespace holdfast::postgres
