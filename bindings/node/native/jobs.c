/* Steps of a job, with its progress and events, on Node's thread. A step waits for nothing. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

/* The events of the step that is being made; belongs to the library. */
typedef struct events {
  link running;
  napi_env env;
  napi_value list;
  uint32_t count;
  holdfast_job* job; /* from its first step on, until it is forgotten */
} events;

void end_jobs(instance* own) {
  while (own->jobs != NULL) {
    events* first = (events*)own->jobs;
    unlink_from(&own->jobs, &first->running);
    holdfast_job_free(first->job);
  }
}

static holdfast_status heard(void* data, const holdfast_event* event) {
  events* to = data;
  napi_env env = to->env;
  napi_value made = NULL;
  napi_create_object(env, &made);
  napi_set_named_property(env, made, "kind", number_value(env, event->kind));
  napi_set_named_property(env, made, "message", text_value(env, event->message));
  napi_set_named_property(env, made, "object", text_value(env, event->object));
  napi_set_named_property(env, made, "bytesDone", number_value(env, (int64_t)event->bytes_done));
  napi_set_named_property(env, made, "bytesTotal", number_value(env, (int64_t)event->bytes_total));
  napi_set_named_property(env, made, "bytesStored", number_value(env, (int64_t)event->bytes_stored));
  napi_set_named_property(env, made, "record", text_value(env, event->record));
  napi_set_element(env, to->list, to->count++, made);
  return HOLDFAST_OK;
}

/* listen(options): what step() needs. */
static napi_value listen(napi_env env, napi_callback_info info) {
  napi_value options;
  size_t count = 1;
  holdfast_error* error = NULL;
  holdfast_status status;
  events* made = calloc(1, sizeof *made);
  napi_get_cb_info(env, info, &count, &options, NULL, NULL);
  if (made == NULL) {
    napi_throw_error(env, NULL, "no memory for events");
    return NULL;
  }
  status = holdfast_options_set_events(handle_of(env, options), heard, made, free, &error);
  if (status == HOLDFAST_OK) return handle_value(env, made);
  napi_throw(env, error_value(env, status, error));
  return NULL;
}

/* step(job, events): {running: 0 or 1, error, progress, events}. */
static napi_value step(napi_env env, napi_callback_info info) {
  napi_value arguments[2], made = NULL, told = NULL;
  size_t count = 2;
  holdfast_error* error = NULL;
  holdfast_status status;
  holdfast_progress now;
  holdfast_job* job;
  events* to;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  job = handle_of(env, arguments[0]);
  to = handle_of(env, arguments[1]);
  if (to->job == NULL) link_in(&home(env)->jobs, &to->running);
  to->job = job;
  to->env = env;
  to->count = 0;
  napi_create_array(env, &to->list);
  status = holdfast_job_step(job, 0, &error);
  napi_create_object(env, &made);
  napi_set_named_property(env, made, "running", number_value(env, status == HOLDFAST_RUNNING));
  napi_set_named_property(env, made, "events", to->list);
  if (status != HOLDFAST_OK && status != HOLDFAST_RUNNING) napi_set_named_property(env, made, "error", error_value(env, status, error));
  memset(&now, 0, sizeof now);
  now.struct_size = sizeof now;
  holdfast_job_progress(job, &now, NULL);
  napi_create_object(env, &told);
  napi_set_named_property(env, told, "bytesDone", number_value(env, (int64_t)now.bytes_done));
  napi_set_named_property(env, told, "bytesTotal", number_value(env, (int64_t)now.bytes_total));
  napi_set_named_property(env, told, "bytesStored", number_value(env, (int64_t)now.bytes_stored));
  napi_set_named_property(env, told, "entriesDone", number_value(env, (int64_t)now.entries_done));
  napi_set_named_property(env, told, "warnings", number_value(env, (int64_t)now.warnings));
  napi_set_named_property(env, made, "progress", told);
  return made;
}

/* forget(events): the job will be freed. */
static napi_value forget(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  unlink_from(&home(env)->jobs, handle_of(env, argument));
  return NULL;
}

void export_jobs(napi_env env, napi_value exports) {
  export_function(env, exports, "forget", forget, NULL);
  export_function(env, exports, "listen", listen, NULL);
  export_function(env, exports, "step", step, NULL);
}
