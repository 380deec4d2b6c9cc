/* Jobs: run in steps, polled, waited for, cancelled from anywhere, freed at any time; their events; and the calls that
 * are forbidden in a callback. */
#include <pthread.h>
#include <unistd.h>

#include "c_endless.h"
#include "check.h"

static void* cancel_later(void* job) {
  OK(holdfast_job_cancel((holdfast_job*)job, &err));
  return NULL;
}

static void* wait_elsewhere(void* job) {
  FAILS(holdfast_job_wait((holdfast_job*)job, -1, &err), HOLDFAST_E_CANCELLED, "cancelled");
  return NULL;
}

static void cancelled_from_another_thread(holdfast_repository* repository) {
  endless e;
  holdfast_job* job;
  holdfast_progress progress;
  holdfast_backup* backup;
  pthread_t canceller, waiter;
  endless_init(&e, 0);
  job = endless_start(repository, &e, NULL);
  endless_wait(&e, &e.writing);
  CHECK(holdfast_job_step(job, 1, NULL) == HOLDFAST_RUNNING);
  CHECK(holdfast_job_step(job, -1, NULL) == HOLDFAST_RUNNING);
  CHECK(holdfast_job_wait(job, 0, NULL) == HOLDFAST_RUNNING);
  memset(&progress, 0, sizeof progress);
  progress.struct_size = sizeof progress;
  OK(holdfast_job_progress(job, &progress, &err));
  CHECK(progress.status == HOLDFAST_RUNNING);
  FAILS(holdfast_job_backup(&backup, job, &err), HOLDFAST_E_INVALID_STATE, "not done");
  CHECK(backup == NULL);
  CHECK(pthread_create(&waiter, NULL, wait_elsewhere, job) == 0);
  CHECK(pthread_create(&canceller, NULL, cancel_later, job) == 0);
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_CANCELLED, "cancelled");
  pthread_join(canceller, NULL);
  pthread_join(waiter, NULL);
  FAILS(holdfast_job_step(job, 0, &err), HOLDFAST_E_CANCELLED, "cancelled");
  FAILS(holdfast_job_backup(&backup, job, &err), HOLDFAST_E_INVALID_STATE, "failed");
  OK(holdfast_job_cancel(job, &err));
  holdfast_job_free(job);
  CHECK(e.released == 1 && count_backups(repository) == 0);
}

static void cancelled_by_token(holdfast_repository* repository) {
  endless e;
  holdfast_cancel_token* token;
  holdfast_options* options;
  holdfast_job* job;
  holdfast_backup_writer* writer;
  OK(holdfast_cancel_token_new(&token, &err));
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_cancel(options, token, &err));
  endless_init(&e, 0);
  job = endless_start(repository, &e, options);
  endless_wait(&e, &e.writing);
  CHECK(!holdfast_cancel_token_is_requested(token));
  holdfast_cancel_token_request(token);
  holdfast_cancel_token_request(token);
  CHECK(holdfast_cancel_token_is_requested(token));
  holdfast_cancel_token_free(token);
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_CANCELLED, "cancelled");
  holdfast_job_free(job);
  /* Calls that begin with a used token also end that way. */
  if (holdfast_backup_writer_begin(&writer, repository, options, NULL) == HOLDFAST_OK) {
    size_t source;
    CHECK(holdfast_backup_writer_add_source(&source, writer, "a", "a", NULL) == HOLDFAST_OK);
    CHECK(holdfast_backup_writer_commit(NULL, writer, NULL) == HOLDFAST_E_CANCELLED);
    holdfast_backup_writer_free(writer);
  }
  holdfast_options_free(options);
  CHECK(count_backups(repository) == 0);
}

static void freed_while_it_runs(holdfast_repository* repository) {
  endless e;
  holdfast_job* job;
  endless_init(&e, 0);
  holdfast_job_free(endless_start(repository, &e, NULL));
  CHECK(e.released == 1);
  endless_init(&e, 0);
  e.waits_for_itself = 1;
  job = endless_start_knowing(repository, &e);
  endless_wait(&e, &e.writing);
  holdfast_job_free(job);
  endless_init(&e, 0);
  e.frees_itself = 1;
  endless_start_knowing(repository, &e);
  endless_wait(&e, &e.released);
  CHECK(count_backups(repository) == 0);
}

/* --- Events --- */

typedef struct seen {
  int phases, progress, started, finished, warnings, logs, ended, released;
  uint64_t last_bytes;
  pthread_t thread;
  holdfast_job* job;
  holdfast_status answer; /* answer to the first progress event */
  int free_job;
} seen;

static holdfast_status on_event(void* user_data, const holdfast_event* event) {
  seen* s = (seen*)user_data;
  CHECK(event->struct_size >= sizeof *event && event->message != NULL && event->object != NULL);
  CHECK(pthread_equal(pthread_self(), s->thread));
  switch (event->kind) {
    case HOLDFAST_EVENT_PHASE: ++s->phases; break;
    case HOLDFAST_EVENT_PROGRESS: ++s->progress; break;
    case HOLDFAST_EVENT_ENTRY_STARTED: ++s->started; break;
    case HOLDFAST_EVENT_ENTRY_FINISHED: ++s->finished; break;
    case HOLDFAST_EVENT_WARNING: ++s->warnings; break;
    case HOLDFAST_EVENT_BEGUN: s->ended = 0; break;
    case HOLDFAST_EVENT_ENDED: ++s->ended; break;
    default: ++s->logs; break;
  }
  CHECK(s->ended == (event->kind == HOLDFAST_EVENT_ENDED));
  CHECK(event->operation != NULL && strlen(event->operation) > 0);
  CHECK(event->bytes_done >= s->last_bytes || event->kind != HOLDFAST_EVENT_PROGRESS);
  if (event->kind == HOLDFAST_EVENT_PROGRESS) s->last_bytes = event->bytes_done;
  if (s->job != NULL) {
    holdfast_progress progress;
    memset(&progress, 0, sizeof progress);
    progress.struct_size = sizeof progress;
    OK(holdfast_job_progress(s->job, &progress, &err));
    FAILS(holdfast_job_step(s->job, 0, &err), HOLDFAST_E_INVALID_STATE, "in use");
    FAILS(holdfast_job_run(s->job, &err), HOLDFAST_E_INVALID_STATE, "in use");
    if (s->free_job) {
      holdfast_job_free(s->job);
      s->job = NULL;
    }
  }
  return event->kind == HOLDFAST_EVENT_PROGRESS ? s->answer : HOLDFAST_OK;
}

static void seen_release(void* user_data) { ++((seen*)user_data)->released; }

static holdfast_options* events_to(seen* s) {
  holdfast_options* options;
  memset(s, 0, sizeof *s);
  s->thread = pthread_self();
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_events(options, on_event, s, seen_release, &err));
  return options;
}

static void events(holdfast_repository* repository) {
  endless e;
  seen s;
  holdfast_options* options = events_to(&s);
  holdfast_error* error = NULL;
  holdfast_job* job;
  endless_init(&e, 40u << 20);
  job = endless_start(repository, &e, options);
  holdfast_options_free(options);
  s.job = job;
  OK(holdfast_job_run(job, &err));
  CHECK(s.phases > 0 && s.progress > 0 && s.started == 1 && s.finished == 1 && s.last_bytes == (40u << 20));
  CHECK(s.released == 0);
  holdfast_job_free(job);
  CHECK(s.released == 1);

  /* The record of the end is the last event, also for a host that steps only then: all progress goes before it. */
  options = events_to(&s);
  endless_init(&e, 4u << 20);
  job = endless_start(repository, &e, options);
  holdfast_options_free(options);
  OK(holdfast_job_wait(job, -1, &err));
  CHECK(s.progress == 0 && s.ended == 0);
  OK(holdfast_job_run(job, &err));
  CHECK(s.progress == 1 && s.ended == 1 && s.last_bytes == (4u << 20));
  holdfast_job_free(job);

  /* The callback's return value stops the job and comes back. */
  options = events_to(&s);
  s.answer = 5555;
  endless_init(&e, 0);
  job = endless_start(repository, &e, options);
  CHECK(holdfast_job_run(job, &error) == HOLDFAST_E_CALLBACK);
  CHECK_TEXT(holdfast_error_detail_value(error, 0), "5555");
  holdfast_error_free(error);
  holdfast_job_free(job);
  s.answer = HOLDFAST_E_CANCELLED;
  s.last_bytes = 0;
  job = endless_start(repository, &e, options);
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_CANCELLED, "cancelled");
  holdfast_job_free(job);

  /* A callback may free the job that called it. */
  s.answer = HOLDFAST_OK;
  s.free_job = 1;
  s.last_bytes = 0;
  job = endless_start(repository, &e, options);
  s.job = job;
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_CANCELLED, "cancelled");
  s.job = NULL;
  holdfast_options_free(options);
  CHECK(s.released == 1);
}

/* --- Two threads on a serial handle --- */

typedef struct slow {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int inside, leave;
} slow;

static holdfast_status slow_read(void* user_data, void* buffer, size_t capacity, size_t* length_out, holdfast_error** err) {
  slow* s = (slow*)user_data;
  (void)buffer;
  (void)capacity;
  (void)err;
  pthread_mutex_lock(&s->mutex);
  s->inside = 1;
  pthread_cond_broadcast(&s->changed);
  while (!s->leave) pthread_cond_wait(&s->changed, &s->mutex);
  pthread_mutex_unlock(&s->mutex);
  *length_out = 0;
  return HOLDFAST_OK;
}

static void* read_elsewhere(void* reader) {
  char byte;
  size_t length = 9;
  OK(holdfast_reader_read(&length, (holdfast_reader*)reader, &byte, 1, &err));
  CHECK(length == 0);
  return NULL;
}

static void serial_handle_used_twice(void) {
  slow s;
  holdfast_reader_driver driver;
  holdfast_reader* reader;
  pthread_t thread;
  size_t length;
  char byte;
  memset(&s, 0, sizeof s);
  pthread_mutex_init(&s.mutex, NULL);
  pthread_cond_init(&s.changed, NULL);
  memset(&driver, 0, sizeof driver);
  driver.struct_size = sizeof driver;
  driver.user_data = &s;
  driver.read = slow_read;
  OK(holdfast_reader_new(&reader, &driver, &err));
  CHECK(pthread_create(&thread, NULL, read_elsewhere, reader) == 0);
  pthread_mutex_lock(&s.mutex);
  while (!s.inside) pthread_cond_wait(&s.changed, &s.mutex);
  pthread_mutex_unlock(&s.mutex);
  FAILS(holdfast_reader_read(&length, reader, &byte, 1, &err), HOLDFAST_E_INVALID_STATE, "in use");
  pthread_mutex_lock(&s.mutex);
  s.leave = 1;
  pthread_cond_broadcast(&s.changed);
  pthread_mutex_unlock(&s.mutex);
  pthread_join(thread, NULL);
  holdfast_reader_free(reader);
}

int main(void) {
  holdfast_repository* repository = memory_repository();
  cancelled_from_another_thread(repository);
  cancelled_by_token(repository);
  freed_while_it_runs(repository);
  serial_handle_used_twice();
  holdfast_repository_free(repository);
  repository = memory_repository();
  events(repository);
  holdfast_repository_free(repository);
  return 0;
}
