#include "c_endless.h"

#include "check.h"

static void endless_release(void* user_data) {
  endless* e = (endless*)user_data;
  pthread_mutex_lock(&e->mutex);
  ++e->released;
  pthread_cond_broadcast(&e->changed);
  pthread_mutex_unlock(&e->mutex);
}

static holdfast_status endless_describe(void* user_data, holdfast_source_info* out, holdfast_context* context, holdfast_error** err) {
  (void)user_data;
  (void)context;
  (void)err;
  out->uri = "app:endless";
  out->name = "endless";
  return HOLDFAST_OK;
}

static void use_own_job(endless* e) {
  pthread_mutex_lock(&e->mutex);
  while ((e->waits_for_itself || e->frees_itself) && e->own_job == NULL) pthread_cond_wait(&e->changed, &e->mutex);
  pthread_mutex_unlock(&e->mutex);
  if (e->waits_for_itself) FAILS(holdfast_job_wait(e->own_job, -1, &err), HOLDFAST_E_INVALID_STATE, "itself");
  if (e->frees_itself) holdfast_job_free(e->own_job);
}

static holdfast_status endless_backup(void* user_data, holdfast_backup_writer* out, size_t source, holdfast_context* context,
                                      holdfast_error** err) {
  endless* e = (endless*)user_data;
  static const char zeros[65536] = {0};
  uint64_t written = 0;
  holdfast_writer* writer;
  holdfast_status status = holdfast_backup_writer_open(&writer, out, source, "e", "stream", NULL, err);
  if (status != HOLDFAST_OK) return status;
  use_own_job(e);
  while (status == HOLDFAST_OK && (e->limit == 0 || written < e->limit)) {
    if (holdfast_context_is_cancelled(context)) {
      status = HOLDFAST_E_CANCELLED;
      break;
    }
    status = holdfast_writer_write(writer, zeros, sizeof zeros, err);
    written += sizeof zeros;
    pthread_mutex_lock(&e->mutex);
    e->writing = 1;
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->mutex);
  }
  if (status == HOLDFAST_OK) status = holdfast_writer_commit(writer, err);
  holdfast_writer_free(writer);
  return status;
}

void endless_init(endless* e, uint64_t limit) {
  memset(e, 0, sizeof *e);
  pthread_mutex_init(&e->mutex, NULL);
  pthread_cond_init(&e->changed, NULL);
  e->limit = limit;
}

void endless_wait(endless* e, const int* what) {
  pthread_mutex_lock(&e->mutex);
  while (!*what) pthread_cond_wait(&e->changed, &e->mutex);
  pthread_mutex_unlock(&e->mutex);
}

holdfast_job* endless_start(holdfast_repository* repository, endless* e, const holdfast_options* options) {
  holdfast_source_driver driver;
  holdfast_source* source;
  holdfast_job* job;
  memset(&driver, 0, sizeof driver);
  driver.struct_size = sizeof driver;
  driver.user_data = e;
  driver.release = endless_release;
  driver.describe = endless_describe;
  driver.backup = endless_backup;
  OK(holdfast_source_new(&source, &driver, &err));
  OK(holdfast_backup_start_sources(&job, repository, &source, 1, options, &err));
  holdfast_source_free(source);
  return job;
}

holdfast_job* endless_start_knowing(holdfast_repository* repository, endless* e) {
  holdfast_job* job = endless_start(repository, e, NULL);
  pthread_mutex_lock(&e->mutex);
  e->own_job = job;
  pthread_cond_broadcast(&e->changed);
  pthread_mutex_unlock(&e->mutex);
  return job;
}
