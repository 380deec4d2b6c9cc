#include <memory>

#include "channel_input.hpp"
#include "format.hpp"
#include "holdfast/notify.hpp"
#include "job_input.hpp"
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

struct DeliverArguments {
  std::string file, state;
};

int deliver(Session& session, const DeliverArguments& arguments) {
  const JobFile file = good_job_file(arguments.file);
  Notifier notifier = job_notifier(file, session.job_host(file, arguments.state), session.context());
  const DeliveryReport report = notifier.deliver(session.context());
  std::vector<std::vector<std::string>> rows{{"channel", "delivered", "waiting", "given up", "error"}};
  for (const ChannelReport& channel : report.channels)
    rows.push_back({printable(channel.channel), std::to_string(channel.delivered), std::to_string(channel.waiting),
                    std::to_string(channel.given_up.size()), printable(channel.error)});
  const int code = session.finish(document(report), format_table(rows, {}));
  return report.ok() ? code : kWarnings;
}

}  // namespace

void add_notify(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("notify", "How people are told about backups");
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

  CLI::App& delivers = *command.add_subcommand("deliver", "Send the notices of jobs that wait in the outbox and are due");
  const auto delivery = std::make_shared<DeliverArguments>();
  delivers.add_option("file", delivery->file, "The job file, for its channels")->required()->type_name("FILE");
  add_state_option(delivers, delivery->state);
  session.add_output_options(delivers);
  session.on(delivers, [&session, delivery] { return deliver(session, *delivery); });
}

}  // namespace holdfast::cli
