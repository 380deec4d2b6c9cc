/* The ordinary life of a repository, through every kind of handle. Also run as a program built against the frozen
 * headers of earlier versions. */
#include "check.h"

static void versions(void) {
  CHECK(strncmp(holdfast_version(), "0.", 2) == 0);
  CHECK(holdfast_abi_version() >= HOLDFAST_ABI_VERSION);
  CHECK(holdfast_abi_version() > HOLDFAST_ABI_VERSION || strcmp(holdfast_version(), HOLDFAST_VERSION_STRING) == 0);
  CHECK(strstr(holdfast_build_info(), holdfast_version()) != NULL);
  CHECK_TEXT(holdfast_status_name(HOLDFAST_OK), "ok");
  CHECK_TEXT(holdfast_status_name(HOLDFAST_E_NOT_FOUND), "not_found");
  CHECK_TEXT(holdfast_status_name(HOLDFAST_E_INTERNAL), "internal");
  CHECK_TEXT(holdfast_status_name(-7), "unknown");
}

static void option_tables(void) {
  size_t i, drivers = holdfast_driver_count();
  const char* json = "{\"backup.include\": [\"a\", \"b\"], \"limits.jobs\": 2, \"gc.dry_run\": true}x";
  const holdfast_option_info* info;
  holdfast_options* options;
  CHECK(holdfast_option_count() > 30);
  for (i = 0; i < holdfast_option_count(); ++i) {
    info = holdfast_option_at(i);
    CHECK(info->struct_size >= sizeof(holdfast_option_info));
    CHECK(info->help[0] != '\0');
    CHECK(i == 0 || strcmp(holdfast_option_at(i - 1)->name, info->name) < 0);
    CHECK(info->type == HOLDFAST_TYPE_FAMILY || holdfast_option_find(info->name) == info);
    CHECK(info->type != HOLDFAST_TYPE_INTEGER || info->minimum < info->maximum);
  }
  CHECK(holdfast_option_at(i) == NULL);
  CHECK_TEXT(holdfast_option_find("backup.tag.env")->name, "backup.tag.");
  CHECK(holdfast_option_find("backup.tag.") == NULL);
  CHECK(holdfast_option_find("backup.tags") == NULL);
  CHECK(drivers >= 2 && holdfast_driver_name(drivers) == NULL);
  CHECK(holdfast_driver_option_count(drivers) == 0 && holdfast_driver_option_at(0, 1000) == NULL);
  for (i = 0; i < drivers; ++i) {
    if (strcmp(holdfast_driver_name(i), "exec") == 0) CHECK_TEXT(holdfast_driver_option_at(i, 0)->name, "argv");
  }
  /* The length decides, not a NUL. */
  OK(holdfast_options_from_json(&options, json, strlen(json) - 1, &err));
  OK(holdfast_options_unset(options, "gc.dry_run", &err));
  holdfast_options_free(options);
}

static void one_verify(holdfast_repository* repository, const char* backup, const char* level, int32_t reached) {
  holdfast_options* options;
  holdfast_job* job;
  holdfast_verify_report* report;
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_string(options, "verify.level", level, &err));
  OK(holdfast_verify_start(&job, repository, backup, options, &err));
  OK(holdfast_job_run(job, &err));
  OK(holdfast_job_verify_report(&report, job, &err));
  holdfast_job_free(job);
  holdfast_options_free(options);
  CHECK(holdfast_verify_report_ok(report));
  CHECK(holdfast_verify_report_level(report) == reached);
  CHECK(holdfast_verify_report_objects(report) > 0);
  CHECK(reached == HOLDFAST_LEVEL_STORED || holdfast_verify_report_bytes(report) > 0);
  CHECK(holdfast_verify_report_fault_count(report) == 0 && holdfast_verify_report_fault_object(report, 0) == NULL);
  CHECK(holdfast_verify_report_fault_text(report, 0) == NULL);
  CHECK(holdfast_verify_report_query_count(report) == 0 && holdfast_verify_report_query_result(report, 0) == NULL);
  CHECK(!holdfast_verify_report_query_ok(report, 0));
  CHECK(holdfast_verify_report_tables(report) == 0 && holdfast_verify_report_rows(report) == 0);
  CHECK_TEXT(holdfast_verify_report_where(report), "");
  holdfast_verify_report_free(report);
}

/* Two sources, notes, attributes, tags. Returns the backup's id, which the caller must free. */
static char* rich_backup(holdfast_repository* repository) {
  holdfast_options* options;
  holdfast_backup_writer* writer;
  holdfast_writer* stream;
  holdfast_backup* backup;
  size_t source;
  char* id;
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_string(options, "backup.tag.env", "prod", &err));
  OK(holdfast_options_set_string(options, "backup.compression", "zstd:3", &err));
  OK(holdfast_options_set_bool(options, "backup.decode_check", 1, &err));
  OK(holdfast_options_set_string(options, "entry.attribute.table", "orders", &err));
  OK(holdfast_options_set_int64(options, "entry.restore_order", 3, &err));
  OK(holdfast_backup_writer_begin(&writer, repository, options, &err));
  OK(holdfast_backup_writer_add_source(&source, writer, "app:one", "one", &err));
  OK(holdfast_backup_writer_add_source(&source, writer, "app:two", "two", &err));
  CHECK(source == 1);
  OK(holdfast_backup_writer_note(writer, 1, "server", "9", &err));
  OK(holdfast_backup_writer_set_instant(writer, 1, 1700000000000000, &err));
  OK(holdfast_backup_writer_open(&stream, writer, 1, "gr\xc3\xbc\xc3\x9f/e", "stream", options, &err));
  holdfast_options_free(options);
  OK(holdfast_writer_write(stream, "hello ", 6, &err));
  OK(holdfast_writer_write(stream, NULL, 0, &err));
  OK(holdfast_writer_note(stream, "late", "yes", &err));
  OK(holdfast_writer_write(stream, "world", 5, &err));
  OK(holdfast_writer_commit(stream, &err));
  OK(holdfast_backup_writer_commit(&backup, writer, &err));
  holdfast_backup_writer_free(writer);
  holdfast_writer_free(stream);
  CHECK_TEXT(holdfast_notes_get(holdfast_backup_tags(backup), "env"), "prod");
  CHECK(holdfast_notes_count(holdfast_backup_tags(backup)) == 1);
  CHECK_TEXT(holdfast_notes_key(holdfast_backup_tags(backup), 0), "env");
  CHECK_TEXT(holdfast_notes_value(holdfast_backup_tags(backup), 0), "prod");
  CHECK(holdfast_notes_key(holdfast_backup_tags(backup), 1) == NULL && holdfast_notes_value(holdfast_backup_tags(backup), 1) == NULL);
  CHECK(holdfast_notes_get(holdfast_backup_tags(backup), "no") == NULL);
  CHECK(holdfast_backup_source_count(backup) == 2 && holdfast_backup_source(backup, 2) == NULL);
  CHECK(holdfast_backup_entries(backup) == 1 && holdfast_backup_plain_bytes(backup) == 11);
  CHECK(holdfast_backup_time(backup) > 1700000000000000 && holdfast_backup_finished(backup) >= holdfast_backup_time(backup));
  CHECK(holdfast_backup_stored_bytes(backup) < 100000);
  CHECK(holdfast_backup_level(backup) == HOLDFAST_LEVEL_STORED && holdfast_backup_proven(backup) == 0);
  CHECK_TEXT(holdfast_backup_damage(backup), "");
  id = (char*)malloc(strlen(holdfast_backup_id(backup)) + 1);
  strcpy(id, holdfast_backup_id(backup));
  holdfast_backup_free(backup);
  return id;
}

static void look_at(holdfast_repository* repository, const char* id) {
  holdfast_manifest* manifest;
  holdfast_reader* reader;
  const holdfast_entry* entry;
  const holdfast_source_record* record;
  size_t length;
  char* text;
  OK(holdfast_manifest_open(&manifest, repository, id, NULL, &err));
  CHECK_TEXT(holdfast_manifest_id(manifest), id);
  CHECK(strstr(holdfast_manifest_written_by(manifest), "holdfast") != NULL);
  CHECK(holdfast_manifest_source_count(manifest) == 2 && holdfast_manifest_source(manifest, 2) == NULL);
  record = holdfast_manifest_source(manifest, 1);
  CHECK_TEXT(holdfast_source_record_uri(record), "app:two");
  CHECK_TEXT(holdfast_source_record_name(record), "two");
  CHECK_TEXT(holdfast_source_record_driver(record), "host");
  CHECK(holdfast_source_record_instant(record) == 1700000000000000);
  CHECK_TEXT(holdfast_notes_get(holdfast_source_record_notes(record), "server"), "9");
  CHECK(holdfast_manifest_entry_count(manifest) == 1 && holdfast_manifest_entry(manifest, 1) == NULL);
  entry = holdfast_manifest_entry(manifest, 0);
  CHECK(holdfast_manifest_find(manifest, 1, "gr\xc3\xbc\xc3\x9f/e") == entry);
  CHECK(holdfast_manifest_find(manifest, 0, "gr\xc3\xbc\xc3\x9f/e") == NULL);
  CHECK_TEXT(holdfast_entry_name(entry), "gr\xc3\xbc\xc3\x9f/e");
  CHECK_TEXT(holdfast_entry_kind(entry), "stream");
  CHECK(holdfast_entry_source(entry) == 1 && holdfast_entry_plain_bytes(entry) == 11 && holdfast_entry_stored_bytes(entry) < 1000);
  CHECK(strlen(holdfast_entry_content_hash(entry)) == 32);
  CHECK_TEXT(holdfast_notes_get(holdfast_entry_attributes(entry), "table"), "orders");
  CHECK_TEXT(holdfast_notes_get(holdfast_entry_attributes(entry), "late"), "yes");
  OK(holdfast_manifest_read(&reader, manifest, entry, &err));
  holdfast_manifest_free(manifest);
  text = read_all(reader, &length);
  CHECK(length == 11 && memcmp(text, "hello world", 11) == 0);
  OK(holdfast_reader_read(&length, reader, text, 5, &err));
  CHECK(length == 0);
  free(text);
  holdfast_reader_free(reader);
}

static void copy_and_diff(holdfast_repository* repository, const char* id) {
  holdfast_repository* second;
  holdfast_options* options;
  holdfast_job* job;
  holdfast_backup *copied, *other;
  holdfast_diff* diff;
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_string(options, "repository.encryption", "none", &err));
  OK(holdfast_options_set_string(options, "repository.layout", "plain", &err));
  OK(holdfast_repository_create(&second, "memory:", options, &err));
  holdfast_options_free(options);
  CHECK_TEXT(holdfast_repository_layout(second), "plain");
  CHECK(!holdfast_repository_is_encrypted(second));
  OK(holdfast_copy_start(&job, repository, id, second, NULL, &err));
  OK(holdfast_job_wait(job, -1, &err));
  OK(holdfast_job_backup(&copied, job, &err));
  holdfast_job_free(job);
  look_at(second, holdfast_backup_id(copied));
  other = push_backup(second, "new", "x", 1);
  OK(holdfast_repository_diff(&diff, second, holdfast_backup_id(copied), "latest", NULL, &err));
  CHECK(holdfast_diff_count(diff, HOLDFAST_DIFF_ADDED) == 1 && holdfast_diff_count(diff, HOLDFAST_DIFF_REMOVED) == 1);
  CHECK(holdfast_diff_count(diff, HOLDFAST_DIFF_CHANGED) == 0 && holdfast_diff_count(diff, 77) == 0);
  CHECK_TEXT(holdfast_entry_name(holdfast_diff_entry(diff, HOLDFAST_DIFF_ADDED, 0)), "new");
  CHECK(holdfast_diff_entry(diff, HOLDFAST_DIFF_ADDED, 1) == NULL && holdfast_diff_unchanged(diff) == 0);
  holdfast_diff_free(diff);
  holdfast_backup_free(copied);
  holdfast_backup_free(other);
  holdfast_repository_free(second);
}

static void retention(holdfast_repository* repository) {
  holdfast_options* options;
  holdfast_retention_plan* plan;
  holdfast_backup_list* list;
  holdfast_job* job;
  holdfast_garbage_report garbage;
  char id[128];
  holdfast_backup_free(push_backup(repository, "third", "3", 1)); /* same series as the first one */
  OK(holdfast_options_new(&options, &err));
  FAILS(holdfast_retention_plan_new(&plan, repository, options, &err), HOLDFAST_E_INVALID_ARGUMENT, "keep");
  CHECK(plan == NULL);
  OK(holdfast_options_set_int64(options, "expire.keep_last", 1, &err));
  OK(holdfast_retention_plan_new(&plan, repository, options, &err));
  CHECK(holdfast_retention_plan_count(plan) == 3 && holdfast_retention_plan_removed(plan) == 1);
  CHECK(holdfast_retention_plan_keeps(plan, 0) && holdfast_retention_plan_keeps(plan, 1) && !holdfast_retention_plan_keeps(plan, 2));
  CHECK(holdfast_retention_plan_reason_count(plan, 0) > 0 && holdfast_retention_plan_reason(plan, 0, 0)[0] != '\0');
  CHECK(holdfast_retention_plan_reason(plan, 0, 1000) == NULL && holdfast_retention_plan_backup(plan, 3) == NULL);
  CHECK(holdfast_retention_plan_freed_bytes(plan) < 1000000);
  strcpy(id, holdfast_backup_id(holdfast_retention_plan_backup(plan, 2)));
  holdfast_retention_plan_free(plan);
  OK(holdfast_expire_start(&job, repository, options, &err));
  OK(holdfast_job_run(job, &err));
  OK(holdfast_job_retention_plan(&plan, job, &err));
  CHECK(holdfast_retention_plan_removed(plan) == 1);
  holdfast_retention_plan_free(plan);
  holdfast_job_free(job);
  OK(holdfast_repository_list(&list, repository, options, &err));
  CHECK(holdfast_backup_list_count(list) == 2 && holdfast_backup_list_at(list, 2) == NULL);
  CHECK(strcmp(holdfast_backup_id(holdfast_backup_list_at(list, 1)), id) != 0);
  holdfast_backup_list_free(list);
  OK(holdfast_repository_undo_remove(repository, id, NULL, &err));
  OK(holdfast_repository_remove(repository, id, NULL, &err));
  OK(holdfast_options_set_int64(options, "gc.grace", 0, &err));
  OK(holdfast_gc_start(&job, repository, options, &err));
  OK(holdfast_job_run(job, &err));
  memset(&garbage, 0, sizeof garbage);
  garbage.struct_size = sizeof garbage;
  OK(holdfast_job_garbage_report(job, &garbage, &err));
  CHECK(garbage.struct_size == sizeof garbage);
  holdfast_job_free(job);
  holdfast_options_free(options);
}

static void repair(holdfast_repository* repository) {
  holdfast_job* job;
  holdfast_repair_report report;
  OK(holdfast_repair_start(&job, repository, NULL, &err));
  OK(holdfast_job_run(job, &err));
  memset(&report, 0, sizeof report);
  report.struct_size = sizeof report;
  OK(holdfast_job_repair_report(job, &report, &err));
  CHECK(report.indexed_packs == 0 && report.removed_segments == 0 && report.unreadable_packs == 0);
  holdfast_job_free(job);
}

static void keys(holdfast_repository* repository) {
  holdfast_key_list* list;
  char* id;
  OK(holdfast_key_add(&id, repository, HOLDFAST_KEY_RAW, "abcdefghijklmnopabcdefghijklmnop", 32, &err));
  OK(holdfast_key_rotate(repository, &err));
  OK(holdfast_key_list_new(&list, repository, &err));
  CHECK(holdfast_key_list_count(list) == 2 && holdfast_key_list_id(list, 2) == NULL);
  CHECK_TEXT(holdfast_key_list_kind(list, 0), "raw key");
  CHECK_TEXT(holdfast_key_list_damage(list, 0), "");
  holdfast_key_list_free(list);
  OK(holdfast_key_remove(repository, id, &err));
  FAILS(holdfast_key_remove(repository, id, &err), HOLDFAST_E_NOT_FOUND, "");
  holdfast_string_free(id);
}

int main(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_backup *first, *found;
  char* id;
  versions();
  option_tables();
  CHECK_TEXT(holdfast_repository_layout(repository), "packed");
  CHECK_TEXT(holdfast_repository_uri(repository), "memory:");
  CHECK(strlen(holdfast_repository_id(repository)) == 32);
  CHECK(holdfast_repository_is_encrypted(repository) && holdfast_repository_created(repository) > 1700000000000000);
  first = push_backup(repository, "first", "1", 1);
  OK(holdfast_repository_find(&found, repository, "latest", NULL, &err));
  CHECK_TEXT(holdfast_backup_id(found), holdfast_backup_id(first));
  holdfast_backup_free(found);
  holdfast_backup_free(first);
  id = rich_backup(repository);
  look_at(repository, id);
  one_verify(repository, id, "quick", HOLDFAST_LEVEL_STORED);
  one_verify(repository, id, "full", HOLDFAST_LEVEL_CHECKSUMMED);
  one_verify(repository, NULL, "full", HOLDFAST_LEVEL_CHECKSUMMED);
  OK(holdfast_repository_find(&found, repository, id, NULL, &err));
  CHECK(holdfast_backup_level(found) == HOLDFAST_LEVEL_CHECKSUMMED && holdfast_backup_proven(found) > 1700000000000000);
  holdfast_backup_free(found);
  copy_and_diff(repository, id);
  retention(repository);
  repair(repository);
  keys(repository);
  holdfast_repository_free(repository);
  free(id);
  return 0;
}
