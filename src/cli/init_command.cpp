#include <memory>

#include "format.hpp"
#include "output.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

int init(Session& session, bool no_encryption, const std::string& layout) {
  if (session.repository_uris().empty()) throw Error(ErrorCode::invalid_argument, "no repository is named: name the new one with -r");
  if (no_encryption && session.key_given()) {
    throw Error(ErrorCode::invalid_argument, "both a password or key and --no-encryption are given: leave out one");
  }
  CreateOptions options;
  options.layout = layout == "plain" ? LayoutKind::plain : LayoutKind::packed;
  options.storage = session.repository_options(session.repository_uris().front());
  if (no_encryption) {
    options.encryption = Encryption::none;
  } else {
    options.key = session.new_key();
  }
  const RepositoryInfo info = session.create_repository(options).info();
  if (!info.encrypted && !session.quiet()) {
    write_error("holdfast: this repository is NOT encrypted: whoever can read its storage can read every backup\n");
  }
  const std::string kind = options.layout == LayoutKind::plain ? "  plain" : "  packed";
  return session.confirm(
      {{"repository", document(info)}},
      "repository " + info.id + kind + (info.encrypted ? "  encrypted" : "  not encrypted") + "  " + printable(info.uri) + "\n");
}

}  // namespace

void add_init(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("init", "Make a new repository");
  const auto no_encryption = std::make_shared<bool>(false);
  command.add_flag("--no-encryption", *no_encryption, "Store backups readable for everyone who can read the storage");
  const auto layout = std::make_shared<std::string>("packed");
  command.add_option("--layout", *layout, "packed (deduplicated; the default) or plain (a stock file for each stream)")
      ->check(CLI::IsMember({"packed", "plain"}))
      ->type_name("LAYOUT");
  session.add_repository_options(command);
  session.add_output_options(command);
  add_storage_option_list(command);
  session.on(command, [&session, no_encryption, layout] { return init(session, *no_encryption, *layout); });
}

}  // namespace holdfast::cli
