#include "native.h"

#include <stdlib.h>
#include <string.h>

instance* home(napi_env env) {
  void* own = NULL;
  napi_get_instance_data(env, &own);
  return own;
}

bool post(instance* own, napi_threadsafe_function to, void* data) {
  bool told;
  pthread_mutex_lock(&own->lock);
  told = !own->ended && napi_call_threadsafe_function(to, data, napi_tsfn_nonblocking) == napi_ok;
  pthread_mutex_unlock(&own->lock);
  return told;
}

void link_in(link** first, link* member) {
  member->after = *first;
  if (*first != NULL) (*first)->before = member;
  *first = member;
}

void unlink_from(link** first, link* member) {
  if (member->before != NULL) member->before->after = member->after;
  if (member->after != NULL) member->after->before = member->before;
  if (*first == member) *first = member->after;
}

napi_value text_value(napi_env env, const char* text) {
  napi_value value = NULL;
  if (text == NULL)
    napi_get_null(env, &value);
  else
    napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

napi_value handle_value(napi_env env, const void* handle) {
  napi_value value = NULL;
  napi_create_bigint_uint64(env, (uint64_t)(uintptr_t)handle, &value);
  return value;
}

napi_value number_value(napi_env env, int64_t number) {
  napi_value value = NULL;
  napi_create_int64(env, number, &value);
  return value;
}

void* handle_of(napi_env env, napi_value value) {
  uint64_t number = 0;
  bool lossless = false;
  napi_get_value_bigint_uint64(env, value, &number, &lossless); /* null leaves it 0 */
  return (void*)(uintptr_t)number;
}

int64_t number_of(napi_env env, napi_value value) {
  int64_t number = 0;
  bool lossless = false;
  if (napi_get_value_bigint_int64(env, value, &number, &lossless) != napi_ok) napi_get_value_int64(env, value, &number);
  return number;
}

char* text_of(napi_env env, napi_value value) {
  size_t length = 0;
  char* text;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) return NULL;
  text = malloc(length + 1);
  if (text == NULL) {
    napi_throw_error(env, NULL, "no memory for a text");
    return NULL;
  }
  napi_get_value_string_utf8(env, value, text, length + 1, &length);
  if (strlen(text) != length) {
    free(text);
    napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", "a text has a NUL");
    return NULL;
  }
  return text;
}

napi_value error_value(napi_env env, holdfast_status status, holdfast_error* error) {
  napi_value class = NULL, made = NULL, arguments[3];
  arguments[0] = text_value(env, holdfast_error_message(error));
  arguments[1] = text_value(env, holdfast_status_name(status));
  napi_get_boolean(env, holdfast_error_is_retryable(error) != 0, &arguments[2]);
  holdfast_error_free(error);
  napi_get_reference_value(env, home(env)->error_class, &class);
  napi_new_instance(env, class, 3, arguments, &made);
  return made;
}

void export_function(napi_env env, napi_value exports, const char* name, napi_callback function, void* data) {
  napi_value made = NULL;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, data, &made);
  napi_set_named_property(env, exports, name, made);
}

/* start(HoldfastError, serve): what the addon makes errors of, and what answers its requests. */
static napi_value start(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  instance* own = home(env);
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  napi_create_reference(env, arguments[0], 1, &own->error_class);
  if (!start_serving(env, arguments[1], own)) napi_throw_error(env, NULL, "no memory for Holdfast");
  return NULL;
}

NAPI_MODULE_INIT() {
  instance* own = calloc(1, sizeof *own);
  if (own == NULL) return NULL;
  own->thread = pthread_self();
  pthread_mutex_init(&own->lock, NULL);
  napi_set_instance_data(env, own, NULL, NULL);
  export_function(env, exports, "start", start, NULL);
  export_jobs(env, exports);
  export_host(env, exports);
  if (!export_calls(env, exports, own)) napi_throw_error(env, NULL, "no memory for Holdfast");
  return exports;
}
