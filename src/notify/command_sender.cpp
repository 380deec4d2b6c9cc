#include "base/bounded_run.hpp"
#include "base/plain_text.hpp"
#include "notify/sender.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMostReason = 500;

std::vector<std::pair<std::string, std::string>> variables_of(const Message& message) {
  const Notice& newest = message.notices.back().notice;
  return {{"HOLDFAST_EVENT", std::string(to_string(newest.kind))},
          {"HOLDFAST_SEVERITY", std::string(to_string(message.severity))},
          {"HOLDFAST_SERIES", newest.series},
          {"HOLDFAST_TITLE", message.title},
          {"HOLDFAST_MESSAGE_ID", message.id}};
}

class CommandSender final : public Sender {
 public:
  explicit CommandSender(const Channel& channel) : channel_(channel) {}

  void send(const Message& message, const Context& context) override {
    Command command{.argv = channel_.argv, .environment = variables_of(message)};
    command.argv[0] = find_program(channel_.argv[0], context);
    if (command.argv[0].empty())
      throw Error(ErrorCode::not_found, "there is no program " + channel_.argv[0] + ": install it, or give its path");
    const std::vector<std::string>& pass = context.host.pass_environment;
    command.pass.insert(command.pass.end(), pass.begin(), pass.end());
    const BoundedRun run = run_bounded(command, {.deadline = channel_.timeout, .most_output = 0}, message_json(channel_, message), context);
    const std::string said = run.errors.empty() ? "" : ": " + shortened(plain_line(run.errors), kMostReason);
    if (run.late)
      throw Error(ErrorCode::timeout, channel_.argv[0] + " did not end within " + std::to_string(channel_.timeout.count()) + " s" + said);
    if (run.status != 0) throw Error(ErrorCode::target, channel_.argv[0] + " ended with status " + std::to_string(run.status) + said);
  }

 private:
  const Channel& channel_;
};

}  // namespace

std::unique_ptr<Sender> command_sender(const Channel& channel) { return std::make_unique<CommandSender>(channel); }

std::unique_ptr<Sender> make_sender(const Channel& channel) {
  if (channel.kind == ChannelKind::email) return mail_sender(channel);
  if (channel.kind == ChannelKind::command) return command_sender(channel);
  return http_sender(channel);
}

}  // namespace holdfast
