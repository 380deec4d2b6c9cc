/* Functions of the library as functions of JavaScript: `name(…)` on Node's thread, and `async.name(…)`, a promise, on a
 * thread of its own. A failure is thrown as a HoldfastError. */
#include "native.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 8, MOST_IDLE = 4 };

typedef struct value {
  char* text;
  void* handle;
  int64_t number;
  void* data;
  size_t length;
  napi_ref kept; /* of the bytes, while another thread uses them */
} value;

typedef struct call call;

typedef struct function {
  const char* name;
  char result;           /* 'h'andle, 's'tring to free, size 'z', 'N'umber, borrowed te'S'x't, '-' nothing */
  const char* arguments; /* 't'ext, 'h'andle, 'n'umber, 'b'ytes */
  void (*make)(call*);
} function;

struct call {
  const function* function;
  instance* home;
  value in[SLOTS];
  void* out;
  char* text;
  size_t size;
  int64_t number;
  const char* borrowed;
  holdfast_status status;
  holdfast_error* error;
  napi_deferred deferred;
  worker* last; /* the thread that made it, if it ends with it */
};

/* A thread for calls. A new one costs as much as a short call, so some wait for the next. */
struct worker {
  pthread_t thread;
  pthread_cond_t changed;
  instance* home;
  call* next; /* under the lock of home */
  worker* after;
};

#define CALL(name, result, arguments, statement) \
  static void make_##name(call* c) {             \
    (void)c;                                     \
    statement;                                   \
  }
#include "calls.inc"
#undef CALL

#define CALL(name, result, arguments, statement) {#name, result, arguments, make_##name},
static const function functions[] = {
#include "calls.inc"
};
#undef CALL

static bool read_argument(napi_env env, char kind, napi_value from, value* to, bool keep) {
  napi_valuetype type = napi_undefined;
  bool pending = false, bytes = false;
  napi_typeof(env, from, &type);
  switch (kind) {
    case 't':
      to->text = text_of(env, from);
      napi_is_exception_pending(env, &pending);
      return !pending && (type == napi_string || type == napi_null || type == napi_undefined);
    case 'h': to->handle = handle_of(env, from); return type == napi_bigint || type == napi_null || type == napi_undefined;
    case 'n': to->number = number_of(env, from); return type == napi_number || type == napi_bigint || type == napi_boolean;
    default:
      napi_is_typedarray(env, from, &bytes);
      if (!bytes) return false;
      napi_get_typedarray_info(env, from, NULL, &to->length, &to->data, NULL, NULL);
      return !keep || napi_create_reference(env, from, 1, &to->kept) == napi_ok;
  }
}

static bool read_arguments(napi_env env, napi_callback_info info, call* c, bool keep) {
  napi_value given[SLOTS];
  size_t count = SLOTS, i;
  void* data = NULL;
  bool pending = false;
  napi_get_cb_info(env, info, &count, given, NULL, &data);
  c->function = data;
  c->home = home(env);
  for (i = 0; c->function->arguments[i] != '\0'; ++i) {
    if (read_argument(env, c->function->arguments[i], given[i], &c->in[i], keep)) continue;
    napi_is_exception_pending(env, &pending);
    if (!pending) napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", c->function->name);
    return false;
  }
  return true;
}

static void forget(napi_env env, call* c) {
  size_t i;
  for (i = 0; i < SLOTS; ++i) {
    free(c->in[i].text);
    if (c->in[i].kept != NULL) napi_delete_reference(env, c->in[i].kept);
  }
}

static napi_value result_of(napi_env env, call* c) {
  napi_value made = NULL;
  switch (c->function->result) {
    case 'h': return handle_value(env, c->out);
    case 's':
      made = text_value(env, c->text);
      holdfast_string_free(c->text);
      return made;
    case 'z': return number_value(env, (int64_t)c->size);
    case 'N': return number_value(env, c->number);
    case 'S': return text_value(env, c->borrowed);
    default: napi_get_undefined(env, &made); return made;
  }
}

static napi_value call_now(napi_env env, napi_callback_info info) {
  call c;
  napi_value made = NULL;
  memset(&c, 0, sizeof c);
  if (read_arguments(env, info, &c, false)) {
    c.function->make(&c);
    if (c.status == HOLDFAST_OK)
      made = result_of(env, &c);
    else
      napi_throw(env, error_value(env, c.status, c.error));
  }
  forget(env, &c);
  return made;
}

static void free_worker(worker* w) {
  pthread_cond_destroy(&w->changed);
  free(w);
}

/* Whether the thread is idle now; its next call may come at once. */
static bool rest(worker* w) {
  instance* own = w->home;
  size_t count = 0;
  const worker* each;
  bool idle;
  pthread_mutex_lock(&own->lock);
  for (each = own->idle; each != NULL; each = each->after) ++count;
  idle = !own->ended && count < MOST_IDLE;
  w->next = NULL;
  if (idle) {
    w->after = own->idle;
    own->idle = w;
  }
  pthread_mutex_unlock(&own->lock);
  return idle;
}

/* The next call; NULL at the end. */
static call* await_call(worker* w) {
  call* next;
  pthread_mutex_lock(&w->home->lock);
  while (w->next == NULL && !w->home->ended) pthread_cond_wait(&w->changed, &w->home->lock);
  next = w->next;
  pthread_mutex_unlock(&w->home->lock);
  return next;
}

static void* run(void* data) {
  worker* w = data;
  call* c = w->next;
  while (c != NULL) {
    bool idle;
    c->function->make(c);
    idle = rest(w);
    c->last = idle ? NULL : w;
    if (post(w->home, w->home->finished, c)) {
      if (!idle) return NULL; /* settle() joins it */
    } else if (!idle) {       /* nobody waits any more */
      pthread_detach(pthread_self());
      free_worker(w);
      return NULL;
    }
    c = await_call(w);
  }
  return NULL;
}

/* Gives a call to an idle thread, if there is one. */
static bool wake_idle(call* c) {
  instance* own = c->home;
  worker* w;
  pthread_mutex_lock(&own->lock);
  w = own->idle;
  if (w != NULL) {
    own->idle = w->after;
    w->next = c;
    pthread_cond_signal(&w->changed);
  }
  pthread_mutex_unlock(&own->lock);
  return w != NULL;
}

/* Starts a thread that gets none of the process's signals. */
static bool start_thread(call* c) {
  sigset_t all, before;
  int failed;
  worker* w = calloc(1, sizeof *w);
  if (w == NULL) return false;
  pthread_cond_init(&w->changed, NULL);
  w->home = c->home;
  w->next = c;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  failed = pthread_create(&w->thread, NULL, run, w);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (failed) free_worker(w);
  return !failed;
}

void end_idle(instance* own) {
  worker *first, *each;
  pthread_mutex_lock(&own->lock);
  first = own->idle;
  own->idle = NULL;
  for (each = first; each != NULL; each = each->after) pthread_cond_signal(&each->changed);
  pthread_mutex_unlock(&own->lock);
  while (first != NULL) {
    each = first;
    first = each->after;
    pthread_join(each->thread, NULL);
    free_worker(each);
  }
}

static napi_value call_later(napi_env env, napi_callback_info info) {
  call* c = calloc(1, sizeof *c);
  napi_value promise = NULL;
  if (c == NULL) {
    napi_throw_error(env, NULL, "no memory for a call");
    return NULL;
  }
  if (!read_arguments(env, info, c, true) || napi_create_promise(env, &c->deferred, &promise) != napi_ok) {
    forget(env, c);
    free(c);
    return NULL;
  }
  if (c->home->running++ == 0) napi_ref_threadsafe_function(env, c->home->finished);
  if (!wake_idle(c) && !start_thread(c)) {
    holdfast_error_set(&c->error, c->status = HOLDFAST_E_OUT_OF_MEMORY, "no thread for a call");
    post(c->home, c->home->finished, c);
  }
  return promise;
}

/* On Node's thread, when a call is over. Without an environment there is nobody to tell. */
static void settle(napi_env env, napi_value function, void* context, void* data) {
  call* c = data;
  (void)function;
  (void)context;
  if (c->last != NULL) {
    pthread_join(c->last->thread, NULL);
    free_worker(c->last);
  }
  if (env == NULL) return;
  if (--c->home->running == 0) napi_unref_threadsafe_function(env, c->home->finished);
  if (c->status == HOLDFAST_OK)
    napi_resolve_deferred(env, c->deferred, result_of(env, c));
  else
    napi_reject_deferred(env, c->deferred, error_value(env, c->status, c->error));
  forget(env, c);
  free(c);
}

bool export_calls(napi_env env, napi_value exports, instance* own) {
  napi_value later = NULL, name = text_value(env, "holdfast calls");
  size_t i;
  if (napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, NULL, NULL, NULL, settle, &own->finished) != napi_ok) return false;
  napi_unref_threadsafe_function(env, own->finished);
  napi_create_object(env, &later);
  napi_set_named_property(env, exports, "async", later);
  for (i = 0; i < sizeof functions / sizeof *functions; ++i) {
    export_function(env, exports, functions[i].name, call_now, (void*)&functions[i]);
    export_function(env, later, functions[i].name, call_later, (void*)&functions[i]);
  }
  return true;
}
