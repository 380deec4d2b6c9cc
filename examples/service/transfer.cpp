#include "transfer.hpp"

#include <holdfast/context.hpp>
#include <holdfast/error.hpp>

#include <array>
#include <fstream>
#include <sstream>
#include <thread>

namespace service {

namespace hf = holdfast;

namespace {

class UploadWriter final : public hf::Writer {
 public:
  UploadWriter(hf::Writer& to, bool& failed) : to_(to), failed_(failed) {}
  void write(hf::ByteView data) override {
    failed_ = true;
    to_.write(data);
    failed_ = false;
  }
  void commit() override {}  // the pipeline's

 private:
  hf::Writer& to_;
  bool& failed_;
};

class DownloadReader final : public hf::Reader {
 public:
  DownloadReader(std::unique_ptr<hf::Reader> from, bool& failed) : from_(std::move(from)), failed_(failed) {}
  std::size_t read(std::span<std::byte> out) override {
    try {
      return from_->read(out);
    } catch (...) {
      failed_ = true;
      throw;
    }
  }

 private:
  std::unique_ptr<hf::Reader> from_;
  bool& failed_;
};

struct Question {
  const char* name;
  const char* sql;
};
constexpr std::array kQuestions = {
    Question{"tables",
             "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind "
             "IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"},
    Question{"indexes that are not valid", "SELECT count(*) FROM pg_catalog.pg_index WHERE NOT indisvalid"},
    Question{"constraints that are not validated", "SELECT count(*) FROM pg_catalog.pg_constraint WHERE NOT convalidated"},
    Question{"bytes", "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"},
};

void log_result(const std::string& name, const hf::QueryResult& result, Log& log) {
  // Without the line of the column names, if there are rows.
  const std::size_t rows = result.ok ? result.result.find('\n') + 1 : 0;
  const std::string text = "query \"" + name + "\": " + result.result.substr(rows);
  result.ok ? log.info(text) : log.warning(text);
}

}  // namespace

std::string free_name(hf::Storage& storage, const hf::Context& context) {
  std::string name = name_of(context.now());
  for (; storage.stat(name); name = name_of(context.now())) {
    context.check();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return name;
}

Uploaded upload(const hf::Producer& dump, int level, const std::shared_ptr<hf::Storage>& storage, const std::string& name,
                const std::function<void()>& dumped, bool& storage_failed, hf::Context& context) {
  storage_failed = true;  // the object is opened before the dump begins, and committed after its end
  const auto dump_then_upload = [&](hf::Writer& out, hf::Context& inner) {
    UploadWriter upload(out, storage_failed);
    storage_failed = false;
    dump(upload, inner);
    storage_failed = true;
    dumped();
  };
  Uploaded result;
  result.plain_bytes = (hf::Pipeline{dump_then_upload} | hf::gzip(level) | hf::sink(storage, name)).run(context).bytes_in;
  const auto stored = storage->stat(name);
  if (!stored || stored->size == 0) throw hf::Error(hf::ErrorCode::corrupt, name + " is not on the server after its upload");
  result.stored_bytes = stored->size;
  return result;
}

std::unique_ptr<hf::Reader> open_sql(hf::Storage& storage, const StoredBackup& backup, bool& storage_failed) {
  std::array<std::byte, 1> first{};
  storage.open_reader(backup.name, 0, 1)->read(first);
  return hf::gzip()->decode(std::make_unique<DownloadReader>(storage.open_reader(backup.name), storage_failed));
}

std::unique_ptr<hf::ScratchDatabase> create_scratch(const std::string& server_uri, const std::string& prefix, hf::Context& context) {
  for (int tries_left = 20;; --tries_left) {
    try {
      return std::make_unique<hf::ScratchDatabase>(server_uri, prefix + stamp_of(context.now()), context);
    } catch (const hf::Error& error) {
      if (error.code() != hf::ErrorCode::already_exists || tries_left == 0) throw;
    }
    context.check();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

void load(const std::string& uri, hf::Reader& sql, Log& log, hf::Context& context) {
  const hf::SqlLoadReport report = hf::load_sql(uri, sql, context);
  for (const hf::SqlFailure& failure : report.failures) {
    const std::string text = "line " + std::to_string(failure.line) + " (" + std::string(to_string(failure.kind)) + "): " + failure.reason +
                             ": " + failure.statement;
    failure.kind == hf::SqlFailureKind::statement ? log.error(text) : log.warning(text);
  }
  log.info("restored " + std::to_string(report.statements) + " statements, " + std::to_string(report.rows) + " rows, " +
           std::to_string(report.bytes) + " bytes of SQL");
  if (report.failed > 0) {
    throw hf::Error(hf::ErrorCode::target, "the server refused " + std::to_string(report.failed) + " statements");
  }
  if (!report.complete) {
    throw hf::Error(hf::ErrorCode::corrupt, "the dump is cut, its end does not say that it is complete");
  }
}

std::size_t ask(const std::string& uri, const std::string& queries_file, Log& log, hf::Context& context) {
  for (const Question& question : kQuestions) {
    for (const hf::QueryResult& result : hf::query_sql(uri, question.sql, context)) log_result(question.name, result, log);
  }
  std::ifstream file(queries_file);
  if (!file) return log.info("no custom queries: there is no " + queries_file), 0;
  std::ostringstream text;
  text << file.rdbuf();
  std::size_t failed = 0;
  for (const hf::QueryResult& result : hf::query_sql(uri, text.str(), context)) {
    log_result(result.statement, result, log);
    if (!result.ok) ++failed;
  }
  return failed;
}

}  // namespace service
