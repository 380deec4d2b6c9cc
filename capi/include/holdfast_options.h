/* What this build of the library has: drivers, storages, transforms, options, proof levels. holdfast.h has the options
 * of drivers, and all keys of an options object. None of these functions blocks; all may be called from any thread. */
#ifndef HOLDFAST_OPTIONS_H
#define HOLDFAST_OPTIONS_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Catalog ------------------------------------------------------------------------------------------------------ */

/* Returns the number `index` of the URI schemes of a driver: "postgresql". NULL past the end. */
HOLDFAST_API const char* holdfast_driver_scheme(size_t driver, size_t index);
/* Makes one JSON object on one line: "drivers" (as holdfast_drivers_to_json(); those added to `options`, which may be
 * NULL, included), "storages" (scheme, form, options), "transforms" (name, form, suffix, help), "proof_levels" (level,
 * help) and "options" (the keys of an options object). New versions only add keys. Free `*out` with
 * holdfast_string_free(). */
HOLDFAST_API holdfast_status holdfast_catalog_to_json(char** out, const holdfast_options* options, holdfast_error** err);

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
