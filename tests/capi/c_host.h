/* A host written in C: a source of three entries, and a target that restores them and checks every byte. */
#ifndef HOLDFAST_TESTS_CAPI_C_HOST_H
#define HOLDFAST_TESTS_CAPI_C_HOST_H

#include "holdfast_driver.h"

enum { ENTRIES = 3, ENTRY_BYTES = 300000 };

typedef struct host {
  int released;
  int describes, backups, preflights, restores;
  uint64_t restored;
  holdfast_status describe_fails, backup_fails, preflight_fails, restore_fails;
  holdfast_backup_writer* kept_writer; /* a handle that a careless host keeps */
  holdfast_writer* kept_entry;
} host;

/* Returns the byte at a position of an entry. */
unsigned char byte_of(size_t entry, size_t at);
/* Counts its calls. */
void host_release(void* user_data);
holdfast_source_driver host_source_driver(host* h);
holdfast_source* host_source(host* h);
holdfast_target_driver host_target_driver(host* h);
holdfast_target* host_target(host* h);
/* Starts a backup of the host's source. Frees every handle except the job before it returns. */
holdfast_job* start_backup(holdfast_repository* repository, host* h);

#endif
