/* Notices of what happened, and the channels over which people get them, with the rules of holdfast.h.
 * docs/notifications.md describes the channels, their options and the outbox. */
#ifndef HOLDFAST_NOTIFY_H
#define HOLDFAST_NOTIFY_H

#include "holdfast.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Notifications ------------------------------------------------------------------------------------------------ */

/* An outbox and its channels. Any thread, also several at once. */
typedef struct holdfast_notifier holdfast_notifier;

/* The caller sets struct_size. Texts may be NULL, which is "", except for event and severity. */
typedef struct holdfast_notice {
  uint32_t struct_size;
  uint32_t reserved;
  const char* event;    /* "failed", "recovered", "overdue" … */
  const char* severity; /* "info", "warning", "critical" */
  const char* series;   /* what it is about, for filters */
  const char* title;    /* one line */
  const char* message;
  int64_t time;             /* microseconds since 1970, UTC; 0: now */
  const char* const* facts; /* further facts: a name, its value, the next name …; may be NULL */
  size_t fact_count;        /* pairs */
} holdfast_notice;

/* Creates the folder `outbox`, for its owner only, unless it exists. */
HOLDFAST_API holdfast_status holdfast_notifier_new(holdfast_notifier** out, const char* outbox, holdfast_error** err);
/* `kind` is "webhook", "slack", "discord", "teams", "email", "ping" or "command". Options "channel.". Talks to
 * nobody. */
HOLDFAST_API holdfast_status holdfast_notifier_add_channel(holdfast_notifier* notifier, const char* name, const char* kind,
                                                           const holdfast_options* options, holdfast_error** err);
/* Stores the notice durably for each channel that takes it; their number is `*takers_out` (may be NULL). Talks to no
 * receiver. Options: the clock. */
HOLDFAST_API holdfast_status holdfast_notifier_put(size_t* takers_out, holdfast_notifier* notifier, const holdfast_notice* notice,
                                                   const holdfast_options* options, holdfast_error** err);
/* Sends what is due, and blocks meanwhile: at most one attempt for each channel that fails. What a receiver does not
 * take is no error but part of the report: `*report_out` is JSON, {"ok", "channels": [{"channel", "configured", "busy",
 * "messages", "delivered", "waiting", "undelivered", "given_up": [{"id", "title", "why"}], "error", "next"}]}. New
 * versions only add keys. Free it with holdfast_string_free(). Options: the clock, the cancel token, "process.". */
HOLDFAST_API holdfast_status holdfast_notifier_deliver(char** report_out, holdfast_notifier* notifier, const holdfast_options* options,
                                                       holdfast_error** err);
/* The same report, without sending. */
HOLDFAST_API holdfast_status holdfast_notifier_status(char** report_out, holdfast_notifier* notifier, const holdfast_options* options,
                                                      holdfast_error** err);
/* Sends a notice at once over one channel, whatever its filter, in one attempt and without the outbox. */
HOLDFAST_API holdfast_status holdfast_notifier_send(holdfast_notifier* notifier, const char* channel, const holdfast_notice* notice,
                                                    const holdfast_options* options, holdfast_error** err);
HOLDFAST_API void holdfast_notifier_free(holdfast_notifier* notifier);

#ifdef __cplusplus
}
#endif

#endif
