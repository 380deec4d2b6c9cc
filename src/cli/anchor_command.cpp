#include <memory>

#include "format.hpp"
#include "holdfast/anchor.hpp"
#include "output.hpp"
#include "session.hpp"

namespace holdfast::cli {

namespace {

struct AnchorArguments {
  std::string file = "-";
  bool force = false;
};

int anchor(Session& session, const AnchorArguments& arguments) {
  Repository repository = session.open_repository(Session::IndexCache::off);
  const std::string text = make_anchor(repository, session.context());
  const bool to_output = arguments.file == "-";
  Json json{{"file", to_output ? Json(nullptr) : Json(arguments.file)}, {"anchor", text}};
  if (to_output) return session.finish(std::move(json), text);
  const std::unique_ptr<Writer> out = file_writer(arguments.file, arguments.force);
  out->write(as_bytes(text));
  out->commit();
  return session.confirm(std::move(json),
                         "wrote the anchor of " + printable(repository.info().uri) + " into " + printable(arguments.file) + "\n");
}

}  // namespace

void add_anchor(CLI::App& app, Session& session) {
  CLI::App& command = *app.add_subcommand("anchor", "Print the names of the newest backups, to keep elsewhere and detect their removal");
  const auto arguments = std::make_shared<AnchorArguments>();
  command.add_option("-o,--output", arguments->file, "The file; default: -, standard output")->type_name("FILE");
  command.add_flag("--force", arguments->force, "Replace a file of that name");
  session.add_repository_options(command);
  session.add_output_options(command);
  session.on(command, [&session, arguments] { return anchor(session, *arguments); });
}

}  // namespace holdfast::cli
