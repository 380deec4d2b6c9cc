/* A slip in a host's program loses neither data nor secrecy: anything unfinished or ambiguous is an error. */
#include "c_host.h"
#include "check.h"
#include "holdfast_options.h"

static holdfast_backup_writer* begin(holdfast_repository* repository) {
  holdfast_backup_writer* writer;
  size_t source;
  OK(holdfast_backup_writer_begin(&writer, repository, NULL, &err));
  OK(holdfast_backup_writer_add_source(&source, writer, "app:notes", "notes", &err));
  return writer;
}

static holdfast_writer* begun(holdfast_backup_writer* writer, const char* name) {
  holdfast_writer* entry;
  OK(holdfast_backup_writer_open(&entry, writer, 0, name, "stream", NULL, &err));
  OK(holdfast_writer_write(entry, "half", 4, &err));
  return entry;
}

/* Freed, or still open. */
static void an_unfinished_entry_keeps_the_backup_from_being_committed(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_backup_writer* writer = begin(repository);
  holdfast_writer* entry = begun(writer, "open");
  holdfast_backup* backup;
  FAILS(holdfast_backup_writer_commit(&backup, writer, &err), HOLDFAST_E_INVALID_STATE, "'open' was begun and not finished");
  OK(holdfast_writer_commit(entry, &err));
  FAILS(holdfast_writer_abort(entry, &err), HOLDFAST_E_INVALID_STATE, "committed");
  holdfast_writer_free(entry);
  holdfast_writer_free(begun(writer, "freed"));
  FAILS(holdfast_backup_writer_commit(&backup, writer, &err), HOLDFAST_E_INVALID_STATE, "'freed' was begun and not finished");
  holdfast_backup_writer_free(writer);
  CHECK(count_backups(repository) == 0);
  holdfast_repository_free(repository);
}

static void an_entry_is_left_out_on_purpose(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_backup_writer* writer = begin(repository);
  holdfast_writer *entry = begun(writer, "unwanted"), *piped, *plain = begun(writer, "piped");
  holdfast_pipeline* pipeline;
  holdfast_transform* gzip;
  holdfast_backup* backup;
  OK(holdfast_writer_abort(entry, &err));
  holdfast_writer_free(entry);
  OK(holdfast_transform_compression(&gzip, "gzip", &err));
  OK(holdfast_pipeline_new(&pipeline, &err));
  OK(holdfast_pipeline_add(pipeline, gzip, &err));
  OK(holdfast_pipeline_encode(&piped, pipeline, plain, &err));
  FAILS(holdfast_writer_note(piped, "k", "v", &err), HOLDFAST_E_UNSUPPORTED, "no attributes");
  OK(holdfast_writer_abort(piped, &err));
  holdfast_writer_free(piped);
  holdfast_writer_free(plain);
  OK(holdfast_backup_writer_commit(&backup, writer, &err));
  CHECK(holdfast_backup_entries(backup) == 0);
  holdfast_backup_free(backup);
  holdfast_backup_writer_free(writer);

  writer = begin(repository);
  plain = begun(writer, "lost in a pipeline");
  OK(holdfast_pipeline_encode(&piped, pipeline, plain, &err));
  holdfast_writer_free(piped);
  holdfast_writer_free(plain);
  FAILS(holdfast_backup_writer_commit(&backup, writer, &err), HOLDFAST_E_INVALID_STATE, "'lost in a pipeline'");
  holdfast_backup_writer_free(writer);
  holdfast_pipeline_free(pipeline);
  holdfast_transform_free(gzip);
  holdfast_repository_free(repository);
}

static holdfast_status describe(void* user_data, holdfast_source_info* out, holdfast_context* context, holdfast_error** err) {
  (void)user_data, (void)context, (void)err;
  out->uri = out->name = "careless";
  return HOLDFAST_OK;
}

/* Frees its entry, or keeps it, and reports success. */
static holdfast_status careless(void* user_data, holdfast_backup_writer* out, size_t source, holdfast_context* context,
                                holdfast_error** err) {
  holdfast_writer** kept = (holdfast_writer**)user_data;
  holdfast_writer* entry;
  holdfast_status status = holdfast_backup_writer_open(&entry, out, source, "half", "stream", NULL, err);
  (void)context;
  if (status != HOLDFAST_OK) return status;
  if (*kept != NULL)
    *kept = entry;
  else
    holdfast_writer_free(entry);
  return HOLDFAST_OK;
}

static void a_source_that_drops_an_entry_leaves_no_backup(void) {
  holdfast_repository* repository = memory_repository();
  int keeps;
  for (keeps = 0; keeps < 2; ++keeps) {
    holdfast_source_driver driver;
    holdfast_source* source;
    holdfast_job* job;
    holdfast_writer* kept = keeps ? (holdfast_writer*)1 : NULL;
    memset(&driver, 0, sizeof driver);
    driver.struct_size = sizeof driver;
    driver.user_data = &kept;
    driver.describe = describe;
    driver.backup = careless;
    OK(holdfast_source_new(&source, &driver, &err));
    OK(holdfast_backup_start_sources(&job, repository, &source, 1, NULL, &err));
    FAILS(holdfast_job_run(job, &err), HOLDFAST_E_INVALID_STATE, "'half' was begun and not finished");
    holdfast_job_free(job);
    holdfast_source_free(source);
    if (keeps) holdfast_writer_free(kept);
  }
  CHECK(count_backups(repository) == 0);
  holdfast_repository_free(repository);
}

#define JSON_REFUSED(text, part) FAILS(holdfast_options_from_json(&made, text, sizeof(text) - 1, &err), HOLDFAST_E_INVALID_ARGUMENT, part)

static void what_json_can_not_say_is_refused(void) {
  static const char fine[] = "{\"backup.time\": 9223372036854775807, \"repository.password\": \"\xc3\xbc\"}";
  holdfast_options* made;
  JSON_REFUSED("{\"repository.password\": \"abc\\u0000def\"}", "option repository.password has a NUL");
  JSON_REFUSED("{\"backup.compression\": \"none\\u0000\"}", "backup.compression has a NUL");
  JSON_REFUSED("{\"backup.include\": [\"a\\u0000b\"]}", "backup.include has a NUL");
  JSON_REFUSED("{\"gc.dry_run\\u0000x\": true}", "name has a NUL");
  JSON_REFUSED("{\"gc.grace\": 18446744073709551615}", "18446744073709551615 is more than");
  JSON_REFUSED("{\"backup.time\": 9223372036854775808}", "9223372036854775808 is more than");
  JSON_REFUSED("{\"gc.grace\": -1}", "from 0 to");
  JSON_REFUSED("{\"gc.grace\": -9223372036854775809}", "gc.grace");
  JSON_REFUSED("{\"gc.grace\": 1e400}", "");
  JSON_REFUSED("{\"gc.grace\": 1.0}", "gc.grace");
  JSON_REFUSED("{\"gc.grace\": NaN}", "byte 14");
  JSON_REFUSED("{\"gc.grace\": \"10\"}", "an integer");
  JSON_REFUSED("{\"gc.grace\": {\"a\": 1}}", "gc.grace");
  JSON_REFUSED("{\"gc.dry_run\": 1}", "a boolean");
  JSON_REFUSED("{\"backup.include\": [[\"a\"]]}", "no text");
  JSON_REFUSED("{\"gc.grace\": 1, \"gc.grace\": 2}", "gc.grace is there twice");
  JSON_REFUSED("{\"gc.grace\": 1} x", "byte 17");
  JSON_REFUSED("{\"gc.grace\": 1}\0", "byte");
  JSON_REFUSED("", "object");
  JSON_REFUSED("{\"backup.tag.a\": \"\xff\"}", "UTF-8");
  CHECK(made == NULL);
  /* An error quotes no input, which may be a password. */
  JSON_REFUSED("{\"repository.password\": \"hush-hush}", "see byte 36 of 35");
  OK(holdfast_options_from_json(&made, fine, strlen(fine), &err));
  holdfast_options_free(made);
}

static void a_misplaced_key_is_told_where_it_belongs(void) {
  holdfast_options* options;
  OK(holdfast_options_new(&options, &err));
  FAILS(holdfast_options_set_int64(options, "backup.keep_last", 1, &err), HOLDFAST_E_INVALID_ARGUMENT,
        "there is no option backup.keep_last: it is expire.keep_last");
  FAILS(holdfast_options_set_int64(options, "grace", 1, &err), HOLDFAST_E_INVALID_ARGUMENT, "no option grace: it is gc.grace");
  FAILS(holdfast_options_set_string(options, "repository.target", "x", &err), HOLDFAST_E_INVALID_ARGUMENT, "it is verify.target");
  FAILS(holdfast_options_add_string(options, "gc.mask", "x", &err), HOLDFAST_E_INVALID_ARGUMENT, "restore.mask or verify.mask");
  FAILS(holdfast_options_unset(options, "backup.keep_last", &err), HOLDFAST_E_INVALID_ARGUMENT, "expire.keep_last");
  holdfast_options_free(options);
}

/* The command's name for the remedy is of no use to a host. */
static void a_host_is_not_told_to_run_the_command(void) {
  holdfast_storage* storage;
  holdfast_repository* repository;
  OK(holdfast_storage_open(&storage, "memory:", NULL, &err));
  FAILS(holdfast_repository_open_on(&repository, storage, NULL, &err), HOLDFAST_E_NOT_FOUND, "is not a repository: create it first");
  holdfast_storage_free(storage);
}

static void nothing_read_is_not_the_end(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_manifest* manifest;
  holdfast_reader* reader;
  char byte;
  size_t length = 9;
  holdfast_backup_free(push_backup(repository, "e", "1", 1));
  OK(holdfast_manifest_open(&manifest, repository, "latest", NULL, &err));
  OK(holdfast_manifest_read(&reader, manifest, holdfast_manifest_entry(manifest, 0), &err));
  FAILS(holdfast_reader_read(&length, reader, &byte, 0, &err), HOLDFAST_E_INVALID_ARGUMENT, "capacity is 0");
  OK(holdfast_reader_read(&length, reader, &byte, 1, &err));
  CHECK(length == 1 && byte == '1');
  OK(holdfast_reader_read(&length, reader, &byte, 1, &err));
  CHECK(length == 0);
  holdfast_reader_free(reader);
  holdfast_manifest_free(manifest);
  holdfast_repository_free(repository);
}

/* Restores into the host's own target, with one more option. */
static holdfast_status restore_with(holdfast_repository* repository, host* h, const char* key, const char* value, holdfast_error** err) {
  holdfast_options* options;
  holdfast_target* target = host_target(h);
  holdfast_job* job;
  holdfast_status status;
  OK(holdfast_options_new(&options, &err));
  if (strcmp(key, "restore.owner") == 0)
    OK(holdfast_options_set_bool(options, key, 0, &err));
  else if (strncmp(key, "driver.", 7) == 0)
    OK(holdfast_options_set_string(options, key, value, &err));
  else
    OK(holdfast_options_add_string(options, key, value, &err));
  status = holdfast_restore_start_target(&job, repository, "latest", 0, target, options, err);
  if (status == HOLDFAST_OK) status = holdfast_job_run(job, err);
  holdfast_job_free(job);
  holdfast_target_free(target);
  holdfast_options_free(options);
  return status;
}

/* Each option of the level restore, in verifications that restore nothing. */
static void refuses_what_is_for_restores(holdfast_repository* repository) {
  static const char* const keys[] = {"verify.source", "verify.target",    "verify.restored",
                                     "verify.query",  "verify.untrusted", "verify.mask"};
  size_t i;
  for (i = 0; i < sizeof keys / sizeof *keys; ++i) {
    holdfast_options* options;
    holdfast_job* job;
    OK(holdfast_options_new(&options, &err));
    if (strcmp(keys[i], "verify.query") == 0)
      OK(holdfast_options_add_string(options, keys[i], "SELECT 1", &err));
    else
      OK(holdfast_options_set_string(options, keys[i], strcmp(keys[i], "verify.untrusted") == 0 ? "yes" : "text", &err));
    FAILS(holdfast_verify_start(&job, repository, NULL, options, &err), HOLDFAST_E_INVALID_ARGUMENT, keys[i]);
    FAILS(holdfast_verify_all_start(&job, repository, options, &err), HOLDFAST_E_INVALID_ARGUMENT, keys[i]);
    OK(holdfast_verify_start(&job, repository, "latest", options, &err));
    FAILS(holdfast_job_run(job, &err), HOLDFAST_E_INVALID_ARGUMENT, "level restore");
    holdfast_job_free(job);
    holdfast_options_free(options);
  }
}

static void what_a_host_can_not_be_given_is_refused(void) {
  host h;
  holdfast_repository *repository = memory_repository(), *other = memory_repository();
  holdfast_source* source;
  holdfast_options* options;
  holdfast_backup_writer* writer;
  holdfast_job* job;
  memset(&h, 0, sizeof h);
  job = start_backup(repository, &h);
  OK(holdfast_job_run(job, &err));
  holdfast_job_free(job);
  FAILS(restore_with(repository, &h, "restore.include", "a", &err), HOLDFAST_E_UNSUPPORTED, "restore.include");
  FAILS(restore_with(repository, &h, "restore.exclude", "a", &err), HOLDFAST_E_UNSUPPORTED, "restore.exclude");
  FAILS(restore_with(repository, &h, "restore.owner", "no", &err), HOLDFAST_E_UNSUPPORTED, "restore.owner");
  FAILS(restore_with(repository, &h, "driver.speed", "fast", &err), HOLDFAST_E_UNSUPPORTED, "driver.speed");
  CHECK(h.restores == 0);

  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_add_string(options, "backup.include", "a", &err));
  source = host_source(&h);
  FAILS(holdfast_backup_start_sources(&job, repository, &source, 1, options, &err), HOLDFAST_E_UNSUPPORTED, "backup.include");
  FAILS(holdfast_backup_writer_begin(&writer, repository, options, &err), HOLDFAST_E_UNSUPPORTED, "include");
  OK(holdfast_copy_start(&job, repository, "latest", other, options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_UNSUPPORTED, "include");
  holdfast_job_free(job);
  OK(holdfast_options_unset(options, "backup.include", &err));
  OK(holdfast_options_set_string(options, "driver.speed", "fast", &err));
  FAILS(holdfast_backup_start_sources(&job, repository, &source, 1, options, &err), HOLDFAST_E_UNSUPPORTED, "driver.speed");
  /* A call that opens no driver ignores "driver.": the object may serve others. */
  OK(holdfast_copy_start(&job, repository, "latest", other, options, &err));
  OK(holdfast_job_run(job, &err));
  holdfast_job_free(job);
  OK(holdfast_verify_start(&job, repository, "latest", options, &err));
  OK(holdfast_job_run(job, &err));
  holdfast_job_free(job);
  /* The driver of a target by URI gets them. */
  OK(holdfast_restore_start(&job, repository, "latest", "dir:///nowhere", options, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_INVALID_ARGUMENT, "speed");
  holdfast_job_free(job);
  holdfast_source_free(source);

  refuses_what_is_for_restores(repository);
  holdfast_options_free(options);
  holdfast_repository_free(other);
  holdfast_repository_free(repository);
}

/* Expiring without a rule is a slip, and is refused before anything is done. */
static void nothing_to_keep_by_is_refused(void) {
  holdfast_repository* repository = memory_repository();
  holdfast_options* options;
  holdfast_job* job;
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_int64(options, "expire.minimum", 3, &err));
  FAILS(holdfast_expire_start(&job, repository, options, &err), HOLDFAST_E_INVALID_ARGUMENT, "no rule says what to keep");
  holdfast_options_free(options);
  holdfast_repository_free(repository);
}

static void a_boolean_has_one_spelling_everywhere(void) {
  static const char* const spelt[] = {"yes", "true", "on", "1", "no", "false", "off", "0"};
  static const char json[] = "{\"gc.dry_run\": \"yes\", \"restore.owner\": false}";
  holdfast_options* options;
  size_t i;
  OK(holdfast_options_new(&options, &err));
  for (i = 0; i < sizeof spelt / sizeof spelt[0]; ++i) OK(holdfast_options_set_string(options, "gc.dry_run", spelt[i], &err));
  FAILS(holdfast_options_set_string(options, "gc.dry_run", "maybe", &err), HOLDFAST_E_INVALID_ARGUMENT,
        "option gc.dry_run takes yes or no");
  FAILS(holdfast_options_set_string(options, "gc.dry_run", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "value");
  holdfast_options_free(options);
  OK(holdfast_options_from_json(&options, json, sizeof json - 1, &err));
  holdfast_options_free(options);
  for (i = 0; i < holdfast_option_count(); ++i) {
    const holdfast_option_info* info = holdfast_option_at(i);
    if (info->type != HOLDFAST_TYPE_BOOLEAN) continue;
    CHECK(strcmp(info->default_value, "yes") == 0 || strcmp(info->default_value, "no") == 0);
  }
}

static const holdfast_option_info* driver_option(const char* driver, const char* name) {
  size_t i, j;
  for (i = 0; i < holdfast_driver_count(); ++i) {
    for (j = 0; strcmp(holdfast_driver_name(i), driver) == 0 && j < holdfast_driver_option_count(i); ++j) {
      if (strcmp(holdfast_driver_option_at(i, j)->name, name) == 0) return holdfast_driver_option_at(i, j);
    }
  }
  return NULL;
}

static void drivers_tell_what_their_options_take(void) {
  const holdfast_option_info* changed = driver_option("files", "changed");
  const holdfast_option_info* globals = driver_option("postgresql", "globals");
  const holdfast_option_info* argv = driver_option("exec", "argv");
  CHECK(changed != NULL && changed->type == HOLDFAST_TYPE_CHOICE);
  CHECK_TEXT(changed->choices, "warn|fail");
  CHECK_TEXT(changed->default_value, "warn");
  CHECK(globals != NULL && globals->type == HOLDFAST_TYPE_BOOLEAN);
  CHECK_TEXT(globals->default_value, "yes");
  CHECK_TEXT(globals->calls, "backup");
  CHECK(argv != NULL && argv->type == HOLDFAST_TYPE_LIST);
  CHECK_TEXT(argv->calls, "backup|restore|verify|doctor");
  CHECK_TEXT(argv->choices, "");
}

static void storages_tell_what_their_options_take(void) {
  size_t kind, at, seen = 0;
  CHECK_TEXT(holdfast_storage_kind_scheme(0), "");
  for (kind = 0; kind < holdfast_storage_kind_count(); ++kind) {
    CHECK(holdfast_storage_kind_scheme(kind) != NULL && holdfast_storage_kind_form(kind)[0] != '\0');
    for (at = 0; at < holdfast_storage_kind_option_count(kind); ++at) {
      const holdfast_option_info* info = holdfast_storage_kind_option_at(kind, at);
      CHECK(info->help[0] != '\0' && strcmp(info->calls, "") == 0);
      CHECK((info->type == HOLDFAST_TYPE_CHOICE) == (info->choices[0] != '\0'));
      if (strcmp(holdfast_storage_kind_scheme(kind), "s3") != 0) continue;
      if (strcmp(info->name, "secret_access_key") == 0) seen += info->is_secret == 1;
      if (strcmp(info->name, "max_parts") == 0) seen += info->minimum == 9 && info->maximum == 10000;
    }
    CHECK(holdfast_storage_kind_option_at(kind, at) == NULL);
  }
  CHECK(seen == 2);
  CHECK(holdfast_storage_kind_scheme(kind) == NULL && holdfast_storage_kind_form(kind) == NULL);
  CHECK(holdfast_storage_kind_option_count(kind) == 0 && holdfast_storage_kind_option_at(kind, 0) == NULL);
}

int main(void) {
  drivers_tell_what_their_options_take();
  storages_tell_what_their_options_take();
  an_unfinished_entry_keeps_the_backup_from_being_committed();
  an_entry_is_left_out_on_purpose();
  a_source_that_drops_an_entry_leaves_no_backup();
  what_json_can_not_say_is_refused();
  a_misplaced_key_is_told_where_it_belongs();
  a_host_is_not_told_to_run_the_command();
  nothing_read_is_not_the_end();
  what_a_host_can_not_be_given_is_refused();
  nothing_to_keep_by_is_refused();
  a_boolean_has_one_spelling_everywhere();
  return 0;
}
