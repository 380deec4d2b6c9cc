#include <memory>

#include "channel_input.hpp"
#include "format.hpp"
#include "holdfast/notify.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct TestArguments {
  std::string kind;
  std::vector<std::string> options, secrets;
  std::string title = "Test of a channel", message = "Holdfast can reach you here.", series;
};

int test_channel(Session& session, const TestArguments& arguments) {
  const Channel channel = parse_channel("test", arguments.kind, channel_options(arguments.options, arguments.secrets));
  const Notice notice{
      .series = arguments.series, .time = session.context().now(), .title = arguments.title, .message = arguments.message, .facts = {}};
  send_notice(channel, notice, session.context());
  return session.confirm({{"sent", true}, {"kind", arguments.kind}}, "the receiver accepted a notice over " + arguments.kind + "\n");
}

}  // namespace

void add_notify(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("notify", "Try out how people are told about backups");
  command.require_subcommand(1);
  CLI::App& test = *command.add_subcommand("test", "Send one notice at once");
  const auto arguments = std::make_shared<TestArguments>();
  test.add_option("kind", arguments->kind, "webhook, slack, discord, teams, email, ping or command")->required()->type_name("KIND");
  add_channel_options(test, arguments->options, arguments->secrets, "-o,--option");
  test.add_option("--title", arguments->title, "The notice's title")->type_name("TEXT");
  test.add_option("--message", arguments->message, "The notice's message")->type_name("TEXT");
  test.add_option("--series", arguments->series, "The notice's series")->type_name("TEXT");
  add_channel_option_list(test);
  session.add_output_options(test);
  session.on(test, [&session, arguments] { return test_channel(session, *arguments); });
}

}  // namespace holdfast::cli
