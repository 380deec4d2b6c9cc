#include "holdfast/error.hpp"
#include "holdfast/repository.hpp"

namespace holdfast {

namespace {

struct OpenedSource {
  std::unique_ptr<Source> source;
  SourceInfo info;
  std::string label;  // for errors: a URI may hold a password, this never does
};

// Runs one step for one source; its errors say which source it was.
template <typename Step>
auto with_source(const std::string& label, const Step& step) {
  try {
    return step();
  } catch (const Error& error) {
    throw error.with_context(label);
  }
}

// All sources are looked at before the first is read: what can't work fails while nothing was done yet.
std::vector<OpenedSource> open_all(const DriverRegistry& drivers, const std::vector<std::string>& uris, const BackupOptions& options,
                                   Context& context) {
  std::vector<OpenedSource> sources;
  for (const std::string& uri : uris) {
    OpenedSource& opened = sources.emplace_back();
    opened.label = "source " + std::to_string(sources.size());
    with_source(opened.label, [&] {
      opened.source = drivers.for_uri(uri).open_source(uri, options.selection, options.driver);
      opened.info = opened.source->describe(context);
    });
    opened.label = opened.info.record.name;
  }
  return sources;
}

}  // namespace

BackupInfo Repository::backup(const std::vector<std::string>& sources, const BackupOptions& options, Context& context) {
  if (sources.empty()) throw Error(ErrorCode::invalid_argument, "nothing to back up: name at least one source");
  context.phase("looking at the source");
  std::vector<OpenedSource> opened = open_all(drivers_, sources, options, context);
  std::uint64_t expected = 0;
  bool all_known = true;
  for (const OpenedSource& source : opened) {
    expected += source.info.size_estimate;
    all_known = all_known && source.info.size_estimate != 0;
  }
  if (all_known) context.expect_bytes(expected);

  const std::unique_ptr<BackupSession> session = begin(options, context);
  std::vector<BackupWriter*> writers;
  for (const OpenedSource& source : opened) {
    writers.push_back(with_source(source.label, [&] { return &session->add_source(source.info); }));
  }
  for (std::size_t index = 0; index < opened.size(); ++index) {
    context.phase("backing up " + opened[index].label);
    with_source(opened[index].label, [&] { opened[index].source->backup(*writers[index], context); });
  }
  context.phase("committing " + session->id());
  return session->commit();
}

}  // namespace holdfast
