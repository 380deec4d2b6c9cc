/* The storages that holdfast_storage_open() knows, and their options. holdfast.h has the options of drivers, and all
 * keys of an options object. */
#ifndef HOLDFAST_OPTIONS_H
#define HOLDFAST_OPTIONS_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Options of storages ------------------------------------------------------------------------------------------ */

HOLDFAST_API size_t holdfast_storage_kind_count(void);
/* Returns "s3". The first kind is "", with the options that every storage takes. NULL past the end. */
HOLDFAST_API const char* holdfast_storage_kind_scheme(size_t kind);
/* Returns the form of its URI, for people: "s3://BUCKET/PREFIX". NULL past the end. */
HOLDFAST_API const char* holdfast_storage_kind_form(size_t kind);
/* Options are set as "storage.NAME", always as text. A secret option is refused in a URI. */
HOLDFAST_API size_t holdfast_storage_kind_option_count(size_t kind);
HOLDFAST_API const holdfast_option_info* holdfast_storage_kind_option_at(size_t kind, size_t index); /* NULL past the end */

#ifdef __cplusplus
}
#endif

#endif
