/* A host that forks: what a child may do; a job of its parent neither notices the fork nor ends by it. */
#include <sys/wait.h>
#include <unistd.h>

#include "c_endless.h"
#include "check.h"

/* Runs a function in a child, which must succeed soon. */
static void in_child(void (*what)(holdfast_repository*), holdfast_repository* repository) {
  int status = -1;
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(120);
    what(repository);
    _exit(0);
  }
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void nothing(holdfast_repository* repository) { (void)repository; }

static void exec(holdfast_repository* repository) {
  (void)repository;
  execl("/bin/true", "true", (char*)NULL);
  _exit(1);
}

static void children_of_a_job(holdfast_repository* repository) {
  endless e;
  holdfast_job* job;
  holdfast_progress progress;
  int child;
  endless_init(&e, 0);
  job = endless_start(repository, &e, NULL);
  endless_wait(&e, &e.writing);
  /* In a child, valgrind would report the memory of the job's thread as lost, because that thread does not exist there;
   * not after an exec. */
  for (child = 0; child < 10; ++child) in_child(child % 2 == 0 && getenv("CAPI_UNDER_VALGRIND") == NULL ? nothing : exec, repository);
  CHECK(holdfast_job_step(job, 10, NULL) == HOLDFAST_RUNNING);
  memset(&progress, 0, sizeof progress);
  progress.struct_size = sizeof progress;
  OK(holdfast_job_progress(job, &progress, &err));
  CHECK(progress.status == HOLDFAST_RUNNING);
  OK(holdfast_job_cancel(job, &err));
  FAILS(holdfast_job_run(job, &err), HOLDFAST_E_CANCELLED, "cancelled");
  holdfast_job_free(job);
  CHECK(e.released == 1 && count_backups(repository) == 0);
}

static void use_inherited(holdfast_repository* repository) {
  holdfast_backup_free(push_backup(repository, "in the child", "1", 1));
  CHECK(count_backups(repository) == 2);
  holdfast_repository_free(repository);
}

static void use_own(holdfast_repository* repository) {
  holdfast_repository* own = memory_repository();
  endless e;
  holdfast_job* job;
  (void)repository;
  endless_init(&e, 1u << 20);
  job = endless_start(own, &e, NULL);
  OK(holdfast_job_run(job, &err));
  holdfast_job_free(job);
  CHECK(count_backups(own) == 1);
  holdfast_repository_free(own);
}

/* While no job runs and no backup is being written, a handle works in the child as well as in its parent. */
static void children_of_a_quiet_host(holdfast_repository* repository) {
  holdfast_backup_free(push_backup(repository, "in the parent", "1", 1));
  in_child(use_inherited, repository);
  in_child(use_own, repository);
  holdfast_backup_free(push_backup(repository, "in the parent", "2", 1));
  CHECK(count_backups(repository) == 2); /* the child's memory storage has its own content */
}

int main(void) {
  holdfast_repository* repository = memory_repository();
  children_of_a_job(repository);
  children_of_a_quiet_host(repository);
  holdfast_repository_free(repository);
  return 0;
}
