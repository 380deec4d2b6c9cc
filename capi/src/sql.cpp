#include "holdfast_sql.h"

#include "give_text.hpp"
#include "holdfast/sql_text.hpp"
#include "start.hpp"

using namespace holdfast;
using namespace holdfast::capi;

struct holdfast_scratch_database {
  explicit holdfast_scratch_database(const OptionSet& options, const std::string& server, const std::string& name)
      : operation(options), database(server, name, operation.context) {}
  Operation operation;  // the database refers to its context
  ScratchDatabase database;
  Busy busy;
};

holdfast_status holdfast_sql_load_start(holdfast_job** out, const char* uri, holdfast_reader* reader, const holdfast_options* options,
                                        holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet&) -> Job::Work {
    const std::string place = required_text(uri, "uri");
    const auto kept = required(reader, "reader").core->kept;
    const std::shared_ptr<Reader> taken = take_reader(reader, "reader");
    return [place, kept, taken](Context& context) -> JobResult { return JsonResult{to_json(load_sql(place, *taken, context))}; };
  });
}

holdfast_status holdfast_sql_query_start(holdfast_job** out, const char* uri, const char* sql, const holdfast_options* options,
                                         holdfast_error** err) {
  clear(out);
  return start(out, options, err, [&](const OptionSet&) -> Job::Work {
    return [place = required_text(uri, "uri"), text = required_text(sql, "sql")](Context& context) -> JobResult {
      return JsonResult{to_json(query_sql(place, text, context))};
    };
  });
}

holdfast_status holdfast_scratch_database_new(holdfast_scratch_database** out, const char* server_uri, const char* name,
                                              const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return guard("database", err, [&] {
    required(out, "out");
    *out = new holdfast_scratch_database(options_of(options), required_text(server_uri, "server_uri"), required_text(name, "name"));
  });
}

const char* holdfast_scratch_database_uri(const holdfast_scratch_database* database) {
  return database == nullptr ? nullptr : database->database.uri().c_str();
}

holdfast_status holdfast_scratch_database_drop(holdfast_scratch_database* database, holdfast_error** err) {
  return guard("database", err, [&] {
    const Busy::Hold hold(required(database, "database").busy, "database");
    database->database.drop();
  });
}

void holdfast_scratch_database_free(holdfast_scratch_database* database) { delete database; }

holdfast_status holdfast_scratch_drop_abandoned(char** out, const char* server_uri, const char* prefix, const holdfast_options* options,
                                                holdfast_error** err) {
  return give_text(out, "database", err, [&] {
    Operation operation(options);
    std::string lines;
    for (const std::string& name :
         drop_abandoned_scratch(required_text(server_uri, "server_uri"), required_text(prefix, "prefix"), operation.context)) {
      lines += name + "\n";
    }
    return lines;
  });
}
