#include "c_storage.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct object {
  struct object* next;
  char* name;
  unsigned char* data;
  size_t size;
  int64_t modified;
  int references; /* one of the list, and one of each reader */
} object;

typedef struct store {
  pthread_mutex_t mutex;
  object* objects;
  int references; /* one of the library, and one of each stream */
  int* released;
  holdfast_status failing;
} store;

typedef struct stream {
  store* owner;
  object* object;      /* of a reader */
  uint64_t at, end;    /* of a reader */
  char* name;          /* of a writer */
  unsigned char* data; /* of a writer */
  size_t size, capacity;
} stream;

static void unlock(store* s) { pthread_mutex_unlock(&s->mutex); }

/* Locks, unless a failure is set. */
static holdfast_status lock(store* s, holdfast_error** err) {
  holdfast_status status;
  pthread_mutex_lock(&s->mutex);
  status = s->failing;
  if (status == HOLDFAST_OK) return status;
  unlock(s);
  return status == HOLDFAST_E_NETWORK ? holdfast_error_set(err, status, "the line is dead") : status;
}

static object** find(store* s, const char* name) {
  object** at = &s->objects;
  while (*at != NULL && strcmp((*at)->name, name) != 0) at = &(*at)->next;
  return at;
}

static void drop_object(object* o) {
  if (--o->references > 0) return;
  free(o->name);
  free(o->data);
  free(o);
}

static void drop_store(store* s) {
  int left;
  pthread_mutex_lock(&s->mutex);
  left = --s->references;
  unlock(s);
  if (left > 0) return;
  while (s->objects != NULL) {
    object* first = s->objects;
    s->objects = first->next;
    drop_object(first);
  }
  pthread_mutex_destroy(&s->mutex);
  free(s);
}

static void release(void* user_data) {
  store* s = (store*)user_data;
  if (s->released != NULL) ++*s->released;
  drop_store(s);
}

/* With the lock held. */
static holdfast_status add(store* s, const char* name, const void* data, size_t size, holdfast_error** err) {
  object* o;
  struct timespec now;
  if (*find(s, name) != NULL) return holdfast_error_set(err, HOLDFAST_E_ALREADY_EXISTS, "there is one already");
  o = (object*)calloc(1, sizeof *o);
  o->name = (char*)malloc(strlen(name) + 1);
  strcpy(o->name, name);
  o->data = (unsigned char*)malloc(size + 1);
  if (size > 0) memcpy(o->data, data, size);
  o->size = size;
  o->references = 1;
  clock_gettime(CLOCK_REALTIME, &now);
  o->modified = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
  o->next = s->objects;
  s->objects = o;
  return HOLDFAST_OK;
}

static holdfast_status put_new(void* user_data, const char* name, const void* data, size_t length, holdfast_error** err) {
  store* s = (store*)user_data;
  holdfast_status status = lock(s, err);
  if (status != HOLDFAST_OK) return status;
  status = add(s, name, data, length, err);
  unlock(s);
  return status;
}

static stream* new_stream(store* s) {
  stream* st = (stream*)calloc(1, sizeof *st);
  st->owner = s;
  ++s->references;
  return st;
}

static holdfast_status writer_write(void* user_data, const void* data, size_t length, holdfast_error** err) {
  stream* st = (stream*)user_data;
  (void)err;
  while (st->capacity - st->size < length) {
    st->capacity = st->capacity * 2 + 64;
    st->data = (unsigned char*)realloc(st->data, st->capacity);
  }
  memcpy(st->data + st->size, data, length);
  st->size += length;
  return HOLDFAST_OK;
}

static holdfast_status writer_commit(void* user_data, holdfast_error** err) {
  stream* st = (stream*)user_data;
  return put_new(st->owner, st->name, st->data, st->size, err);
}

static void writer_release(void* user_data) {
  stream* st = (stream*)user_data;
  drop_store(st->owner);
  free(st->name);
  free(st->data);
  free(st);
}

static holdfast_status open_write(void* user_data, const char* name, holdfast_writer_driver* out, holdfast_error** err) {
  store* s = (store*)user_data;
  holdfast_status status = lock(s, err);
  stream* st;
  if (status != HOLDFAST_OK) return status;
  st = new_stream(s);
  st->name = (char*)malloc(strlen(name) + 1);
  strcpy(st->name, name);
  unlock(s);
  out->user_data = st;
  out->release = writer_release;
  out->write = writer_write;
  out->commit = writer_commit;
  return HOLDFAST_OK;
}

static holdfast_status reader_read(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  stream* st = (stream*)user_data;
  size_t length = st->end - st->at < capacity ? (size_t)(st->end - st->at) : capacity;
  if (length > 7 && length % 3 == 0) length -= 5; /* short reads are allowed */
  (void)err;
  memcpy(buffer, st->object->data + st->at, length);
  st->at += length;
  *length_out = length;
  return HOLDFAST_OK;
}

static void reader_release(void* user_data) {
  stream* st = (stream*)user_data;
  pthread_mutex_lock(&st->owner->mutex);
  drop_object(st->object);
  unlock(st->owner);
  drop_store(st->owner);
  free(st);
}

static holdfast_status open_read(void* user_data, const char* name, uint64_t offset, uint64_t length, holdfast_reader_driver* out,
                                 holdfast_error** err) {
  store* s = (store*)user_data;
  holdfast_status status = lock(s, err);
  object* o;
  stream* st;
  if (status != HOLDFAST_OK) return status;
  o = *find(s, name);
  if (o == NULL) {
    unlock(s);
    return holdfast_error_set(err, HOLDFAST_E_NOT_FOUND, "no such object");
  }
  st = new_stream(s);
  st->object = o;
  ++o->references;
  st->at = offset < o->size ? offset : o->size;
  st->end = length < o->size - st->at ? st->at + length : o->size;
  unlock(s);
  out->user_data = st;
  out->release = reader_release;
  out->read = reader_read;
  return HOLDFAST_OK;
}

static holdfast_status stat_object(void* user_data, const char* name, holdfast_object_info* out, holdfast_error** err) {
  store* s = (store*)user_data;
  holdfast_status status = lock(s, err);
  object* o;
  if (status != HOLDFAST_OK) return status;
  o = *find(s, name);
  if (o == NULL) {
    status = holdfast_error_set(err, HOLDFAST_E_NOT_FOUND, "no such object");
  } else {
    out->size = o->size;
    out->modified = o->modified;
  }
  unlock(s);
  return status;
}

static holdfast_status list(void* user_data, const char* prefix, holdfast_object_visitor visit, void* visit_data, holdfast_error** err) {
  store* s = (store*)user_data;
  holdfast_status status = lock(s, err);
  object* o;
  if (status != HOLDFAST_OK) return status;
  for (o = s->objects; o != NULL && status == HOLDFAST_OK; o = o->next) {
    holdfast_object_info info;
    if (strncmp(o->name, prefix, strlen(prefix)) != 0) continue;
    memset(&info, 0, sizeof info);
    info.struct_size = sizeof info;
    info.name = o->name;
    info.size = o->size;
    info.modified = o->modified;
    status = visit(visit_data, &info);
  }
  unlock(s);
  return status;
}

static holdfast_status remove_object(void* user_data, const char* name, holdfast_error** err) {
  store* s = (store*)user_data;
  holdfast_status status = lock(s, err);
  object** at;
  if (status != HOLDFAST_OK) return status;
  at = find(s, name);
  if (*at == NULL) {
    status = holdfast_error_set(err, HOLDFAST_E_NOT_FOUND, "no such object");
  } else {
    object* gone = *at;
    *at = gone->next;
    drop_object(gone);
  }
  unlock(s);
  return status;
}

void c_storage_fail(void* user_data, holdfast_status status) {
  store* s = (store*)user_data;
  pthread_mutex_lock(&s->mutex);
  s->failing = status;
  unlock(s);
}

holdfast_storage_driver c_storage(int* released) {
  holdfast_storage_driver driver;
  store* s = (store*)calloc(1, sizeof *s);
  pthread_mutex_init(&s->mutex, NULL);
  s->references = 1;
  s->released = released;
  memset(&driver, 0, sizeof driver);
  driver.struct_size = sizeof driver;
  driver.caps = HOLDFAST_STORAGE_ATOMIC_CREATE;
  driver.user_data = s;
  driver.release = release;
  driver.uri = "c-memory:";
  driver.put_new = put_new;
  driver.write = open_write;
  driver.read = open_read;
  driver.stat = stat_object;
  driver.list = list;
  driver.remove = remove_object;
  return driver;
}
