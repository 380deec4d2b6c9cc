/* A host's own storage: objects are rows of a table in memory. A host can keep a repository in any place that holds
 * bytes. */
#include <holdfast_driver.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 256 };

typedef struct row {
  char* name; /* NULL: free */
  char* data;
  size_t size;
} row;

typedef struct table {
  pthread_mutex_t mutex;
  row rows[ROWS];
} table;

/* One stream: the name and bytes of an object that is being written, or a copy of one that is read. */
typedef struct stream {
  table* owner;
  char *name, *data;
  size_t size, at;
} stream;

static row* find(table* t, const char* name) {
  size_t i;
  for (i = 0; i < ROWS; ++i) {
    if (name == NULL ? t->rows[i].name == NULL : t->rows[i].name != NULL && strcmp(t->rows[i].name, name) == 0) return &t->rows[i];
  }
  return NULL;
}

static void close_stream(void* user_data) {
  stream* s = (stream*)user_data;
  free(s->name);
  free(s->data);
  free(s);
}

static holdfast_status stream_write(void* user_data, const void* data, size_t length, holdfast_error** err) {
  stream* s = (stream*)user_data;
  char* grown = (char*)realloc(s->data, s->size + length);
  if (grown == NULL) return holdfast_error_set(err, HOLDFAST_E_OUT_OF_MEMORY, "no memory for an object");
  s->data = grown;
  memcpy(s->data + s->size, data, length);
  s->size += length;
  return HOLDFAST_OK;
}

/* Makes the object visible, complete and never to be overwritten. */
static holdfast_status stream_commit(void* user_data, holdfast_error** err) {
  stream* s = (stream*)user_data;
  holdfast_status status = HOLDFAST_OK;
  row* free_row;
  pthread_mutex_lock(&s->owner->mutex);
  free_row = find(s->owner, NULL);
  if (find(s->owner, s->name) != NULL) {
    status = holdfast_error_set(err, HOLDFAST_E_ALREADY_EXISTS, "an object of that name exists");
  } else if (free_row == NULL) {
    status = holdfast_error_set(err, HOLDFAST_E_NO_SPACE, "the table is full");
  } else {
    free_row->name = s->name;
    free_row->data = s->data;
    free_row->size = s->size;
    s->name = s->data = NULL;
  }
  pthread_mutex_unlock(&s->owner->mutex);
  return status;
}

static holdfast_status open_write(void* user_data, const char* name, holdfast_writer_driver* out, holdfast_error** err) {
  stream* s = (stream*)calloc(1, sizeof *s);
  if (s == NULL || (s->name = strdup(name)) == NULL) {
    free(s);
    return holdfast_error_set(err, HOLDFAST_E_OUT_OF_MEMORY, "no memory for a stream");
  }
  s->owner = (table*)user_data;
  out->user_data = s;
  out->release = close_stream;
  out->write = stream_write;
  out->commit = stream_commit;
  return HOLDFAST_OK;
}

static holdfast_status stream_read(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  stream* s = (stream*)user_data;
  (void)err;
  *length_out = s->size - s->at < capacity ? s->size - s->at : capacity;
  memcpy(buffer, s->data + s->at, *length_out);
  s->at += *length_out;
  return HOLDFAST_OK;
}

static holdfast_status open_read(void* user_data, const char* name, uint64_t offset, uint64_t length, holdfast_reader_driver* out,
                                 holdfast_error** err) {
  table* t = (table*)user_data;
  stream* s = (stream*)calloc(1, sizeof *s);
  const row* found;
  if (s == NULL) return holdfast_error_set(err, HOLDFAST_E_OUT_OF_MEMORY, "no memory for a stream");
  pthread_mutex_lock(&t->mutex);
  found = find(t, name);
  if (found != NULL) {
    const size_t from = offset < found->size ? (size_t)offset : found->size;
    s->size = length < found->size - from ? (size_t)length : found->size - from;
    s->data = (char*)malloc(s->size + 1);
    if (s->data != NULL) memcpy(s->data, found->data + from, s->size);
  }
  pthread_mutex_unlock(&t->mutex);
  if (s->data == NULL) {
    close_stream(s);
    return found == NULL ? holdfast_error_set(err, HOLDFAST_E_NOT_FOUND, "no such object")
                         : holdfast_error_set(err, HOLDFAST_E_OUT_OF_MEMORY, "no memory for an object");
  }
  out->user_data = s;
  out->release = close_stream;
  out->read = stream_read;
  return HOLDFAST_OK;
}

static holdfast_status stat_object(void* user_data, const char* name, holdfast_object_info* out, holdfast_error** err) {
  table* t = (table*)user_data;
  const row* found;
  pthread_mutex_lock(&t->mutex);
  found = find(t, name);
  if (found != NULL) out->size = found->size;
  pthread_mutex_unlock(&t->mutex);
  return found != NULL ? HOLDFAST_OK : holdfast_error_set(err, HOLDFAST_E_NOT_FOUND, "no such object");
}

static holdfast_status list(void* user_data, const char* prefix, holdfast_object_visitor visit, void* visit_data, holdfast_error** err) {
  table* t = (table*)user_data;
  holdfast_status status = HOLDFAST_OK;
  size_t i;
  (void)err;
  pthread_mutex_lock(&t->mutex);
  for (i = 0; i < ROWS && status == HOLDFAST_OK; ++i) {
    holdfast_object_info info = {sizeof info, 0, t->rows[i].name, t->rows[i].size, 0};
    if (info.name != NULL && strncmp(info.name, prefix, strlen(prefix)) == 0) status = visit(visit_data, &info);
  }
  pthread_mutex_unlock(&t->mutex);
  return status;
}

static holdfast_status remove_object(void* user_data, const char* name, holdfast_error** err) {
  table* t = (table*)user_data;
  row* found;
  pthread_mutex_lock(&t->mutex);
  found = find(t, name);
  if (found != NULL) {
    free(found->name);
    free(found->data);
    memset(found, 0, sizeof *found);
  }
  pthread_mutex_unlock(&t->mutex);
  return found != NULL ? HOLDFAST_OK : holdfast_error_set(err, HOLDFAST_E_NOT_FOUND, "no such object");
}

static void drop_table(void* user_data) {
  table* t = (table*)user_data;
  size_t i;
  for (i = 0; i < ROWS; ++i) {
    free(t->rows[i].name);
    free(t->rows[i].data);
  }
  pthread_mutex_destroy(&t->mutex);
  free(t);
}

static holdfast_status table_storage(holdfast_storage** out, holdfast_error** err) {
  holdfast_storage_driver driver = {0};
  table* t = (table*)calloc(1, sizeof *t);
  if (t == NULL) return holdfast_error_set(err, HOLDFAST_E_OUT_OF_MEMORY, "no memory for the table");
  pthread_mutex_init(&t->mutex, NULL);
  driver.struct_size = sizeof driver;
  driver.caps = HOLDFAST_STORAGE_ATOMIC_CREATE;
  driver.user_data = t;
  driver.release = drop_table;
  driver.uri = "table:";
  driver.write = open_write;
  driver.read = open_read;
  driver.stat = stat_object;
  driver.list = list;
  driver.remove = remove_object;
  return holdfast_storage_new(out, &driver, err);
}

int main(void) {
  holdfast_options* options = NULL;
  holdfast_storage* storage = NULL;
  holdfast_repository* repository = NULL;
  holdfast_job *backup = NULL, *verify = NULL;
  holdfast_verify_report* report = NULL;
  holdfast_error* err = NULL;
  int failed = 1;

  if (holdfast_options_new(&options, &err)) goto done;
  if (holdfast_options_set_string(options, "repository.password", "correct horse battery staple", &err)) goto done;
  if (holdfast_options_set_string(options, "verify.level", "full", &err)) goto done;
  if (table_storage(&storage, &err)) goto done;
  if (holdfast_repository_create_on(&repository, storage, options, &err)) goto done;
  if (holdfast_backup_start(&backup, repository, "exec:seq 1 200000", options, &err) || holdfast_job_run(backup, &err)) goto done;
  if (holdfast_verify_start(&verify, repository, "latest", options, &err) || holdfast_job_run(verify, &err)) goto done;
  if (holdfast_job_verify_report(&report, verify, &err)) goto done;
  failed = !holdfast_verify_report_ok(report);
  printf("%s: %llu objects %s\n", holdfast_storage_uri(storage), (unsigned long long)holdfast_verify_report_objects(report),
         failed ? "DAMAGED" : "verified");

done:
  if (err != NULL) fprintf(stderr, "%s\n", holdfast_error_message(err));
  holdfast_error_free(err);
  holdfast_verify_report_free(report);
  holdfast_job_free(verify);
  holdfast_job_free(backup);
  holdfast_repository_free(repository);
  holdfast_storage_free(storage);
  holdfast_options_free(options);
  return failed;
}
