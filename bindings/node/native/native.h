/* The parts of the addon. Calls of the library are made on Node's thread or, if they may wait, on threads of the addon:
 * neither the event loop nor its small pool of threads ever waits for Holdfast, which may itself wait for a storage in
 * JavaScript. */
#ifndef HOLDFAST_NODE_NATIVE_H
#define HOLDFAST_NODE_NATIVE_H

#define NAPI_VERSION 8
#include <holdfast_driver.h>
#include <holdfast_report.h>
#include <node_api.h>
#include <pthread.h>
#include <stdbool.h>

typedef struct worker worker;

/* A member of a list: the first of a struct. */
typedef struct link {
  struct link *before, *after;
} link;

/* One for each environment: the main thread, or a Worker. Lives until the process ends. */
typedef struct instance {
  pthread_t thread;
  napi_ref error_class;
  napi_threadsafe_function finished; /* calls that are over */
  napi_threadsafe_function requests; /* of the library, for objects written in JavaScript */
  size_t running;                    /* calls; the event loop lives as long */
  link* pending;                     /* requests that JavaScript has not answered */
  link* jobs;                        /* that run */
  pthread_mutex_t lock;
  bool ended;   /* under the lock: both functions are gone */
  worker* idle; /* under the lock: threads that wait for the next call */
} instance;

instance* home(napi_env env);
/* From any thread: whether data was put to the event loop, for `finished` or `requests`. Never waits. */
bool post(instance* own, napi_threadsafe_function to, void* data);
void link_in(link** first, link* member);
void unlink_from(link** first, link* member);
/* Calls of Node-API can only fail if JavaScript throws or is ending. NULL then. */
napi_value text_value(napi_env env, const char* text); /* null for NULL */
napi_value handle_value(napi_env env, const void* handle);
napi_value number_value(napi_env env, int64_t number);
void* handle_of(napi_env env, napi_value value);
int64_t number_of(napi_env env, napi_value value);
char* text_of(napi_env env, napi_value value); /* NULL for null, and with a pending exception; free() it */
/* Makes a HoldfastError, and frees the library's. */
napi_value error_value(napi_env env, holdfast_status status, holdfast_error* error);

void export_function(napi_env env, napi_value exports, const char* name, napi_callback function, void* data);
bool export_calls(napi_env env, napi_value exports, instance* own);
/* Joins the idle threads; after `ended` is set. */
void end_idle(instance* own);
void export_jobs(napi_env env, napi_value exports);
/* Cancels and frees all jobs that run: nothing of them may go on while a process ends. */
void end_jobs(instance* own);
void export_host(napi_env env, napi_value exports);
/* `function` gets the requests of the library. */
bool start_serving(napi_env env, napi_value function, instance* own);

#endif
