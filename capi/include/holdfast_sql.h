/* SQL text of a PostgreSQL database without a repository, and scratch databases. Each `uri` is "postgresql://…".
 * holdfast_reader_sql() of holdfast_pipeline.h reads a live database as such text. */
#ifndef HOLDFAST_SQL_H
#define HOLDFAST_SQL_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct holdfast_scratch_database holdfast_scratch_database; /* serial */

/* --- SQL text ----------------------------------------------------------------------------------------------------- */

/* Runs SQL text in a database, statement by statement, with the rows of COPY … FROM stdin; continues after a statement
 * that fails. Runs none of psql's backslash commands, and nothing that concerns other databases, roles or files. The
 * rest of the text is trusted with the rights of the role that connects. Consumes the reader. Starts work on a thread
 * of its own; options "limits.". holdfast_job_result_to_json(): ok, complete, statements, rows, bytes, failed, failures
 * (kind, line, statement, reason). The job succeeds also if statements failed: look at "ok". */
HOLDFAST_API holdfast_status holdfast_sql_load_start(holdfast_job** out, const char* uri, holdfast_reader* reader,
                                                     const holdfast_options* options, holdfast_error** err);
/* Runs the statements of `sql` in one session. Starts work on a thread of its own. holdfast_job_result_to_json(): an
 * array (statement, ok, result); a statement that fails is a result. */
HOLDFAST_API holdfast_status holdfast_sql_query_start(holdfast_job** out, const char* uri, const char* sql, const holdfast_options* options,
                                                      holdfast_error** err);

/* --- Scratch databases -------------------------------------------------------------------------------------------- */

/* Creates the database `name` from template0. Blocks; options "limits.". HOLDFAST_E_ALREADY_EXISTS if there is one. */
HOLDFAST_API holdfast_status holdfast_scratch_database_new(holdfast_scratch_database** out, const char* server_uri, const char* name,
                                                           const holdfast_options* options, holdfast_error** err);
/* With its password: never print it. */
HOLDFAST_API const char* holdfast_scratch_database_uri(const holdfast_scratch_database* database);
/* Ends all sessions in the database and drops it. Blocks. */
HOLDFAST_API holdfast_status holdfast_scratch_database_drop(holdfast_scratch_database* database, holdfast_error** err);
/* Drops the database unless that is done. Blocks. */
HOLDFAST_API void holdfast_scratch_database_free(holdfast_scratch_database* database);
/* Drops scratch databases that killed processes left: with a name of `prefix`, eight digits, "_" and six digits, of the
 * same role, in no use. With the prefix "verify_" also those of proofs on that server. Makes a text of their names, one
 * on each line; free `*out` with holdfast_string_free(). Blocks. */
HOLDFAST_API holdfast_status holdfast_scratch_drop_abandoned(char** out, const char* server_uri, const char* prefix,
                                                             const holdfast_options* options, holdfast_error** err);

#ifdef __cplusplus
}
#endif

#endif
