/* Whether a storage and the prerequisites of a driver are as they must be. holdfast.h includes this file. */
#ifndef HOLDFAST_DOCTOR_H
#define HOLDFAST_DOCTOR_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Doctor ------------------------------------------------------------------------------------------------------- */

/* Tests whether a storage keeps its contract. Removes its test objects, if it may remove. */
HOLDFAST_API holdfast_status holdfast_storage_diagnose(holdfast_finding_list** out, holdfast_storage* storage,
                                                       const holdfast_options* options, holdfast_error** err);
/* Reports which prerequisites of a driver are present. `driver` is its name; NULL = the driver of the URI. With a URI
 * (may be NULL) also connects and reports whether that server can be backed up. */
HOLDFAST_API holdfast_status holdfast_driver_diagnose(holdfast_finding_list** out, const char* driver, const char* uri,
                                                      const holdfast_options* options, holdfast_error** err);

#define HOLDFAST_FINDING_OK 0
#define HOLDFAST_FINDING_WARNING 1
#define HOLDFAST_FINDING_MISSING 2
HOLDFAST_API size_t holdfast_finding_list_count(const holdfast_finding_list* list);
HOLDFAST_API int32_t holdfast_finding_list_state(const holdfast_finding_list* list, size_t index); /* past the end: -1 */
HOLDFAST_API const char* holdfast_finding_list_what(const holdfast_finding_list* list, size_t index);
HOLDFAST_API const char* holdfast_finding_list_detail(const holdfast_finding_list* list, size_t index);
HOLDFAST_API void holdfast_finding_list_free(holdfast_finding_list* list);

#ifdef __cplusplus
}
#endif

#endif
