/* Rules of masking: docs/masking.md. They are checked against a backup, or proposed for one, without restoring it. */
#ifndef HOLDFAST_MASK_H
#define HOLDFAST_MASK_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Masking ------------------------------------------------------------------------------------------------------ */

typedef struct holdfast_mask_check holdfast_mask_check; /* immutable */

/* Compare rules (option mask.rules) with a backup, or propose some. Free the text of a proposal with
 * holdfast_string_free(); a person has to read it. */
HOLDFAST_API holdfast_status holdfast_repository_check_mask(holdfast_mask_check** out, holdfast_repository* repository, const char* backup,
                                                            const holdfast_options* options, holdfast_error** err);
HOLDFAST_API holdfast_status holdfast_repository_suggest_mask(char** out, holdfast_repository* repository, const char* backup,
                                                              const holdfast_options* options, holdfast_error** err);
HOLDFAST_API int32_t holdfast_mask_check_ok(const holdfast_mask_check* check);      /* no fault: a restore would follow the rules */
HOLDFAST_API uint64_t holdfast_mask_check_tables(const holdfast_mask_check* check); /* in the backup */
HOLDFAST_API size_t holdfast_mask_check_fault_count(const holdfast_mask_check* check);
HOLDFAST_API const char* holdfast_mask_check_fault_object(const holdfast_mask_check* check, size_t index);
HOLDFAST_API const char* holdfast_mask_check_fault_text(const holdfast_mask_check* check, size_t index);   /* with line and column */
HOLDFAST_API size_t holdfast_mask_check_column_count(const holdfast_mask_check* check);                    /* masked; 0 with a fault */
HOLDFAST_API const char* holdfast_mask_check_column_table(const holdfast_mask_check* check, size_t index); /* "public.customers" */
HOLDFAST_API const char* holdfast_mask_check_column_name(const holdfast_mask_check* check, size_t index);
HOLDFAST_API const char* holdfast_mask_check_column_rule(const holdfast_mask_check* check, size_t index); /* "email" */
HOLDFAST_API void holdfast_mask_check_free(holdfast_mask_check* check);

/* One object on one line, as `holdfast mask check --json` prints it. Free `*out` with holdfast_string_free(). */
HOLDFAST_API holdfast_status holdfast_mask_check_to_json(char** out, const holdfast_mask_check* check, holdfast_error** err);

#ifdef __cplusplus
}
#endif

#endif
