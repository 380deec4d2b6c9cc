/* Sources, storages and streams that are written in JavaScript. The library calls them on its own threads. Each call is
 * a request: it is put to the event loop, where a function `serve` gets it, and its thread waits for `answer`. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_COPIED = 1 << 18 };

/* An object of JavaScript in the hands of the library: its number there. */
typedef struct lent {
  instance* home;
  int64_t number;
  char *uri, *name; /* of a source: live until it is described again */
} lent;

typedef struct object {
  char* name;
  int64_t size, modified;
} object;

typedef struct request {
  link pending;
  const char* what;
  int64_t number;
  const char* name;
  int64_t first, second;
  const void* in;
  void *buffer, *handle, *context;
  size_t length;
  /* The answer. */
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool answered;
  holdfast_status status;
  char *message, *text, *other;
  int64_t numbers[2];
  object* list;
  size_t listed;
} request;

static void wake(request* r, holdfast_status status, char* message) {
  pthread_mutex_lock(&r->lock);
  r->status = status;
  r->message = message;
  r->answered = true;
  pthread_cond_signal(&r->changed);
  pthread_mutex_unlock(&r->lock);
}

static holdfast_status ask(const lent* l, request* r, holdfast_error** err) {
  if (pthread_equal(pthread_self(), l->home->thread))
    return holdfast_error_set(err, HOLDFAST_E_INVALID_STATE, "Node's own thread can't wait for an object that is written in JavaScript");
  r->number = l->number;
  pthread_mutex_init(&r->lock, NULL);
  pthread_cond_init(&r->changed, NULL);
  if (post(l->home, l->home->requests, r)) {
    pthread_mutex_lock(&r->lock);
    while (!r->answered) pthread_cond_wait(&r->changed, &r->lock);
    pthread_mutex_unlock(&r->lock);
  } else {
    r->status = HOLDFAST_E_INTERNAL;
  }
  pthread_cond_destroy(&r->changed);
  pthread_mutex_destroy(&r->lock);
  if (r->status != HOLDFAST_OK) r->status = holdfast_error_set(err, r->status, r->message ? r->message : "Node is ending");
  free(r->message);
  return r->status;
}

/* serve(request, what, number, name, first, second, bytes, handle, context), on Node's thread. No thread waits for a
 * request to release. */
static void serve(napi_env env, napi_value function, void* context, void* data) {
  request* r = data;
  instance* own = context;
  napi_value arguments[9], none = NULL;
  const bool waits = strcmp(r->what, "release") != 0;
  if (env == NULL) {
    if (waits)
      wake(r, HOLDFAST_E_INTERNAL, NULL);
    else
      free(r);
    return;
  }
  napi_get_null(env, &none);
  arguments[0] = handle_value(env, r);
  arguments[1] = text_value(env, r->what);
  arguments[2] = number_value(env, r->number);
  arguments[3] = text_value(env, r->name);
  arguments[4] = number_value(env, r->first);
  arguments[5] = number_value(env, r->second);
  arguments[6] = none;
  if (r->in != NULL) napi_create_buffer_copy(env, r->length, r->in, NULL, &arguments[6]);
  arguments[7] = handle_value(env, r->handle);
  arguments[8] = handle_value(env, r->context);
  if (waits)
    link_in(&own->pending, &r->pending);
  else
    free(r);
  napi_get_undefined(env, &none);
  napi_call_function(env, none, function, 9, arguments, NULL);
}

static char* member(napi_env env, napi_value of, const char* name) {
  napi_value value = NULL;
  napi_get_named_property(env, of, name, &value);
  return text_of(env, value);
}

static int64_t amount(napi_env env, napi_value of, const char* name) {
  napi_value value = NULL;
  napi_get_named_property(env, of, name, &value);
  return number_of(env, value);
}

static void read_list(napi_env env, napi_value from, request* r) {
  uint32_t count = 0, i;
  napi_get_array_length(env, from, &count);
  r->list = calloc(count ? count : 1, sizeof *r->list);
  for (i = 0; r->list != NULL && i < count; ++i) {
    napi_value each = NULL;
    napi_get_element(env, from, i, &each);
    r->list[i].name = member(env, each, "name");
    r->list[i].size = amount(env, each, "size");
    r->list[i].modified = amount(env, each, "modified");
  }
  r->listed = r->list == NULL ? 0 : count;
}

/* answer(request, status, message, {text, other, number, second, bytes, list}). */
static napi_value answer(napi_env env, napi_callback_info info) {
  napi_value arguments[4], value = NULL;
  size_t count = 4, length = 0;
  bool is = false;
  void* bytes = NULL;
  request* r;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  r = handle_of(env, arguments[0]);
  unlink_from(&home(env)->pending, &r->pending);
  r->text = member(env, arguments[3], "text");
  r->other = member(env, arguments[3], "other");
  r->numbers[0] = amount(env, arguments[3], "number");
  r->numbers[1] = amount(env, arguments[3], "second");
  napi_get_named_property(env, arguments[3], "list", &value);
  if (napi_is_array(env, value, &is) == napi_ok && is) read_list(env, value, r);
  napi_get_named_property(env, arguments[3], "bytes", &value);
  if (napi_is_typedarray(env, value, &is) == napi_ok && is) {
    napi_get_typedarray_info(env, value, NULL, &length, &bytes, NULL, NULL);
    r->numbers[0] = (int64_t)(length < r->length ? length : r->length);
    if (length > 0) memcpy(r->buffer, bytes, (size_t)r->numbers[0]);
  }
  wake(r, (holdfast_status)number_of(env, arguments[1]), text_of(env, arguments[2]));
  return NULL;
}

/* An environment ends, or the process: nobody answers what is still pending, and nothing may go on. */
static void ending(void* data) {
  instance* own = data;
  pthread_mutex_lock(&own->lock);
  own->ended = true;
  pthread_mutex_unlock(&own->lock);
  while (own->pending != NULL) {
    request* r = (request*)own->pending;
    unlink_from(&own->pending, &r->pending);
    wake(r, HOLDFAST_E_INTERNAL, NULL);
  }
  end_idle(own);
  end_jobs(own);
}

static lent* lend(instance* own, int64_t number) {
  lent* made = calloc(1, sizeof *made);
  if (made == NULL) return NULL;
  made->home = own;
  made->number = number;
  return made;
}

static void release(void* data) {
  lent* l = data;
  request* r = calloc(1, sizeof *r);
  if (r != NULL) {
    r->what = "release";
    r->number = l->number;
    if (!post(l->home, l->home->requests, r)) free(r);
  }
  free(l->uri);
  free(l->name);
  free(l);
}

static holdfast_status no_memory(holdfast_error** err) {
  return holdfast_error_set(err, HOLDFAST_E_OUT_OF_MEMORY, "no memory for an object that is written in JavaScript");
}

/* In pieces: memory for a copy of 16 MiB is new each time, and the kernel clears it. */
static holdfast_status stream_write(void* data, const void* bytes, size_t length, holdfast_error** err) {
  size_t at, some;
  holdfast_status status = HOLDFAST_OK;
  for (at = 0; at < length && status == HOLDFAST_OK; at += some) {
    some = length - at < MOST_COPIED ? length - at : MOST_COPIED;
    request r = {.what = "write", .in = (const char*)bytes + at, .length = some};
    status = ask(data, &r, err);
  }
  return status;
}

static holdfast_status stream_commit(void* data, holdfast_error** err) {
  request r = {.what = "commit"};
  return ask(data, &r, err);
}

static holdfast_status stream_read(void* data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  request r = {.what = "read", .buffer = buffer, .length = capacity, .first = (int64_t)capacity};
  const holdfast_status status = ask(data, &r, err);
  *length_out = (size_t)r.numbers[0];
  return status;
}

static holdfast_status fill_writer(holdfast_writer_driver* out, instance* own, int64_t number, holdfast_error** err) {
  out->user_data = lend(own, number);
  if (out->user_data == NULL) return no_memory(err);
  out->release = release;
  out->write = stream_write;
  out->commit = stream_commit;
  return HOLDFAST_OK;
}

static holdfast_status storage_write(void* data, const char* name, holdfast_writer_driver* out, holdfast_error** err) {
  request r = {.what = "create", .name = name};
  const holdfast_status status = ask(data, &r, err);
  return status == HOLDFAST_OK ? fill_writer(out, ((lent*)data)->home, r.numbers[0], err) : status;
}

static holdfast_status storage_read(void* data, const char* name, uint64_t offset, uint64_t length, holdfast_reader_driver* out,
                                    holdfast_error** err) {
  request r = {.what = "open", .name = name, .first = (int64_t)offset, .second = length > INT64_MAX ? -1 : (int64_t)length};
  const holdfast_status status = ask(data, &r, err);
  if (status != HOLDFAST_OK) return status;
  out->user_data = lend(((lent*)data)->home, r.numbers[0]);
  if (out->user_data == NULL) return no_memory(err);
  out->release = release;
  out->read = stream_read;
  return HOLDFAST_OK;
}

static holdfast_status storage_stat(void* data, const char* name, holdfast_object_info* out, holdfast_error** err) {
  request r = {.what = "stat", .name = name};
  const holdfast_status status = ask(data, &r, err);
  out->size = (uint64_t)r.numbers[0];
  out->modified = r.numbers[1];
  return status;
}

static holdfast_status storage_list(void* data, const char* prefix, holdfast_object_visitor visit, void* visit_data, holdfast_error** err) {
  request r = {.what = "list", .name = prefix};
  holdfast_status status = ask(data, &r, err);
  size_t i;
  if (status == HOLDFAST_OK && r.list == NULL) status = no_memory(err);
  for (i = 0; i < r.listed; ++i) {
    holdfast_object_info info = {sizeof info, 0, r.list[i].name, (uint64_t)r.list[i].size, r.list[i].modified};
    if (status == HOLDFAST_OK && info.name != NULL) status = visit(visit_data, &info);
    free(r.list[i].name);
  }
  free(r.list);
  return status;
}

static holdfast_status storage_remove(void* data, const char* name, holdfast_error** err) {
  request r = {.what = "remove", .name = name};
  return ask(data, &r, err);
}

static holdfast_status source_describe(void* data, holdfast_source_info* out, holdfast_context* context, holdfast_error** err) {
  lent* l = data;
  request r = {.what = "describe", .context = context};
  const holdfast_status status = ask(l, &r, err);
  free(l->uri);
  free(l->name);
  out->uri = l->uri = r.text;
  out->name = l->name = r.other;
  out->size_estimate = (uint64_t)r.numbers[0];
  return status;
}

static holdfast_status source_backup(void* data, holdfast_backup_writer* out, size_t source, holdfast_context* context,
                                     holdfast_error** err) {
  request r = {.what = "backup", .first = (int64_t)source, .handle = out, .context = context};
  return ask(data, &r, err);
}

static holdfast_status make_storage(void** out, lent* l, const char* uri, holdfast_error** err) {
  holdfast_storage_driver table = {.struct_size = sizeof table, .user_data = l, .release = release, .uri = uri};
  table.caps = HOLDFAST_STORAGE_ATOMIC_CREATE | HOLDFAST_STORAGE_DURABLE;
  table.write = storage_write;
  table.read = storage_read;
  table.stat = storage_stat;
  table.list = storage_list;
  table.remove = storage_remove;
  return holdfast_storage_new((holdfast_storage**)out, &table, err);
}

static holdfast_status make_source(void** out, lent* l, holdfast_error** err) {
  holdfast_source_driver table = {
      .struct_size = sizeof table, .user_data = l, .release = release, .describe = source_describe, .backup = source_backup};
  return holdfast_source_new((holdfast_source**)out, &table, err);
}

static holdfast_status make_writer(void** out, lent* l, holdfast_error** err) {
  holdfast_writer_driver table = {
      .struct_size = sizeof table, .user_data = l, .release = release, .write = stream_write, .commit = stream_commit};
  return holdfast_writer_new((holdfast_writer**)out, &table, err);
}

/* lend(number, kind, uri): the handle of a "storage", "source" or "writer" that calls the object of this number. */
static napi_value lend_object(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t count = 3;
  holdfast_error* error = NULL;
  holdfast_status status;
  void* made = NULL;
  lent* l;
  char *kind, *uri;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  kind = text_of(env, arguments[1]);
  uri = text_of(env, arguments[2]);
  l = lend(home(env), number_of(env, arguments[0]));
  if (kind == NULL || l == NULL)
    status = no_memory(&error);
  else if (strcmp(kind, "storage") == 0)
    status = make_storage(&made, l, uri, &error);
  else
    status = strcmp(kind, "source") == 0 ? make_source(&made, l, &error) : make_writer(&made, l, &error);
  free(kind);
  free(uri);
  if (status == HOLDFAST_OK) return handle_value(env, made);
  napi_throw(env, error_value(env, status, error));
  return NULL;
}

/* end(): the process ends. Node tells only JavaScript, where process.exit() is called. */
static napi_value end(napi_env env, napi_callback_info info) {
  (void)info;
  ending(home(env));
  return NULL;
}

void export_host(napi_env env, napi_value exports) {
  export_function(env, exports, "end", end, NULL);
  export_function(env, exports, "answer", answer, NULL);
  export_function(env, exports, "lend", lend_object, NULL);
}

bool start_serving(napi_env env, napi_value function, instance* own) {
  napi_value name = text_value(env, "holdfast requests");
  if (napi_create_threadsafe_function(env, function, NULL, name, 0, 1, NULL, NULL, own, serve, &own->requests) != napi_ok) return false;
  napi_unref_threadsafe_function(env, own->requests);
  return napi_add_env_cleanup_hook(env, ending, own) == napi_ok;
}
