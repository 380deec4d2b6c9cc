#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "base/uri.hpp"
#include "holdfast/driver.hpp"
#include "holdfast/error.hpp"
#include "holdfast/storage.hpp"
#include "job/job_check.hpp"
#include "job/job_map.hpp"

namespace holdfast {

namespace {

constexpr std::size_t kMostBytes = 1 << 20;

VerifyLevel verify_level(std::string_view name) {
  if (name == "quick") return VerifyLevel::quick;
  return name == "full" ? VerifyLevel::full : VerifyLevel::restore;
}

/// Makes the values of a job file from a document that passed the check of its keys, and checks what the keys alone do
/// not tell.
class JobBuilder {
 public:
  explicit JobBuilder(std::vector<JobFault>& faults) : faults_(faults) {}

  JobFile build(const YamlNode& root) {
    const JobMap map(&root);
    file_.state = map.text("state");
    for (const auto& [key, node] : map.members("repositories")) file_.repositories.push_back(repository(key.text, node));
    for (const auto& [key, node] : map.members("channels")) file_.channels.push_back(channel(key.text, JobMap(&node)));
    for (const auto& [key, node] : map.members("jobs")) file_.jobs.push_back(job(key.text, JobMap(&node)));
    return std::move(file_);
  }

 private:
  /// Runs `work`. Its error becomes a fault of that place.
  template <class Work>
  void at(const YamlNode& node, const std::string& path, Work&& work) {
    try {
      work();
    } catch (const Error& error) {
      faults_.push_back({place_of(node), error.with_context(path).message()});
    }
  }

  JobRepository repository(const std::string& name, const YamlNode& node) {
    const JobMap map(&node);
    JobRepository made{
        name, map.text("uri"), map.pairs("options"), map.secrets("secret_options"), map.secret("password"), map.secret("key")};
    const std::string path = "repositories." + name;
    at(*map.find("uri"), path + ".uri", [&] { check_scheme(made.uri); });
    at(node, path, [&] {
      if (made.password && made.key) throw Error(ErrorCode::invalid_argument, "it has a password and a key; one of them opens it");
    });
    const std::vector<OptionSpec> specs = storage_options_of(made.uri);
    check_options(map, path, "storage", specs, [&](const Options& given) { parse_options("storage", specs, given); });
    return made;
  }

  static void check_scheme(const std::string& uri) {
    const std::vector<StorageKind> kinds = storage_kinds();
    const std::string scheme = uri_scheme(uri);
    if (uri.find("://") == std::string::npos || std::ranges::find(kinds, scheme, &StorageKind::scheme) != kinds.end()) return;
    std::vector<std::string_view> schemes;
    for (const StorageKind& kind : kinds) schemes.push_back(kind.scheme);
    throw Error(ErrorCode::invalid_argument, fmt::format("no storage has the scheme '{}'{}", scheme, suggestion(scheme, schemes)));
  }

  static std::vector<OptionSpec> storage_options_of(const std::string& uri) {
    std::vector<OptionSpec> specs;
    for (const StorageKind& kind : storage_kinds()) {
      if (kind.scheme.empty() || kind.scheme == uri_scheme(uri)) specs.insert(specs.end(), kind.options.begin(), kind.options.end());
    }
    return specs;
  }

  template <class Parse>
  void check_options(const JobMap& map, const std::string& path, std::string_view owner, const std::vector<OptionSpec>& specs,
                     Parse&& parse) {
    std::vector<std::string_view> names;
    for (const OptionSpec& spec : specs) names.push_back(spec.name);
    for (const char* const key : {"options", "secret_options"}) {
      for (const auto& [name, value] : map.members(key)) {
        const std::string place = fmt::format("{}.{}", path, key);
        const auto spec = std::ranges::find(specs, name.text, &OptionSpec::name);
        if (spec == specs.end()) {
          faults_.push_back(
              {place_of(name), fmt::format("{}: the {} has no option '{}'{}", place, owner, name.text, suggestion(name.text, names))});
        } else if (key == std::string_view("options") && spec->secret) {
          faults_.push_back(
              {place_of(value),
               fmt::format("{}: '{}' is a secret; give it in secret_options, as env:NAME, file:/PATH or command:WORDS", place, name.text)});
        } else if (key == std::string_view("options")) {
          at(value, place, [&] { parse({{name.text, value.text}}); });
        }
      }
    }
  }

  static JobChannel channel(const std::string& name, const JobMap& map) {
    return {name, map.text("kind"), map.secret("url"), map.pairs("options"), map.secrets("secret_options")};
  }

  JobSource source(const YamlNode& node, const std::string& path) {
    const JobMap map(&node);
    at(*map.find("uri"), path + ".uri", [&] {
      const Driver& driver = drivers_.for_uri(map.text("uri"));
      check_options(map, path, driver.name(), driver.options(),
                    [&](const Options& given) { parse_options(driver.name(), driver.options(), DriverCall::backup, given); });
    });
    return {map.text("uri"), map.text("name"), map.pairs("options"), map.texts("include"), map.texts("exclude"), map.secret("password")};
  }

  std::optional<Schedule> schedule(const JobMap& owner, const std::string& job, const std::string& path) {
    const YamlNode* node = owner.find("schedule");
    if (node == nullptr) return std::nullopt;
    const JobMap map(node);
    std::optional<Schedule> made;
    at(*node, path + ".schedule", [&] {
      made.emplace(map.text("at"), ScheduleOptions{.zone = map.text("zone", "UTC"),
                                                   .name = job,
                                                   .jitter = map.duration("jitter", std::chrono::seconds(0)),
                                                   .blackouts = map.texts("blackouts"),
                                                   .catch_up = parse_catch_up(map.text("catch_up", "once")),
                                                   .overlap = parse_overlap(map.text("overlap", "skip")),
                                                   .start_within = map.duration("start_within", std::chrono::minutes(5))});
    });
    return made;
  }

  std::optional<RetentionPolicy> retention(const JobMap& owner, const std::string& path) {
    const YamlNode* node = owner.find("retention");
    return node == nullptr ? std::nullopt : std::optional(policy(*node, path + ".retention"));
  }

  RetentionPolicy policy(const YamlNode& node, const std::string& path) {
    const JobMap map(&node);
    RetentionPolicy policy{.keep_last = map.count("keep_last"),
                           .keep_within = map.duration("keep_within", std::chrono::seconds(0)),
                           .keep_hourly = map.count("keep_hourly"),
                           .keep_daily = map.count("keep_daily"),
                           .keep_weekly = map.count("keep_weekly"),
                           .keep_monthly = map.count("keep_monthly"),
                           .keep_yearly = map.count("keep_yearly"),
                           .keep_tags = map.texts("keep_tags"),
                           .minimum = map.count("minimum", 1),
                           .minimum_level = parse_proof_level(map.text("minimum_level", "stored")),
                           .per_series = map.flag("per_series", true)};
    at(node, path, [&] { check_policy(policy); });
    return policy;
  }

  std::vector<JobHook> hooks(const JobMap& map, std::string_view name, const std::string& path) {
    std::vector<JobHook> made;
    for (const YamlNode& node : map.items(name)) {
      const JobMap hook(&node);
      const YamlNode* const socket = hook.find("engine_socket");
      if (socket != nullptr && hook.find("container") == nullptr)
        faults_.push_back({place_of(*socket),
                           fmt::format("{}.hooks.{}[{}].engine_socket: only a hook with a container uses it", path, name, made.size())});
      made.push_back({hook.texts("run"), hook.duration("timeout", std::chrono::minutes(10)), hook.text("on_failure") != "continue",
                      hook.text("container"), hook.text("engine_socket")});
    }
    return made;
  }

  std::vector<JobVerification> verifications(const JobMap& owner, const std::string& job, const std::string& path) {
    std::vector<JobVerification> made;
    for (const YamlNode& node : owner.items("verification")) {
      const JobMap map(&node);
      const std::string each = fmt::format("{}.verification[{}]", path, made.size());
      made.push_back({verify_level(map.text("level")), schedule(map, job, each), map.text("target"), map.texts("queries")});
      const char* const only = map.find("target") != nullptr ? "target" : "queries";
      if (made.back().level != VerifyLevel::restore && map.find(only) != nullptr)
        faults_.push_back({place_of(*map.find(only)), fmt::format("{}.{}: only a verification at level restore uses it", each, only)});
    }
    return made;
  }

  std::vector<JobNotification> notifications(const JobMap& owner, const std::string& path) {
    std::vector<JobNotification> made;
    for (const YamlNode& node : owner.items("notifications")) {
      const JobMap map(&node);
      known(*map.find("channel"), fmt::format("{}.notifications[{}].channel", path, made.size()), "channel", file_.channels);
      made.push_back({map.text("channel"), map.texts("events")});
    }
    return made;
  }

  static std::optional<JobMasking> masking(const JobMap& owner) {
    const YamlNode* node = owner.find("masking");
    if (node == nullptr) return std::nullopt;
    const JobMap map(node);
    return JobMasking{map.text("rules"), map.secret("key"), map.flag("strict", false)};
  }

  /// Checks that a name is that of one of the things.
  template <class Thing>
  void known(const YamlNode& node, const std::string& path, const char* what, const std::vector<Thing>& things) {
    std::vector<std::string_view> names;
    for (const Thing& thing : things) names.push_back(thing.name);
    one_of(node, path, what, names);
  }

  void one_of(const YamlNode& node, const std::string& path, const char* what, const std::vector<std::string_view>& names) {
    if (std::ranges::find(names, std::string_view(node.text)) == names.end())
      faults_.push_back({place_of(node), fmt::format("{}: there is no {} '{}'{}", path, what, node.text, suggestion(node.text, names))});
  }

  JobDefinition job(const std::string& name, const JobMap& map) {
    const std::string path = "jobs." + name;
    JobDefinition made{.name = name, .description = map.text("description"), .server = map.text("server")};
    for (const YamlNode& node : map.items("sources"))
      made.sources.push_back(source(node, fmt::format("{}.sources[{}]", path, made.sources.size())));
    made.repository = map.text("repository");
    known(*map.find("repository"), path + ".repository", "repository", file_.repositories);
    for (const YamlNode& node : map.items("copies")) {
      known(node, fmt::format("{}.copies[{}]", path, made.copies.size()), "repository", file_.repositories);
      made.copies.push_back(node.text);
    }
    for (const auto& [copy, node] : map.members("copy_retention")) {
      const std::string each = path + ".copy_retention";
      one_of(copy, each, "copy of this job", {made.copies.begin(), made.copies.end()});
      made.copy_retention.emplace(copy.text, policy(node, each + "." + copy.text));
    }
    made.tags = map.pairs("tags");
    const JobMap transforms(map.find("transforms")), limits(map.find("limits")), hooks_of(map.find("hooks"));
    made.compression = transforms.text("compression");
    made.decode_check = transforms.flag("decode_check", true);
    made.parallel = limits.count("jobs");
    made.bandwidth = limits.number("bandwidth", 0);
    made.schedule = schedule(map, name, path);
    made.retention = retention(map, path);
    made.verifications = verifications(map, name, path);
    made.before = hooks(hooks_of, "before", path);
    made.after = hooks(hooks_of, "after", path);
    made.notifications = notifications(map, path);
    made.masking = masking(map);
    return made;
  }

  std::vector<JobFault>& faults_;
  const DriverRegistry drivers_ = builtin_drivers();
  JobFile file_;
};

}  // namespace

JobFile parse_job_file(std::string_view text, std::vector<JobFault>& faults) {
  if (text.size() > kMostBytes) {
    faults.push_back({{1, 1}, "the file is larger than 1 MiB; split it"});
    return {};
  }
  std::vector<YamlFault> unreadable;
  const YamlNode document = parse_yaml(text, unreadable);
  std::vector<JobFault> found;
  for (YamlFault& fault : unreadable) found.push_back({{fault.place.line, fault.place.column}, std::move(fault.what)});
  JobFile file;
  if (found.empty() || document.kind == YamlNode::Kind::map) {
    check_keys(document, job_file_spec(), found);
    if (found.empty()) file = JobBuilder(found).build(document);
  }
  std::ranges::stable_sort(found, {}, [](const JobFault& fault) { return std::pair(fault.place.line, fault.place.column); });
  faults.insert(faults.end(), found.begin(), found.end());
  return file;
}

JobFile parse_job_file(std::string_view text) {
  std::vector<JobFault> faults;
  JobFile file = parse_job_file(text, faults);
  if (faults.empty()) return file;
  const JobFault& first = faults.front();
  throw Error(ErrorCode::invalid_argument, fmt::format("the job file, {}:{}: {}{}", first.place.line, first.place.column, first.what,
                                                       faults.size() == 1 ? "" : fmt::format("; there are {} faults", faults.size())));
}

}  // namespace holdfast
