#include "driver/postgres/restore/export.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "base/memory_file.hpp"
#include "driver/postgres/archive/archive_data.hpp"
#include "driver/postgres/client/copy_text.hpp"
#include "driver/postgres/client/tools.hpp"
#include "driver/postgres/logical/large_object_load.hpp"
#include "driver/postgres/logical/restore_steps.hpp"
#include "driver/postgres/logical/streams.hpp"
#include "driver/postgres/restore/archive_path.hpp"
#include "driver/postgres/restore/chosen_rows.hpp"
#include "driver/postgres/restore/mask_schema.hpp"
#include "driver/postgres/restore/masked_rows.hpp"
#include "driver/postgres/restore/restore_plan.hpp"

namespace holdfast::postgres {

namespace {

void write(Writer& out, std::string_view text) { out.write(as_bytes(text)); }

// Orders all pieces of a table one after another, and tables in the catalogue's order: COPY text can be joined anywhere
// between rows.
std::vector<const RowsEntry*> in_table_order(const RestorePlan& plan) {
  std::vector<const RowsEntry*> ordered;
  for (const RowsEntry& rows : plan.rows) ordered.push_back(&rows);
  std::sort(ordered.begin(), ordered.end(),
            [](const RowsEntry* a, const RowsEntry* b) { return std::tie(a->table, a->entry->name) < std::tie(b->table, b->entry->name); });
  return ordered;
}

void copy_entry(const BackupView& backup, const EntryRecord& entry, const std::function<void(ByteView)>& sink, Context& context) {
  const std::unique_ptr<Reader> reader = backup.open(entry);
  Bytes buffer(256U << 10);
  while (const std::size_t got = reader->read(buffer)) {
    context.check();
    sink(ByteView(buffer).first(got));
    context.add_progress(got, 0);
  }
}

// The rules of an export, if it has some.
using Mask = std::optional<masking::MaskPlan>;

Mask mask_of(const BackupView& backup, const ExportOptions& options, RestorePlan& plan, Context& context) {
  if (!options.mask) return std::nullopt;
  Mask mask = plan_mask(*options.mask, false, plan);
  choose_rows(backup, plan, *mask, context);
  return mask;
}

void copy_rows(const BackupView& backup, const RowsEntry& rows, const Mask& mask, const std::function<void(ByteView)>& sink,
               Context& context) {
  const masking::TablePlan* const table = mask && rows.table != nullptr ? mask->find(rows.table->schema, rows.table->name) : nullptr;
  if (table == nullptr) return copy_entry(backup, *rows.entry, sink, context);
  MaskedRows masked(*mask, *table);
  copy_entry(
      backup, *rows.entry, [&](ByteView bytes) { sink(masked.mask(bytes)); }, context);
  sink(masked.finish());
}

Bytes written(const pg_archive::ArchiveToc& toc) {
  Bytes bytes;
  const std::unique_ptr<Writer> out = memory_writer(bytes);
  pg_archive::ArchiveWriter(*out, toc);
  out->commit();
  return bytes;
}

class SqlExport {
 public:
  SqlExport(const BackupView& backup, const RestorePlan& plan, const Mask& mask, const std::string& bin_dir, Writer& out, Context& context)
      : backup_(backup),
        plan_(plan),
        mask_(mask),
        bin_dir_(bin_dir),
        out_(out),
        context_(context),
        archive_(written(plan.toc)),
        list_(as_bytes(plan.list)) {}

  void run() {
    context_.expect_bytes(plan_.plain_bytes());
    // After a failed COPY, psql would take the rows for statements, and a backslash in one for a command.
    write(out_, "--\n-- PostgreSQL database dump, exported from backup " + backup_.manifest().id + "\n--\n\n\\set ON_ERROR_STOP on\n\n");
    definitions("pre-data");
    if (plan_.large_object_names) load(*plan_.large_object_names, load_names(true));
    rows();
    for (const Sequence& sequence : plan_.sequences) write(out_, set_sequence_sql(sequence) + "\n");
    definitions("post-data");
    for (const MaterializedView& item : plan_.materialized_views) {
      if (item.populated) write(out_, refresh_sql(item) + "\n");
    }
  }

 private:
  // pg_restore converts its own archive to text without a server.
  void definitions(const std::string& section) {
    const Tools tools = tools_for_archive(plan_.dump_major(), 0, bin_dir_, context_);
    Command command{.argv = {tools.path("pg_restore"), "--section=" + section, "--file=-"}, .inherit = {archive_.fd(), list_.fd()}};
    if (!plan_.list.empty()) command.argv.push_back("--use-list=" + list_.path());
    command.argv.push_back(archive_.path());
    const std::unique_ptr<Process> process = start_program(command, context_);
    process->close_input();
    Bytes buffer(256U << 10);
    while (const std::size_t got = process->read(buffer, context_)) out_.write(ByteView(buffer).first(got));
    if (const int status = process->wait(context_); status != 0) {
      throw Error(ErrorCode::source, "pg_restore failed with status " + std::to_string(status) + ": " + process->error_tail());
    }
  }

  void load(const RowsEntry& rows, const LargeObjectLoad& load) { around(psql_before(load), rows, psql_after(load) + "\n"); }

  void around(const std::string& before, const RowsEntry& rows, const std::string& after) {
    write(out_, before);
    copy_rows(
        backup_, rows, mask_, [&](ByteView bytes) { out_.write(bytes); }, context_);
    write(out_, after);
  }

  void rows() {
    for (const RowsEntry* rows : in_table_order(plan_)) {
      if (rows->table == nullptr) {
        load(*rows, load_contents());
      } else {
        around(copy_in_sql(*rows->table, plan_.catalog.encoding, false) + ";\n", *rows, "\\.\n\n");
      }
    }
  }

  const BackupView& backup_;
  const RestorePlan& plan_;
  const Mask& mask_;
  const std::string& bin_dir_;
  Writer& out_;
  Context& context_;
  MemoryFile archive_, list_;
};

std::vector<pg_archive::LargeObject> large_objects(const BackupView& backup, const RestorePlan& plan, Context& context) {
  std::vector<pg_archive::LargeObject> objects;
  if (!plan.large_object_names) return objects;
  CopyTextReader rows([&](const std::vector<std::string>& fields) {
    objects.push_back({.oid = oid_of(field_of(fields, 0)),
                       .owner = field_of(fields, 2),
                       .comment = field_of(fields, 1),
                       .grants = field_of(fields, 3).empty() ? "" : field_of(fields, 3) + "\n"});
  });
  copy_entry(
      backup, *plan.large_object_names->entry, [&](ByteView bytes) { rows.add(bytes); }, context);
  return objects;
}

// The objects of an archive block follow one another, as do the pieces of one object in a backup's entry.
void write_large_objects(const BackupView& backup, const RestorePlan& plan, int dump_id, pg_archive::ArchiveWriter& archive,
                         Context& context) {
  archive.begin_large_objects(dump_id);
  for (const RowsEntry* rows : in_table_order(plan)) {
    if (rows->table != nullptr) continue;
    std::uint32_t open = 0;
    CopyTextReader pieces([&](const std::vector<std::string>& fields) {
      const auto oid = oid_of(field_of(fields, 0));
      if (oid != open) {
        if (open != 0) archive.end_large_object();
        archive.begin_large_object(oid);
        open = oid;
      }
      archive.write(from_bytea(field_of(fields, 2)));
    });
    copy_entry(
        backup, *rows->entry, [&](ByteView bytes) { pieces.add(bytes); }, context);
    if (open != 0) archive.end_large_object();
  }
  archive.end_large_objects();
}

pg_archive::ArchiveContents contents_of(const BackupView& backup, const RestorePlan& plan, Context& context,
                                        std::vector<std::vector<const RowsEntry*>>& pieces) {
  pg_archive::ArchiveContents contents;
  // Definitions have the session's encoding. Rows with another encoding name it.
  if (plan.catalog.encoding != session_encoding(plan.catalog.encoding)) contents.encoding = plan.catalog.encoding;
  const Table* last = nullptr;
  for (const RowsEntry* rows : in_table_order(plan)) {
    if (rows->table == nullptr) continue;
    if (rows->table != last) {
      last = rows->table;
      contents.tables.push_back({.schema = last->schema,
                                 .name = last->name,
                                 .columns = last->columns,
                                 .root_schema = last->root_schema,
                                 .root_name = last->root,
                                 .from_extension = last->from_extension()});
      pieces.emplace_back();
    }
    pieces.back().push_back(rows);
  }
  for (const Sequence& sequence : plan.sequences) {
    contents.sequences.push_back({.schema = sequence.schema,
                                  .name = sequence.name,
                                  .last_value = std::stoll(sequence.last_value),
                                  .is_called = sequence.is_called,
                                  .from_extension = !sequence.extension.empty()});
  }
  contents.large_objects = large_objects(backup, plan, context);
  for (const MaterializedView& item : plan.materialized_views) {
    if (item.populated) contents.populated_views.push_back({item.schema, item.name});
  }
  return contents;
}

// Returns the chosen entries of the archive's table of contents.
pg_archive::ArchiveToc chosen(const RestorePlan& plan) {
  pg_archive::ArchiveToc toc = plan.toc;
  if (plan.dump_ids.empty()) return toc;
  std::erase_if(toc.entries, [&](const pg_archive::TocEntry& entry) { return !plan.dump_ids.contains(entry.dump_id); });
  return toc;
}

}  // namespace

void export_sql(const BackupView& backup, const ExportOptions& options, const std::string& bin_dir, Writer& out, Context& context) {
  RestorePlan plan = plan_restore(backup, options.selection);
  set_search_path(plan.toc, plan.catalog);
  plan.toc.header.compression = pg_archive::Compression::none;
  const Mask mask = mask_of(backup, options, plan, context);
  SqlExport(backup, plan, mask, bin_dir, out, context).run();
}

void export_archive(const BackupView& backup, const ExportOptions& options, Writer& out, Context& context) {
  RestorePlan plan = plan_restore(backup, options.selection);
  set_search_path(plan.toc, plan.catalog);
  const Mask mask = mask_of(backup, options, plan, context);
  context.expect_bytes(plan.plain_bytes());
  std::vector<std::vector<const RowsEntry*>> pieces;
  pg_archive::ArchiveToc schema = chosen(plan);
  schema.header.compression = pg_archive::Compression::gzip;
  schema.header.level = 6;
  const pg_archive::DataArchive data = pg_archive::with_data(schema, contents_of(backup, plan, context, pieces));
  pg_archive::ArchiveWriter archive(out, data.toc);
  for (std::size_t table = 0; table < pieces.size(); ++table) {
    archive.begin_data(data.table_ids.at(table));
    for (const RowsEntry* rows : pieces[table]) {
      copy_rows(
          backup, *rows, mask, [&](ByteView bytes) { archive.write(bytes); }, context);
    }
    archive.end_data();
  }
  if (data.large_objects_id != 0) write_large_objects(backup, plan, data.large_objects_id, archive, context);
}

}  // namespace holdfast::postgres
