#include <fmt/format.h>

#include <memory>

#include "format.hpp"
#include "holdfast/duration.hpp"
#include "holdfast/tiered.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct TierArguments {
  std::string age;
  bool list = false;
  TierPolicy policy;
};

std::shared_ptr<TieredStorage> open_tiered(Session& session) {
  if (session.repository_uris().size() != 1)
    throw Error(ErrorCode::invalid_argument,
                "tier moves objects of one repository: name it with -r, and its cold storage with -O cold=URI");
  const std::string& uri = session.repository_uris().front();
  auto tiered =
      std::dynamic_pointer_cast<TieredStorage>(open_storage(uri, session.repository_options(uri), IfMissing::fail, session.storage_host()));
  if (!tiered)
    throw Error(ErrorCode::invalid_argument,
                printable(uri) + " has no cold storage to move to: name one with -O cold=URI (and not read_only)");
  return tiered;
}

int list(Session& session, const TierArguments& arguments) {
  Json objects = Json::array();
  std::string text;
  for (const std::string& prefix : arguments.policy.prefixes) {
    for (const ObjectInfo& info : open_tiered(session)->cold_objects(prefix)) {
      objects.push_back({{"name", info.name}, {"bytes", info.size}});
      text += info.name + "\n";
    }
  }
  return session.finish({{"cold", std::move(objects)}}, text);
}

int move(Session& session, TierArguments& arguments) {
  if (!arguments.age.empty()) arguments.policy.age = std::chrono::duration_cast<std::chrono::hours>(parse_duration(arguments.age));
  const TierReport report = open_tiered(session)->move_old(arguments.policy, session.context());
  return session.confirm(document(report),
                         fmt::format("moved {}, {}\n", count_of(report.moved_objects, "object"), format_size(report.moved_bytes)));
}

}  // namespace

void add_tier(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("tier", "Move old packs to the repository's cold storage (-O cold=URI); safe at any time");
  const auto arguments = std::make_shared<TierArguments>();
  auto* age = command.add_option("--age", arguments->age, "Move packs of at least this age, in whole hours, as in 12h or 90d; default 30d")
                  ->type_name("TIME");
  command
      .add_flag("--list", arguments->list, "Move nothing: list the packs in the cold storage, which may need a restore from the archive")
      ->excludes(age);
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, arguments] { return arguments->list ? list(session, *arguments) : move(session, *arguments); });
}

}  // namespace holdfast::cli
