/* SQL text through the C interface. With the URI of a server as argument: against that server (sql_text_test.py). */
#include "holdfast_sql.h"

#include "check.h"
#include "holdfast_report.h"

static char* result_of(holdfast_job* job) {
  char* text;
  OK(holdfast_job_run(job, &err));
  OK(holdfast_job_result_to_json(&text, job, &err));
  holdfast_job_free(job);
  return text;
}

static void wrong_arguments_are_refused(void) {
  holdfast_scratch_database* database = NULL;
  holdfast_job* job;
  char* text;
  FAILS(holdfast_scratch_database_new(&database, NULL, "x", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "server_uri");
  FAILS(holdfast_scratch_database_new(&database, "mysql://x", "x", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "");
  FAILS(holdfast_sql_load_start(&job, "postgresql:///x", NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "reader");
  FAILS(holdfast_sql_query_start(&job, "postgresql:///x", NULL, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "sql");
  FAILS(holdfast_scratch_drop_abandoned(&text, NULL, "x", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "server_uri");
  FAILS(holdfast_scratch_database_drop(NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "database");
  CHECK(holdfast_scratch_database_uri(NULL) == NULL);
  holdfast_scratch_database_free(NULL);
}

/* A dump of the database goes into a scratch database, which answers as the original does. */
static void a_dump_is_loaded_and_asked(const char* server, const char* from) {
  holdfast_scratch_database *database, *twice;
  holdfast_reader* reader;
  holdfast_job* job;
  char* text;
  OK(holdfast_scratch_database_new(&database, server, "copy_of_shop", NULL, &err));
  FAILS(holdfast_scratch_database_new(&twice, server, "copy_of_shop", NULL, &err), HOLDFAST_E_ALREADY_EXISTS, "copy_of_shop");
  OK(holdfast_reader_sql(&reader, from, NULL, &err));
  OK(holdfast_sql_load_start(&job, holdfast_scratch_database_uri(database), reader, NULL, &err));
  holdfast_reader_free(reader);
  text = result_of(job);
  CHECK(strstr(text, "\"ok\":true") != NULL && strstr(text, "\"rows\":1000") != NULL);
  holdfast_string_free(text);
  OK(holdfast_sql_query_start(&job, holdfast_scratch_database_uri(database), "SELECT count(*) FROM orders; SELECT 1/0", NULL, &err));
  text = result_of(job);
  CHECK(strstr(text, "\"result\":\"count\\n1000\"") != NULL && strstr(text, "\"ok\":false") != NULL);
  holdfast_string_free(text);
  OK(holdfast_scratch_database_drop(database, &err));
  holdfast_scratch_database_free(database);
  OK(holdfast_scratch_drop_abandoned(&text, server, "copy_of_", NULL, &err));
  CHECK_TEXT(text, "");
  holdfast_string_free(text);
}

int main(int argc, char** argv) {
  wrong_arguments_are_refused();
  if (argc == 3) a_dump_is_loaded_and_asked(argv[1], argv[2]);
  return 0;
}
