/* A host written in C: a source of three entries, and a target that takes them back and looks at every byte. */
#ifndef HOLDFAST_TESTS_CAPI_C_HOST_H
#define HOLDFAST_TESTS_CAPI_C_HOST_H

#include "holdfast_driver.h"

enum { ENTRIES = 3, ENTRY_BYTES = 300000 };

typedef struct host {
  int released;
  int describes, backups, preflights, restores;
  uint64_t restored;
  holdfast_status describe_fails, backup_fails, preflight_fails, restore_fails;
  holdfast_backup_writer* kept_writer; /* what a careless host keeps */
  holdfast_writer* kept_entry;
} host;

/* What stands at a place of an entry. */
unsigned char byte_of(size_t entry, size_t at);
/* Counts. */
void host_release(void* user_data);
holdfast_source_driver host_source_driver(host* h);
holdfast_source* host_source(host* h);
holdfast_target_driver host_target_driver(host* h);
holdfast_target* host_target(host* h);
/* Starts a backup of the host's source; every handle but the job is freed before it ends. */
holdfast_job* start_backup(holdfast_repository* repository, host* h);

#endif
