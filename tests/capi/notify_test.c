/* Notices through the C interface: stored, delivered through a command, kept while it fails, and refused with the name of
 * what is wrong. */
#include <stdlib.h>
#include <sys/stat.h>

#include "check.h"
#include "holdfast_notify.h"

static const char* const kFacts[] = {"sources", "postgresql:///shop", "error", "no_space"};

static holdfast_notice failure(const char* title) {
  holdfast_notice notice = {sizeof notice, 0, "failed", "critical", "shop", NULL, NULL, 1795197600000000, kFacts, 2};
  notice.title = title;
  return notice;
}

static void add_command(holdfast_notifier* notifier, const char* name, const char* command) {
  holdfast_options* options;
  OK(holdfast_options_new(&options, &err));
  OK(holdfast_options_set_string(options, "channel.command", command, &err));
  OK(holdfast_notifier_add_channel(notifier, name, "command", options, &err));
  holdfast_options_free(options);
}

static void expect(char* report, const char* part) {
  if (strstr(report, part) == NULL) fprintf(stderr, "no %s in %s\n", part, report);
  CHECK(strstr(report, part) != NULL);
  holdfast_string_free(report);
}

static void deliver_and_keep(const char* folder) {
  holdfast_notifier* notifier;
  holdfast_notice notice = failure("backup of shop FAILED"), routine = failure("fine");
  size_t takers = 7;
  char* report;
  OK(holdfast_notifier_new(&notifier, folder, &err));
  add_command(notifier, "good", "grep -q '\"sources\":\"postgresql:///shop\"'");
  add_command(notifier, "bad", "sh -c 'echo broken >&2; exit 3'");
  OK(holdfast_notifier_put(&takers, notifier, &notice, NULL, &err));
  CHECK(takers == 2);
  routine.event = "succeeded";
  OK(holdfast_notifier_put(&takers, notifier, &routine, NULL, &err));
  CHECK(takers == 0);
  OK(holdfast_notifier_status(&report, notifier, NULL, &err));
  expect(report, "\"channel\":\"good\",\"configured\":true,\"busy\":false,\"messages\":0,\"delivered\":0,\"waiting\":1");
  OK(holdfast_notifier_deliver(&report, notifier, NULL, &err));
  CHECK(strstr(report, "\"messages\":1,\"delivered\":1,\"waiting\":0") != NULL);
  expect(report, "ended with status 3: broken");
  holdfast_notifier_free(notifier);

  OK(holdfast_notifier_new(&notifier, folder, &err)); /* the next process */
  OK(holdfast_notifier_status(&report, notifier, NULL, &err));
  expect(report, "\"channel\":\"bad\",\"configured\":false,\"busy\":false,\"messages\":0,\"delivered\":0,\"waiting\":1");
  holdfast_notifier_free(notifier);
}

static void refusals(const char* folder) {
  holdfast_notifier *notifier, *other;
  holdfast_notice notice = failure("x");
  OK(holdfast_notifier_new(&notifier, folder, &err));
  add_command(notifier, "ops", "true");
  OK(holdfast_notifier_send(notifier, "ops", &notice, NULL, &err));
  FAILS(holdfast_notifier_send(notifier, "pager", &notice, NULL, &err), HOLDFAST_E_NOT_FOUND, "no channel pager");
  FAILS(holdfast_notifier_add_channel(notifier, "ops", "pager", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "webhook, slack");
  FAILS(holdfast_notifier_add_channel(notifier, "x", "slack", NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "option url");
  notice.event = "failure";
  FAILS(holdfast_notifier_put(NULL, notifier, &notice, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "failed");
  notice = failure("x");
  notice.struct_size = 8;
  FAILS(holdfast_notifier_put(NULL, notifier, &notice, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "struct_size");
  notice = failure("\xff");
  FAILS(holdfast_notifier_put(NULL, notifier, &notice, NULL, &err), HOLDFAST_E_INVALID_ARGUMENT, "notice.title");
  FAILS(holdfast_notifier_new(&other, "/dev/null", &err), HOLDFAST_E_INVALID_ARGUMENT, "/dev/null");
  CHECK(other == NULL);
  holdfast_notifier_free(notifier);
}

int main(void) {
  char folder[] = "/tmp/holdfast-notify-XXXXXX", command[64] = "rm -rf ";
  CHECK(mkdtemp(folder) != NULL);
  deliver_and_keep(folder);
  refusals(folder);
  CHECK(system(strcat(command, folder)) == 0);
  return 0;
}
