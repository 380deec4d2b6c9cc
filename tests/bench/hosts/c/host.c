/* host FILE PIECE: one of the programs that tests/bench/run hosts compares. It backs up a file, which a source of its own
 * writes in pieces of PIECE bytes, into a repository on a storage of its own, which keeps what is small and counts the
 * rest. Prints "ready", waits for a line, backs up, prints "done" and waits for the end of its input: so that its CPU can
 * be read at both times. */
#include <fcntl.h>
#include <holdfast_driver.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEPT = 1 << 20, NAME = 128 };

typedef struct object {
  struct object* next;
  char name[NAME];
  size_t size;
  char* data; /* NULL: only counted */
} object;

typedef struct shelf {
  pthread_mutex_t mutex;
  object* objects;
} shelf;

typedef struct stream {
  shelf* on;
  object* of; /* of a writer; until its commit */
  const char* data;
  size_t left;
} stream;

static void* memory(size_t size) {
  void* made = calloc(1, size);
  if (made == NULL) abort();
  return made;
}

static void drop(object* o) {
  if (o != NULL) free(o->data);
  free(o);
}

static object* find(shelf* s, const char* name) {
  object* at;
  pthread_mutex_lock(&s->mutex);
  for (at = s->objects; at != NULL && strcmp(at->name, name) != 0;) at = at->next;
  pthread_mutex_unlock(&s->mutex);
  return at;
}

static void close_stream(void* user_data) {
  drop(((stream*)user_data)->of);
  free(user_data);
}

static holdfast_status write_object(void* user_data, const void* data, size_t length, holdfast_error** err) {
  object* o = ((stream*)user_data)->of;
  (void)err;
  if (o->size + length <= KEPT) {
    if (o->data == NULL) o->data = memory(KEPT);
    memcpy(o->data + o->size, data, length);
  }
  o->size += length;
  return HOLDFAST_OK;
}

static holdfast_status commit_object(void* user_data, holdfast_error** err) {
  stream* made = user_data;
  if (find(made->on, made->of->name) != NULL) return holdfast_error_set(err, HOLDFAST_E_ALREADY_EXISTS, "the name is taken");
  pthread_mutex_lock(&made->on->mutex);
  made->of->next = made->on->objects;
  made->on->objects = made->of;
  made->of = NULL;
  pthread_mutex_unlock(&made->on->mutex);
  return HOLDFAST_OK;
}

static holdfast_status create(void* user_data, const char* name, holdfast_writer_driver* out, holdfast_error** err) {
  stream* made = memory(sizeof *made);
  (void)err;
  made->on = user_data;
  made->of = memory(sizeof *made->of);
  snprintf(made->of->name, NAME, "%s", name);
  out->user_data = made;
  out->release = close_stream;
  out->write = write_object;
  out->commit = commit_object;
  return HOLDFAST_OK;
}

static holdfast_status read_object(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  stream* of = user_data;
  (void)err;
  *length_out = of->left < capacity ? of->left : capacity;
  memcpy(buffer, of->data, *length_out);
  of->data += *length_out;
  of->left -= *length_out;
  return HOLDFAST_OK;
}

static holdfast_status open_object(void* user_data, const char* name, uint64_t offset, uint64_t length, holdfast_reader_driver* out,
                                   holdfast_error** err) {
  const object* found = find(user_data, name);
  stream* made;
  if (found == NULL || found->size > KEPT) return holdfast_error_set(err, HOLDFAST_E_NOT_FOUND, "nothing is kept of it");
  made = memory(sizeof *made);
  if (offset < found->size) {
    made->data = found->data + offset;
    made->left = length < found->size - offset ? length : found->size - offset;
  }
  out->user_data = made;
  out->release = close_stream;
  out->read = read_object;
  return HOLDFAST_OK;
}

static holdfast_status stat_object(void* user_data, const char* name, holdfast_object_info* out, holdfast_error** err) {
  const object* found = find(user_data, name);
  if (found == NULL) return holdfast_error_set(err, HOLDFAST_E_NOT_FOUND, "no such object");
  out->size = found->size;
  return HOLDFAST_OK;
}

static holdfast_status list_objects(void* user_data, const char* prefix, holdfast_object_visitor visit, void* visit_data,
                                    holdfast_error** err) {
  shelf* s = user_data;
  const object* each;
  holdfast_status status = HOLDFAST_OK;
  (void)err;
  pthread_mutex_lock(&s->mutex);
  for (each = s->objects; each != NULL && status == HOLDFAST_OK; each = each->next) {
    holdfast_object_info info = {sizeof info, 0, each->name, each->size, 0};
    if (strncmp(each->name, prefix, strlen(prefix)) == 0) status = visit(visit_data, &info);
  }
  pthread_mutex_unlock(&s->mutex);
  return status;
}

static holdfast_status remove_object(void* user_data, const char* name, holdfast_error** err) {
  shelf* s = user_data;
  object *gone = find(s, name), **at;
  if (gone == NULL) return holdfast_error_set(err, HOLDFAST_E_NOT_FOUND, "no such object");
  pthread_mutex_lock(&s->mutex);
  for (at = &s->objects; *at != gone;) at = &(*at)->next;
  *at = gone->next;
  pthread_mutex_unlock(&s->mutex);
  drop(gone);
  return HOLDFAST_OK;
}

typedef struct reading {
  const char* file;
  size_t piece;
} reading;

static holdfast_status describe(void* user_data, holdfast_source_info* out, holdfast_context* context, holdfast_error** err) {
  (void)user_data, (void)context, (void)err;
  out->uri = "bench:file";
  out->name = "file";
  return HOLDFAST_OK;
}

static holdfast_status backup(void* user_data, holdfast_backup_writer* out, size_t source, holdfast_context* context,
                              holdfast_error** err) {
  const reading* r = user_data;
  char* piece = memory(r->piece);
  holdfast_writer* entry = NULL;
  ssize_t some = 0;
  const int file = open(r->file, O_RDONLY | O_CLOEXEC);
  holdfast_status status = holdfast_backup_writer_open(&entry, out, source, "data", "stream", NULL, err);
  (void)context;
  while (status == HOLDFAST_OK && (some = read(file, piece, r->piece)) > 0) status = holdfast_writer_write(entry, piece, (size_t)some, err);
  if (status == HOLDFAST_OK) status = some < 0 ? holdfast_error_set(err, HOLDFAST_E_IO, "can't read") : holdfast_writer_commit(entry, err);
  holdfast_writer_free(entry);
  close(file);
  free(piece);
  return status;
}

static void check(holdfast_status status, holdfast_error* err) {
  if (status == HOLDFAST_OK) return;
  fprintf(stderr, "%s\n", holdfast_error_message(err));
  exit(1);
}

static void say(const char* word) {
  int c;
  puts(word);
  fflush(stdout);
  while ((c = getchar()) != EOF && c != '\n') {
  }
}

int main(int argc, char** argv) {
  shelf place = {PTHREAD_MUTEX_INITIALIZER, NULL};
  reading what = {argv[1], argc == 3 ? strtoull(argv[2], NULL, 10) : 0};
  holdfast_storage_driver on = {.struct_size = sizeof on, .caps = HOLDFAST_STORAGE_ATOMIC_CREATE | HOLDFAST_STORAGE_DURABLE};
  holdfast_source_driver from = {.struct_size = sizeof from, .user_data = &what, .describe = describe, .backup = backup};
  holdfast_options* options;
  holdfast_storage* storage;
  holdfast_source* source;
  holdfast_repository* repository;
  holdfast_job* job;
  holdfast_error* err = NULL;
  if (what.piece == 0) return 2;
  on.user_data = &place;
  on.uri = "shelf:";
  on.write = create;
  on.read = open_object;
  on.stat = stat_object;
  on.list = list_objects;
  on.remove = remove_object;
  check(holdfast_options_new(&options, &err), err);
  check(holdfast_options_set_bytes(options, "repository.key", "0123456789abcdef0123456789abcdef", 32, &err), err);
  check(holdfast_storage_new(&storage, &on, &err), err);
  check(holdfast_source_new(&source, &from, &err), err);
  check(holdfast_repository_create_on(&repository, storage, options, &err), err);
  say("ready");
  check(holdfast_backup_start_sources(&job, repository, &source, 1, options, &err), err);
  check(holdfast_job_run(job, &err), err);
  say("done");
  holdfast_job_free(job);
  holdfast_repository_free(repository);
  holdfast_source_free(source);
  holdfast_storage_free(storage);
  holdfast_options_free(options);
  return 0;
}
