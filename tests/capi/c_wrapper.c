#include "c_wrapper.h"

#include <string.h>

static holdfast_storage* inner_of(void* user_data) { return ((c_wrapper*)user_data)->inner; }

static holdfast_status wrapper_put_new(void* user_data, const char* name, const void* data, size_t length, holdfast_error** err) {
  return holdfast_storage_put_new(inner_of(user_data), name, data, length, err);
}

static holdfast_status stream_write(void* user_data, const void* data, size_t length, holdfast_error** err) {
  return holdfast_writer_write((holdfast_writer*)user_data, data, length, err);
}

static holdfast_status stream_commit(void* user_data, holdfast_error** err) {
  return holdfast_writer_commit((holdfast_writer*)user_data, err);
}

static void stream_release(void* user_data) { holdfast_writer_free((holdfast_writer*)user_data); }

static holdfast_status wrapper_write(void* user_data, const char* name, holdfast_writer_driver* out, holdfast_error** err) {
  holdfast_writer* writer;
  holdfast_status status = holdfast_storage_write(&writer, inner_of(user_data), name, err);
  if (status != HOLDFAST_OK) return status;
  out->user_data = writer;
  out->write = stream_write;
  out->commit = stream_commit;
  out->release = stream_release;
  return HOLDFAST_OK;
}

static holdfast_status stream_read(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  return holdfast_reader_read(length_out, (holdfast_reader*)user_data, buffer, capacity, err);
}

static void reader_release(void* user_data) { holdfast_reader_free((holdfast_reader*)user_data); }

static holdfast_status wrapper_read(void* user_data, const char* name, uint64_t offset, uint64_t length, holdfast_reader_driver* out,
                                    holdfast_error** err) {
  holdfast_reader* reader;
  holdfast_status status = holdfast_storage_read(&reader, inner_of(user_data), name, offset, length, err);
  if (status != HOLDFAST_OK) return status;
  out->user_data = reader;
  out->read = stream_read;
  out->release = reader_release;
  return HOLDFAST_OK;
}

static holdfast_status wrapper_stat(void* user_data, const char* name, holdfast_object_info* out, holdfast_error** err) {
  return holdfast_storage_stat(inner_of(user_data), name, out, err);
}

static holdfast_status wrapper_list(void* user_data, const char* prefix, holdfast_object_visitor visit, void* visit_data,
                                    holdfast_error** err) {
  return holdfast_storage_list(inner_of(user_data), prefix, visit, visit_data, err);
}

static holdfast_status wrapper_remove(void* user_data, const char* name, holdfast_error** err) {
  return holdfast_storage_remove(inner_of(user_data), name, err);
}

static int32_t wrapper_locks(void* user_data) { return holdfast_storage_locks(inner_of(user_data)); }

static holdfast_status wrapper_locked_until(void* user_data, const char* name, int64_t* until_out, holdfast_error** err) {
  return holdfast_storage_locked_until(until_out, inner_of(user_data), name, err);
}

static holdfast_status wrapper_renew_lock(void* user_data, const char* name, holdfast_error** err) {
  return holdfast_storage_renew_lock(inner_of(user_data), name, err);
}

static int32_t own_locks(void* user_data) {
  (void)user_data;
  return 1;
}

/* Returns "not found" if there is no object. */
static holdfast_status look_for(void* user_data, const char* name, holdfast_error** err) {
  holdfast_object_info info;
  memset(&info, 0, sizeof info);
  info.struct_size = sizeof info;
  return holdfast_storage_stat(inner_of(user_data), name, &info, err);
}

static holdfast_status own_locked_until(void* user_data, const char* name, int64_t* until_out, holdfast_error** err) {
  *until_out = HOLDFAST_LOCKED_FOR_GOOD;
  return look_for(user_data, name, err);
}

static holdfast_status own_renew_lock(void* user_data, const char* name, holdfast_error** err) {
  __sync_fetch_and_add(&((c_wrapper*)user_data)->renewals, 1); /* from many threads */
  return look_for(user_data, name, err);
}

holdfast_storage_driver c_wrapper_driver(c_wrapper* wrapper, enum c_wrapper_locks locks) {
  holdfast_storage_driver driver;
  memset(&driver, 0, sizeof driver);
  driver.struct_size = sizeof driver;
  driver.caps = HOLDFAST_STORAGE_ATOMIC_CREATE | HOLDFAST_STORAGE_DURABLE;
  driver.user_data = wrapper;
  driver.uri = locks == LOCKS_ITSELF ? "vault:" : "wrapped:";
  driver.put_new = wrapper_put_new;
  driver.write = wrapper_write;
  driver.read = wrapper_read;
  driver.stat = wrapper_stat;
  driver.list = wrapper_list;
  driver.remove = wrapper_remove;
  if (locks == HIDES_LOCKS) return driver;
  driver.locks = locks == LOCKS_ITSELF ? own_locks : wrapper_locks;
  driver.locked_until = locks == LOCKS_ITSELF ? own_locked_until : wrapper_locked_until;
  driver.renew_lock = locks == LOCKS_ITSELF ? own_renew_lock : wrapper_renew_lock;
  return driver;
}
