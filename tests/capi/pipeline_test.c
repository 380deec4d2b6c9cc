/* Pipelines: anything that can be read, through stages, into anything that can be written, forwards and backwards. */
#include <stdlib.h>

#include "c_host.h"
#include "check.h"
#include "holdfast_report.h"

static holdfast_pipeline* stages(void) {
  holdfast_pipeline* pipeline;
  holdfast_transform *gzip, *sealed;
  OK(holdfast_pipeline_new(&pipeline, &err));
  OK(holdfast_transform_compression(&gzip, "gzip", &err));
  OK(holdfast_transform_aes256gcm(&sealed, RAW_KEY, 32, "here", &err));
  OK(holdfast_pipeline_add(pipeline, gzip, &err));
  OK(holdfast_pipeline_add(pipeline, sealed, &err));
  holdfast_transform_free(gzip);
  holdfast_transform_free(sealed);
  return pipeline;
}

static holdfast_pipeline_report report_of(holdfast_job* job) {
  holdfast_pipeline_report report;
  char* text;
  memset(&report, 0, sizeof report);
  report.struct_size = sizeof report;
  OK(holdfast_job_run(job, &err));
  OK(holdfast_job_pipeline_report(job, &report, &err));
  OK(holdfast_job_result_to_json(&text, job, &err));
  CHECK(strstr(text, "\"bytes_out\":") != NULL);
  holdfast_string_free(text);
  holdfast_job_free(job);
  return report;
}

static holdfast_job* run(holdfast_pipeline* pipeline, int32_t direction, holdfast_reader* reader, holdfast_writer* writer) {
  holdfast_job* job;
  OK(holdfast_pipeline_run_start(&job, pipeline, direction, reader, writer, NULL, &err));
  holdfast_reader_free(reader);
  holdfast_writer_free(writer);
  return job;
}

static holdfast_reader* exec_reader(const char* a, const char* b, const char* c) {
  const char* argv[3];
  holdfast_reader* reader;
  argv[0] = a, argv[1] = b, argv[2] = c;
  OK(holdfast_reader_exec(&reader, argv, 3, NULL, &err));
  return reader;
}

/* exec | gzip | aes | object, and back into a file descriptor. */
static void a_command_becomes_an_object_and_comes_back(void) {
  holdfast_storage* storage;
  holdfast_pipeline* pipeline = stages();
  holdfast_writer* writer;
  holdfast_reader* reader;
  holdfast_pipeline_report report;
  holdfast_progress progress;
  holdfast_job* job;
  FILE* file = tmpfile();
  char* text;
  size_t length;
  CHECK(file != NULL);
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  OK(holdfast_storage_write(&writer, storage, "seq.gz.enc", &err));
  job = run(pipeline, HOLDFAST_ENCODE, exec_reader("seq", "1", "100000"), writer);
  OK(holdfast_job_run(job, &err));
  memset(&progress, 0, sizeof progress);
  progress.struct_size = sizeof progress;
  OK(holdfast_job_progress(job, &progress, &err));
  report = report_of(job);
  CHECK(report.bytes_in == 588895 && report.bytes_out < 300000);
  CHECK(progress.bytes_done == report.bytes_in && progress.bytes_stored == report.bytes_out); /* counted once */

  OK(holdfast_storage_read(&reader, storage, "seq.gz.enc", 0, UINT64_MAX, &err));
  OK(holdfast_writer_fd(&writer, fileno(file), NULL, &err));
  report = report_of(run(pipeline, HOLDFAST_DECODE, reader, writer));
  CHECK(report.bytes_out == 588895);
  rewind(file);
  OK(holdfast_reader_fd(&reader, fileno(file), NULL, &err));
  text = read_all(reader, &length);
  CHECK(length == 588895 && memcmp(text, "1\n2\n3\n", 6) == 0);
  free(text);
  holdfast_reader_free(reader);
  fclose(file);
  holdfast_storage_free(storage);
  holdfast_pipeline_free(pipeline);
}

static void a_pipeline_ends_in_a_command_an_entry_and_a_target(void) {
  static const char* const fails[] = {"false"};
  static const char* const counts[] = {"sh", "-c", "test $(wc -c) -eq 588895"};
  holdfast_repository* repository = memory_repository();
  holdfast_backup_writer* session;
  holdfast_pipeline* nothing;
  holdfast_manifest* manifest;
  holdfast_reader* reader;
  holdfast_writer* writer;
  holdfast_target* target;
  holdfast_job* job;
  size_t source;
  OK(holdfast_pipeline_new(&nothing, &err));
  OK(holdfast_writer_exec(&writer, counts, 3, NULL, &err));
  CHECK(report_of(run(nothing, HOLDFAST_ENCODE, exec_reader("seq", "1", "100000"), writer)).bytes_out == 588895);
  OK(holdfast_writer_exec(&writer, fails, 1, NULL, &err));
  job = run(nothing, HOLDFAST_ENCODE, exec_reader("seq", "1", "100000"), writer);
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_TARGET, "false");
  holdfast_job_free(job);
  OK(holdfast_writer_exec(&writer, counts, 3, NULL, &err));
  job = run(nothing, HOLDFAST_ENCODE, exec_reader("sh", "-c", "echo x; exit 3"), writer);
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_SOURCE, "status 3");
  holdfast_job_free(job);

  OK(holdfast_backup_writer_begin(&session, repository, NULL, &err));
  OK(holdfast_backup_writer_add_source(&source, session, "app:notes", "notes", &err));
  OK(holdfast_backup_writer_open(&writer, session, source, "seq", "stream", NULL, &err));
  CHECK(report_of(run(nothing, HOLDFAST_ENCODE, exec_reader("seq", "1", "100000"), writer)).bytes_in == 588895);
  OK(holdfast_backup_writer_commit(NULL, session, &err));
  holdfast_backup_writer_free(session);

  OK(holdfast_manifest_open(&manifest, repository, "latest", NULL, &err));
  CHECK_TEXT(holdfast_entry_restore_with(holdfast_manifest_entry(manifest, 0)), "");
  CHECK(holdfast_entry_transform(holdfast_manifest_entry(manifest, 0), 99) == NULL);
  OK(holdfast_manifest_read(&reader, manifest, holdfast_manifest_entry(manifest, 0), &err));
  OK(holdfast_target_open(&target, "exec:sh -c 'test $(wc -c) -eq 588895'", NULL, &err));
  OK(holdfast_writer_target(&writer, target, NULL, &err));
  CHECK(report_of(run(nothing, HOLDFAST_ENCODE, reader, writer)).bytes_out == 588895);
  FAILS(holdfast_writer_target(&writer, target, NULL, &err), HOLDFAST_E_INVALID_STATE, "used up");
  holdfast_target_free(target);
  holdfast_manifest_free(manifest);
  holdfast_pipeline_free(nothing);
  holdfast_repository_free(repository);
}

static void a_source_is_read_by_entry_or_as_a_whole(void) {
  host h;
  holdfast_source* source;
  holdfast_reader* reader;
  holdfast_storage* storage;
  holdfast_pipeline* pipeline = stages();
  holdfast_object_info info;
  holdfast_job* job;
  char* text;
  size_t length;
  char name[64];
  char byte;
  memset(&h, 0, sizeof h);
  source = host_source(&h);
  OK(holdfast_reader_source(&reader, source, "no such entry", NULL, &err));
  FAILS(holdfast_reader_read(&length, reader, &byte, 1, &err), HOLDFAST_E_NOT_FOUND, "no such entry");
  holdfast_reader_free(reader);
  FAILS(holdfast_reader_source(&reader, source, NULL, NULL, &err), HOLDFAST_E_INVALID_STATE, "used up");
  holdfast_source_free(source);
  source = host_source(&h);
  OK(holdfast_reader_source(&reader, source, NULL, NULL, &err)); /* it has three */
  while (holdfast_reader_read(&length, reader, name, sizeof name, NULL) == HOLDFAST_OK && length > 0) {
  }
  CHECK(length == 0);
  holdfast_reader_free(reader);
  holdfast_source_free(source);

  source = host_source(&h);
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  OK(holdfast_pipeline_split_start(&job, pipeline, source, storage, "all/", NULL, &err));
  holdfast_source_free(source);
  CHECK(report_of(job).bytes_in == (uint64_t)ENTRIES * ENTRY_BYTES);
  memset(&info, 0, sizeof info);
  info.struct_size = sizeof info;
  FAILS(holdfast_storage_stat(storage, "all/none.gz.enc", &info, &err), HOLDFAST_E_NOT_FOUND, "none");
  OK(holdfast_source_open(&source, "exec:seq 1 5", NULL, &err));
  OK(holdfast_reader_source(&reader, source, NULL, NULL, &err));
  text = read_all(reader, &length);
  CHECK(length == 10 && memcmp(text, "1\n2\n3\n4\n5\n", 10) == 0);
  free(text);
  holdfast_reader_free(reader);
  holdfast_source_free(source);
  holdfast_storage_free(storage);
  holdfast_pipeline_free(pipeline);
}

static void on_hash(void* user_data, uint64_t bytes, const char* hex) { sprintf((char*)user_data, "%d %.8s", (int)bytes, hex); }
static void on_release(void* user_data) { ((char*)user_data)[63] = 'r'; }

static void hashes_and_limits_are_stages(void) {
  char seen[64] = "";
  holdfast_transform *hashed, *limited;
  holdfast_pipeline* pipeline;
  holdfast_storage* storage;
  holdfast_writer* writer;
  FAILS(holdfast_transform_throttle(&limited, 0, &err), HOLDFAST_E_INVALID_ARGUMENT, "0");
  FAILS(holdfast_transform_hash(&hashed, 9, on_hash, seen, on_release, &err), HOLDFAST_E_INVALID_ARGUMENT, "kind");
  CHECK(seen[63] == 'r');
  seen[63] = 0;
  OK(holdfast_transform_throttle(&limited, 1u << 30, &err));
  OK(holdfast_transform_hash(&hashed, HOLDFAST_HASH_SHA256, on_hash, seen, on_release, &err));
  OK(holdfast_pipeline_new(&pipeline, &err));
  OK(holdfast_pipeline_add(pipeline, hashed, &err));
  OK(holdfast_pipeline_add(pipeline, limited, &err));
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  OK(holdfast_storage_write(&writer, storage, "x", &err));
  report_of(run(pipeline, HOLDFAST_ENCODE, exec_reader("printf", "%s", "abc"), writer));
  CHECK_TEXT(seen, "3 ba7816bf");
  holdfast_transform_free(hashed);
  holdfast_transform_free(limited);
  holdfast_pipeline_free(pipeline);
  CHECK(seen[63] == 'r');
  holdfast_storage_free(storage);
}

/* A job's cancel reaches the command that it reads, whatever that does. */
static void a_cancelled_run_leaves_nothing(void) {
  static const char* const sleeps[] = {"sleep", "1000"};
  holdfast_pipeline* pipeline = stages();
  holdfast_storage* storage;
  holdfast_object_info info;
  holdfast_reader* reader;
  holdfast_writer* writer;
  holdfast_job* job;
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  OK(holdfast_storage_write(&writer, storage, "x", &err));
  OK(holdfast_reader_exec(&reader, sleeps, 2, NULL, &err));
  job = run(pipeline, HOLDFAST_ENCODE, reader, writer);
  OK(holdfast_job_cancel(job, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_CANCELLED, "");
  holdfast_job_free(job);
  memset(&info, 0, sizeof info);
  info.struct_size = sizeof info;
  FAILS(holdfast_storage_stat(storage, "x", &info, &err), HOLDFAST_E_NOT_FOUND, "x");
  OK(holdfast_reader_exec(&reader, sleeps, 2, NULL, &err)); /* freed while it waits */
  holdfast_reader_free(reader);
  FAILS(holdfast_reader_fd(&reader, -1, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "-1");
  FAILS(holdfast_reader_exec(&reader, sleeps, 0, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "argv");
  FAILS(holdfast_reader_sql(&reader, "mysql://x", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "");
  holdfast_storage_free(storage);
  holdfast_pipeline_free(pipeline);
}

static void plain_times_are_planned_without_a_repository(void) {
  static const int64_t day = 86400000000;
  int64_t times[3];
  holdfast_retention_plan* plan;
  holdfast_options* options;
  times[0] = 100 * day, times[1] = 101 * day, times[2] = 101 * day + 1000;
  OK(holdfast_options_new(&options, &err));
  FAILS(holdfast_retention_plan_times(&plan, times, 3, 102 * day, options, &err), HOLDFAST_E_INVALID_ARGUMENT, "no rule");
  OK(holdfast_options_set_int64(options, "expire.keep_daily", 1, &err));
  OK(holdfast_retention_plan_times(&plan, times, 3, 102 * day, options, &err));
  CHECK(holdfast_retention_plan_count(plan) == 3 && holdfast_retention_plan_removed(plan) == 2);
  CHECK_TEXT(holdfast_backup_id(holdfast_retention_plan_backup(plan, 0)), "2");
  CHECK(holdfast_retention_plan_keeps(plan, 0) == 1 && holdfast_retention_plan_keeps(plan, 1) == 0);
  holdfast_retention_plan_free(plan);
  OK(holdfast_options_add_string(options, "expire.keep_tag", "a", &err));
  FAILS(holdfast_retention_plan_times(&plan, times, 3, 102 * day, options, &err), HOLDFAST_E_UNSUPPORTED, "tags");
  holdfast_options_free(options);
}

int main(void) {
  a_command_becomes_an_object_and_comes_back();
  a_pipeline_ends_in_a_command_an_entry_and_a_target();
  a_source_is_read_by_entry_or_as_a_whole();
  hashes_and_limits_are_stages();
  a_cancelled_run_leaves_nothing();
  plain_times_are_planned_without_a_repository();
  return 0;
}
