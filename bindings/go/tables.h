/* Tables of functions for the library, whose functions are Go's. `handle` is a cgo.Handle; the table's release deletes
 * it. */
#ifndef HOLDFAST_GO_TABLES_H
#define HOLDFAST_GO_TABLES_H

#include <holdfast_driver.h>
#include <stdint.h>

holdfast_status hf_source_new(holdfast_source** out, uintptr_t handle, holdfast_error** err);
holdfast_status hf_writer_new(holdfast_writer** out, uintptr_t handle, holdfast_error** err);
holdfast_status hf_storage_new(holdfast_storage** out, uintptr_t handle, const char* uri, holdfast_error** err);
holdfast_status hf_listen(holdfast_options* options, uintptr_t handle, holdfast_error** err);
/* Go can't call a pointer to a C function. */
holdfast_status hf_visit(holdfast_object_visitor visit, void* data, const holdfast_object_info* object);

#endif
