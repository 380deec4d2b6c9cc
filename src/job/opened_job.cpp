#include "job/opened_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "holdfast/host.hpp"
#include "holdfast/recovery_key.hpp"
#include "holdfast/storage_host.hpp"

namespace holdfast {

namespace {

constexpr const char* kSeriesTag = "series";
constexpr std::size_t kKeyBytes = 32;

/// A source with the name that the job file gives it.
class NamedSource final : public Source {
 public:
  NamedSource(std::unique_ptr<Source> source, std::string name) : source_(std::move(source)), name_(std::move(name)) {}

  SourceInfo describe(Context& context) override {
    SourceInfo info = source_->describe(context);
    info.record.name = name_;
    return info;
  }
  void backup(BackupWriter& out, Context& context) override { source_->backup(out, context); }

 private:
  std::unique_ptr<Source> source_;
  std::string name_;
};

void add_secrets(Options& options, const SecretReferences& references, const JobHost& host, Context& context) {
  for (const auto& [name, reference] : references) options[name] = std::string(as_text(read_secret(reference, host, context).bytes()));
}

}  // namespace

const JobDefinition& find_job(const JobFile& file, const std::string& name) {
  const auto found = std::ranges::find(file.jobs, name, &JobDefinition::name);
  if (found != file.jobs.end()) return *found;
  std::vector<std::string_view> names;
  for (const JobDefinition& job : file.jobs) names.push_back(job.name);
  throw Error(ErrorCode::not_found, fmt::format("the job file has no job '{}'; it has {}", name, fmt::join(names, ", ")));
}

std::filesystem::path state_folder(const JobFile& file, const JobHost& host) {
  const std::string& folder = host.state.empty() ? file.state : host.state;
  if (!folder.empty()) return folder;
  throw Error(ErrorCode::invalid_argument,
              "a run needs a folder for what it leaves for the next one: name it with `state` in the job file, or let the host do so");
}

Notes tags_of(const JobDefinition& job) {
  Notes tags = job.tags;
  tags.emplace(kSeriesTag, job.name);
  return tags;
}

std::string series_of(const JobDefinition& job) { return tags_of(job).at(kSeriesTag); }

Channel make_channel(const JobChannel& channel, const JobHost& host, Context& context) {
  Options options = channel.options;
  add_secrets(options, channel.secret_options, host, context);
  if (channel.url) options["url"] = std::string(as_text(read_secret(*channel.url, host, context).bytes()));
  return parse_channel(channel.name, channel.kind, options);
}

Key key_from(const Secret& secret) {
  if (secret.size() == kKeyBytes) return raw_key(secret);
  Secret bytes{ByteView(Bytes(kKeyBytes))};
  const Secret line = without_line_ends(secret);
  const std::string_view text = as_text(line.bytes());
  if (text.size() == 2 * kKeyBytes && read_hex(text, bytes.writable().data())) return raw_key(std::move(bytes));
  try {
    return read_recovery_key(text);
  } catch (const Error& error) {
    throw Error(ErrorCode::invalid_argument, "a key has 32 bytes or 64 lower-case hex digits, or is a recovery key; " + error.message());
  }
}

const JobRepository& OpenedJob::entry(const std::string& name) const {
  const auto found = std::ranges::find(file_.repositories, name, &JobRepository::name);
  if (found == file_.repositories.end()) throw Error(ErrorCode::not_found, "the job file has no repository '" + name + "'");
  return *found;
}

Repository* OpenedJob::opened(const std::string& name) {
  const auto found = repositories_.find(name);
  return found == repositories_.end() ? nullptr : &found->second;
}

Repository& OpenedJob::repository(const std::string& name) {
  if (Repository* const found = opened(name)) return *found;
  const JobRepository& entry = this->entry(name);
  try {
    Options storage = entry.options;
    add_secrets(storage, entry.secret_options, host_, context_);
    if (host_.storage_options) storage = host_.storage_options(entry.uri, std::move(storage));
    OpenOptions options{.key = std::nullopt, .storage = {}, .drivers = host_.drivers};
    if (entry.password) options.key = passphrase(read_secret(*entry.password, host_, context_));
    if (entry.key) options.key = key_from(read_secret_bytes(*entry.key, host_, context_));
    StorageHost to_storage = storage_host(context_);
    to_storage.warn = [this](const std::string& warning) { context_.warn(warning); };
    auto opened = open_repository(open_storage(entry.uri, storage, IfMissing::fail, to_storage), options, context_);
    return repositories_.emplace(name, std::move(opened)).first->second;
  } catch (const Error& error) {
    throw error.with_context("repository " + name);
  }
}

Options OpenedJob::driver_options(const JobSource& source, DriverCall call) {
  const std::vector<OptionSpec> specs = options_for(host_.drivers.for_uri(source.uri).options(), call);
  Options options;
  for (const auto& [name, value] : source.options)
    if (std::ranges::find(specs, name, &OptionSpec::name) != specs.end()) options.emplace(name, value);
  if (!source.password) return options;
  if (std::ranges::find(specs, "password", &OptionSpec::name) == specs.end())
    throw Error(ErrorCode::unsupported, "source " + source.uri + " takes no password: leave it out");
  options["password"] = std::string(as_text(read_secret(*source.password, host_, context_).bytes()));
  return options;
}

std::unique_ptr<Source> OpenedJob::open_source(const JobSource& source) {
  const Selection selection{.include = source.include, .exclude = source.exclude};
  auto opened = host_.drivers.for_uri(source.uri).open_source(source.uri, selection, driver_options(source, DriverCall::backup));
  if (source.name.empty()) return opened;
  return std::make_unique<NamedSource>(std::move(opened), source.name);
}

}  // namespace holdfast
