#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "holdfast/duration.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct ExpireArguments {
  RetentionPolicy policy;
  std::string within, minimum_level;
  bool dry_run = false;
};

std::string text(const RetentionPlan& plan, bool dry_run) {
  std::vector<std::vector<std::string>> rows;
  for (const RetentionDecision& decision : plan.decisions) {
    std::string reasons;
    for (const std::string& reason : decision.reasons) reasons += (reasons.empty() ? "" : ", ") + printable(reason);
    rows.push_back({decision.action == RetentionAction::keep ? "keep" : "remove", decision.backup.id, reasons});
  }
  return format_table(rows, {}) + fmt::format("{} {} of {}, {}\n", dry_run ? "would remove" : "removed", plan.removed(),
                                              count_of(plan.decisions.size(), "backup"), format_size(plan.freed_bytes()));
}

int expire(Session& session, ExpireArguments& arguments) {
  RetentionPolicy& policy = arguments.policy;
  if (!arguments.within.empty()) policy.keep_within = parse_duration(arguments.within);
  if (!arguments.minimum_level.empty()) policy.minimum_level = parse_proof_level(arguments.minimum_level);
  check_policy(policy);  // before the user is asked for a password
  Repository repository = session.open_repository();
  const RetentionPlan plan = arguments.dry_run ? repository.plan(policy, session.context()) : repository.expire(policy, session.context());
  Json json{{"dry_run", arguments.dry_run}};
  json.update(document(plan));
  return session.confirm(std::move(json), text(plan, arguments.dry_run));
}

}  // namespace

void add_expire(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("expire", "Remove the backups that no rule keeps, separately for each series of sources");
  const auto arguments = std::make_shared<ExpireArguments>();
  RetentionPolicy& policy = arguments->policy;
  command.add_option("--keep-last", policy.keep_last, "Keep the newest N")->type_name("N");
  command.add_option("--keep-within", arguments->within, "Keep all younger than this, as in 7d or 12h")->type_name("TIME");
  command.add_option("--keep-hourly", policy.keep_hourly, "Keep the newest of each of the last N hours that have one")->type_name("N");
  command.add_option("--keep-daily", policy.keep_daily, "The same for days (UTC)")->type_name("N");
  command.add_option("--keep-weekly", policy.keep_weekly, "The same for ISO weeks")->type_name("N");
  command.add_option("--keep-monthly", policy.keep_monthly, "The same for months")->type_name("N");
  command.add_option("--keep-yearly", policy.keep_yearly, "The same for years")->type_name("N");
  command.add_option("--keep-tag", policy.keep_tags, "Keep all with this tag (repeatable)")
      ->allow_extra_args(false)
      ->type_name("KEY[=VALUE]");
  command.add_option("--minimum", policy.minimum, "Never leave fewer than N of a series; default 1")->type_name("N");
  command.add_option("--minimum-level", arguments->minimum_level, "The N must be at least stored, checksummed, restored or content-equal")
      ->type_name("LEVEL");
  command
      .add_option_function<std::string>(
          "--group-by", [arguments](const std::string& group) { arguments->policy.per_series = group == "series"; },
          "Judge each series on its own, or all backups together; default series")
      ->check(CLI::IsMember({"series", "none"}));
  command.add_flag("-n,--dry-run", arguments->dry_run, "Only say what would go");
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, arguments] { return expire(session, *arguments); });
}

}  // namespace holdfast::cli
