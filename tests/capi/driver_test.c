/* A host's own driver: its URIs work everywhere, and its backups are proven at level restore. */
#include "c_host.h"
#include "check.h"
#include "holdfast_report.h"

typedef struct driver_state {
  host host; /* of the sources and targets it opens */
  int opens, proofs, released;
  int32_t level; /* the level that prove reports; 0: none */
  int finds_fault, answers;
  size_t option_count; /* number of options that prove received */
  holdfast_status open_fails, prove_fails;
} driver_state;

static void state_release(void* user_data) { ++((driver_state*)user_data)->released; }

static holdfast_status open_source(void* user_data, const char* uri, const holdfast_notes* options, holdfast_source_driver* out,
                                   holdfast_error** err) {
  driver_state* d = (driver_state*)user_data;
  ++d->opens;
  CHECK_TEXT(uri, "app:notes");
  CHECK(out->struct_size == sizeof *out && out->release == NULL);
  if (holdfast_notes_count(options) > 0) {
    CHECK_TEXT(holdfast_notes_key(options, 0), "speed");
    return holdfast_error_set(err, HOLDFAST_E_INVALID_ARGUMENT, "there is no option speed");
  }
  if (d->open_fails != HOLDFAST_OK) return d->open_fails;
  *out = host_source_driver(&d->host);
  return HOLDFAST_OK;
}

static holdfast_status open_target(void* user_data, const char* uri, const holdfast_notes* options, holdfast_target_driver* out,
                                   holdfast_error** err) {
  driver_state* d = (driver_state*)user_data;
  (void)options;
  (void)err;
  CHECK_TEXT(uri, "app:copy");
  *out = host_target_driver(&d->host);
  return HOLDFAST_OK;
}

/* Compares the first entry's bytes. */
static holdfast_status prove(void* user_data, const holdfast_manifest* backup, size_t source, const holdfast_proof_request* request,
                             holdfast_proof* out, holdfast_context* context, holdfast_error** err) {
  driver_state* d = (driver_state*)user_data;
  holdfast_reader* reader;
  holdfast_status status;
  unsigned char buffer[999];
  size_t at = 0, i, n;
  ++d->proofs;
  CHECK(request->struct_size >= sizeof *request && request->target != NULL && request->restored != NULL);
  CHECK(source == 0 && holdfast_manifest_entry_count(backup) == ENTRIES && !holdfast_context_is_cancelled(context));
  d->option_count = holdfast_notes_count(request->options);
  if (d->option_count > 0) CHECK_TEXT(holdfast_notes_get(request->options, "speed"), "11");
  if (d->prove_fails != HOLDFAST_OK) return d->prove_fails;
  status = holdfast_manifest_read(&reader, backup, holdfast_manifest_entry(backup, 0), err);
  if (status != HOLDFAST_OK) return status;
  do {
    status = holdfast_reader_read(&n, reader, buffer, sizeof buffer, err);
    for (i = 0; status == HOLDFAST_OK && i < n; ++i) CHECK(buffer[i] == byte_of(0, at + i));
    at += n;
  } while (status == HOLDFAST_OK && n > 0);
  holdfast_reader_free(reader);
  if (status != HOLDFAST_OK) return status;
  CHECK(at == ENTRY_BYTES);
  FAILS(holdfast_proof_set(out, HOLDFAST_LEVEL_CHECKSUMMED, 0, 0, "", &err), HOLDFAST_E_INVALID_ARGUMENT, "level");
  FAILS(holdfast_proof_set(out, HOLDFAST_LEVEL_RESTORED, 0, 0, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "where");
  FAILS(holdfast_proof_add_fault(out, NULL, "x", &err), HOLDFAST_E_INVALID_ARGUMENT, "object");
  FAILS(holdfast_proof_add_query(out, "x", 1, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "result");
  FAILS(holdfast_proof_add_count(out, NULL, 1, &err), HOLDFAST_E_INVALID_ARGUMENT, "name");
  if (d->level != 0) OK(holdfast_proof_set(out, d->level, 3, 300, "a scratch app", &err));
  if (d->level != 0) OK(holdfast_proof_add_count(out, "notes", 3, &err));
  if (d->finds_fault) OK(holdfast_proof_add_fault(out, "table/1", "one row is missing", &err));
  for (i = 0; d->answers && i < request->query_count; ++i) OK(holdfast_proof_add_query(out, request->queries[i], 1, "42", &err));
  return HOLDFAST_OK;
}

static holdfast_driver table_of(driver_state* d) {
  holdfast_driver driver;
  memset(&driver, 0, sizeof driver);
  driver.struct_size = sizeof driver;
  driver.user_data = d;
  driver.release = state_release;
  driver.name = "notes-app";
  driver.scheme = "app";
  driver.open_source = open_source;
  driver.open_target = open_target;
  driver.prove = prove;
  return driver;
}

static holdfast_options* options_with(driver_state* d) {
  holdfast_driver driver = table_of(d);
  holdfast_options* options = key_options();
  OK(holdfast_options_add_driver(options, &driver, &err));
  CHECK(driver.release == NULL);
  OK(holdfast_options_set_string(options, "verify.level", "restore", &err));
  return options;
}

/* Verifies; returns the report if the job succeeded. */
static holdfast_verify_report* verified(holdfast_repository* repository, const holdfast_options* options) {
  holdfast_verify_report* report;
  holdfast_job* job;
  OK(holdfast_verify_start(&job, repository, "latest", options, &err));
  OK(holdfast_job_run(job, &err));
  OK(holdfast_job_verify_report(&report, job, &err));
  holdfast_job_free(job);
  return report;
}

static holdfast_repository* backed_up(driver_state* d, holdfast_options** options) {
  holdfast_repository* repository;
  holdfast_job* job;
  memset(d, 0, sizeof *d);
  d->level = HOLDFAST_LEVEL_CONTENT_EQUAL;
  *options = options_with(d);
  OK(holdfast_repository_create(&repository, "memory:", *options, &err));
  OK(holdfast_backup_start(&job, repository, "app:notes", *options, &err));
  OK(holdfast_job_run(job, &err));
  holdfast_job_free(job);
  return repository;
}

static void by_uri_and_proven(void) {
  driver_state d;
  holdfast_options* options;
  holdfast_repository* repository = backed_up(&d, &options);
  holdfast_backup* backup;
  holdfast_verify_report* report;
  holdfast_restore_report restored;
  holdfast_finding_list* findings;
  holdfast_source* source;
  holdfast_target* target;
  holdfast_job* job;
  CHECK(d.opens == 1 && d.host.backups == 1 && d.host.released == 1);
  OK(holdfast_repository_find(&backup, repository, "latest", NULL, &err));
  CHECK_TEXT(holdfast_source_record_driver(holdfast_backup_source(backup, 0)), "notes-app");
  CHECK(holdfast_backup_level(backup) == HOLDFAST_LEVEL_STORED);
  holdfast_backup_free(backup);
  OK(holdfast_options_add_string(options, "verify.query", "SELECT 6 * 7", &err));
  OK(holdfast_options_set_string(options, "driver.speed", "11", &err));
  d.answers = 1;
  report = verified(repository, options);
  CHECK(d.option_count == 1);
  OK(holdfast_options_unset(options, "driver.speed", &err));
  CHECK(holdfast_verify_report_ok(report) && holdfast_verify_report_level(report) == HOLDFAST_LEVEL_CONTENT_EQUAL);
  CHECK(holdfast_verify_report_tables(report) == 3 && holdfast_verify_report_rows(report) == 300);
  CHECK(holdfast_verify_report_count(report, "notes") == 3 && holdfast_verify_report_count(report, "rows") == 300);
  CHECK_TEXT(holdfast_verify_report_count_name(report, 2), "notes");
  CHECK_TEXT(holdfast_verify_report_where(report), "a scratch app");
  CHECK(holdfast_verify_report_query_count(report) == 1);
  CHECK_TEXT(holdfast_verify_report_query_result(report, 0), "42");
  holdfast_verify_report_free(report);
  OK(holdfast_repository_find(&backup, repository, "latest", NULL, &err));
  CHECK(holdfast_backup_level(backup) == HOLDFAST_LEVEL_CONTENT_EQUAL);
  holdfast_backup_free(backup);

  OK(holdfast_restore_start(&job, repository, "latest", "app:copy", options, &err));
  OK(holdfast_job_run(job, &err));
  memset(&restored, 0, sizeof restored);
  restored.struct_size = sizeof restored;
  OK(holdfast_job_restore_report(job, &restored, &err));
  CHECK(restored.entries == ENTRIES && restored.bytes == ENTRIES * ENTRY_BYTES);
  holdfast_job_free(job);

  OK(holdfast_source_open(&source, "app:notes", options, &err));
  holdfast_source_free(source);
  OK(holdfast_target_open(&target, "app:copy", options, &err));
  holdfast_target_free(target);
  OK(holdfast_driver_diagnose(&findings, NULL, "app:notes", options, &err));
  CHECK(holdfast_finding_list_count(findings) == 1 && holdfast_finding_list_state(findings, 0) == HOLDFAST_FINDING_OK);
  holdfast_finding_list_free(findings);
  holdfast_options_free(options);
  CHECK(d.released == 0); /* the repository owns it */
  holdfast_repository_free(repository);
  CHECK(d.released == 1);
}

/* A Proof without a level must not count as a proof. */
static void no_proof(void) {
  driver_state d;
  holdfast_options* options;
  holdfast_repository* repository = backed_up(&d, &options);
  holdfast_verify_report* report;
  holdfast_backup* backup;
  holdfast_job* job;
  holdfast_error* error;
  d.finds_fault = 1;
  report = verified(repository, options);
  CHECK(!holdfast_verify_report_ok(report) && holdfast_verify_report_fault_count(report) == 1);
  CHECK_TEXT(holdfast_verify_report_fault_object(report, 0), "table/1");
  CHECK_TEXT(holdfast_verify_report_fault_text(report, 0), "one row is missing");
  holdfast_verify_report_free(report);
  d.finds_fault = 0;
  d.level = 0;
  OK(holdfast_verify_start(&job, repository, "latest", options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_INTERNAL, "neither");
  holdfast_job_free(job);
  d.level = HOLDFAST_LEVEL_RESTORED;
  OK(holdfast_options_add_string(options, "verify.query", "SELECT 1", &err));
  OK(holdfast_verify_start(&job, repository, "latest", options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_UNSUPPORTED, "queries");
  holdfast_job_free(job);
  d.prove_fails = HOLDFAST_STATUS_HOST + 9;
  OK(holdfast_verify_start(&job, repository, "latest", options, &err));
  CHECK(holdfast_job_run(job, &error) == HOLDFAST_E_CALLBACK);
  CHECK_TEXT(holdfast_error_detail_value(error, 0), "1009");
  holdfast_error_free(error);
  holdfast_job_free(job);
  OK(holdfast_repository_find(&backup, repository, "latest", NULL, &err));
  CHECK(holdfast_backup_level(backup) == HOLDFAST_LEVEL_STORED);
  holdfast_backup_free(backup);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
}

static void refused(void) {
  driver_state d;
  holdfast_options* options;
  holdfast_repository* repository = backed_up(&d, &options);
  holdfast_driver driver;
  holdfast_writer* writer;
  holdfast_storage* storage;
  holdfast_job* job;
  driver = table_of(&d);
  FAILS(holdfast_options_add_driver(options, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "already");
  CHECK(d.released == 1);
  driver = table_of(&d);
  driver.name = "postgresql";
  driver.scheme = "mine";
  FAILS(holdfast_options_add_driver(options, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "already");
  driver = table_of(&d);
  driver.name = "mine";
  driver.scheme = "postgres";
  FAILS(holdfast_options_add_driver(options, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "already");
  driver = table_of(&d);
  driver.name = "mine";
  driver.scheme = "not a scheme";
  FAILS(holdfast_options_add_driver(options, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "scheme");
  driver = table_of(&d);
  driver.name = "";
  FAILS(holdfast_options_add_driver(options, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "empty");
  driver = table_of(&d);
  FAILS(holdfast_options_add_driver(NULL, &driver, &err), HOLDFAST_E_INVALID_ARGUMENT, "options");
  CHECK(d.released == 6);
  /* A driver without functions: each call reports what is missing. */
  driver = table_of(&d);
  driver.name = "bare";
  driver.scheme = NULL;
  driver.open_source = NULL;
  driver.open_target = NULL;
  driver.prove = NULL;
  OK(holdfast_options_add_driver(options, &driver, &err));
  holdfast_repository_free(repository);
  OK(holdfast_repository_create(&repository, "memory:", options, &err));
  OK(holdfast_backup_start(&job, repository, "bare:x", options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_UNSUPPORTED, "open_source");
  holdfast_job_free(job);
  OK(holdfast_options_set_string(options, "driver.speed", "11", &err));
  OK(holdfast_backup_start(&job, repository, "app:notes", options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_INVALID_ARGUMENT, "speed");
  holdfast_job_free(job);
  OK(holdfast_options_unset(options, "driver.speed", &err));
  OK(holdfast_options_add_string(options, "backup.include", "a.*", &err));
  OK(holdfast_backup_start(&job, repository, "app:notes", options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_UNSUPPORTED, "whole sources");
  holdfast_job_free(job);
  OK(holdfast_options_unset(options, "backup.include", &err));
  d.open_fails = HOLDFAST_E_NOT_FOUND;
  OK(holdfast_backup_start(&job, repository, "app:notes", options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_NOT_FOUND, "open_source");
  holdfast_job_free(job);
  d.open_fails = HOLDFAST_OK;
  OK(holdfast_backup_start(&job, repository, "app:notes", options, &err));
  OK(holdfast_job_run(job, &err));
  holdfast_job_free(job);
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  OK(holdfast_storage_write(&writer, storage, "o", &err));
  OK(holdfast_export_start(&job, repository, "latest", 0, writer, options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_UNSUPPORTED, "export");
  holdfast_job_free(job);
  holdfast_writer_free(writer);
  holdfast_storage_free(storage);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
  CHECK(d.released == 8);
}

/* A source that is passed directly names the driver that proves it; without a name it can't be proven. */
static holdfast_status named_describe(void* user_data, holdfast_source_info* out, holdfast_context* context, holdfast_error** err) {
  (void)user_data;
  (void)context;
  (void)err;
  out->uri = "app:named";
  out->name = "named";
  out->driver = "notes-app";
  return HOLDFAST_OK;
}

static void source_names_its_driver(void) {
  driver_state d;
  holdfast_options* options;
  holdfast_repository* repository = backed_up(&d, &options);
  holdfast_source_driver driver = host_source_driver(&d.host);
  holdfast_verify_report* report;
  holdfast_source* source;
  holdfast_job* job;
  driver.describe = named_describe;
  OK(holdfast_source_new(&source, &driver, &err));
  OK(holdfast_backup_start_sources(&job, repository, &source, 1, NULL, &err));
  OK(holdfast_job_run(job, &err));
  holdfast_job_free(job);
  holdfast_source_free(source);
  report = verified(repository, options);
  CHECK(holdfast_verify_report_ok(report) && d.proofs == 1);
  holdfast_verify_report_free(report);
  job = start_backup(repository, &d.host);
  OK(holdfast_job_run(job, &err));
  holdfast_job_free(job);
  OK(holdfast_verify_start(&job, repository, "latest", options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_INVALID_ARGUMENT, "no driver 'host'");
  holdfast_job_free(job);
  holdfast_repository_free(repository);
  holdfast_options_free(options);
}

int main(void) {
  by_uri_and_proven();
  no_proof();
  refused();
  source_names_its_driver();
  return 0;
}
