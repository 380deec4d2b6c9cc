#include "holdfast/error.hpp"
#include "holdfast/host.hpp"
#include "holdfast/repository.hpp"
#include "repository/draft.hpp"

namespace holdfast {

namespace {

// Runs one step for one source; its errors say which source it was.
template <typename Step>
auto with_source(const std::string& label, const Step& step) {
  try {
    return step();
  } catch (const Error& error) {
    throw error.with_context(label);
  }
}

// For errors before a source has told its name: a URI may hold a password, this never does.
std::string numbered(std::size_t index) { return "source " + std::to_string(index + 1); }

void require_some(std::size_t sources) {
  if (sources == 0) throw Error(ErrorCode::invalid_argument, "nothing to back up: name at least one source");
}

// All sources are looked at before the first is read: what can't work fails while nothing was done yet.
std::vector<SourceInfo> describe_all(const std::vector<Source*>& sources, Context& context) {
  std::vector<SourceInfo> infos;
  std::uint64_t expected = 0;
  bool all_known = true;
  for (Source* source : sources) {
    infos.push_back(with_source(numbered(infos.size()), [&] { return source->describe(context); }));
    expected += infos.back().size_estimate;
    all_known = all_known && infos.back().size_estimate != 0;
  }
  if (all_known) context.expect_bytes(expected);
  return infos;
}

}  // namespace

BackupInfo Repository::backup(const std::vector<std::string>& uris, const BackupOptions& options, Context& context) {
  require_some(uris.size());
  std::vector<std::unique_ptr<Source>> opened;
  std::vector<Source*> sources;
  for (const std::string& uri : uris) {
    opened.push_back(
        with_source(numbered(opened.size()), [&] { return drivers_.for_uri(uri).open_source(uri, options.selection, options.driver); }));
    sources.push_back(opened.back().get());
  }
  BackupOptions left = options;
  left.selection = {};
  left.driver.clear();
  return backup_sources(*this, sources, left, context);
}

BackupInfo backup_sources(Repository& repository, const std::vector<Source*>& sources, const BackupOptions& options, Context& context) {
  const Context::Operation counted(context);
  require_some(sources.size());
  require_nothing_to_select(options);
  context.phase("looking at the source");
  const std::vector<SourceInfo> infos = describe_all(sources, context);
  const std::unique_ptr<BackupSession> session = repository.begin(options, context);
  std::vector<BackupWriter*> writers;
  for (const SourceInfo& info : infos) {
    writers.push_back(with_source(info.record.name, [&] { return &session->add_source(info); }));
  }
  for (std::size_t index = 0; index < sources.size(); ++index) {
    const std::string& name = infos[index].record.name;
    context.phase("backing up " + name);
    with_source(name, [&] { sources[index]->backup(*writers[index], context); });
  }
  context.phase("committing " + session->id());
  return session->commit();
}

}  // namespace holdfast
