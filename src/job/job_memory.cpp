#include "job/job_memory.hpp"

#include <chrono>

#include "base/file_lock.hpp"
#include "base/json_tree.hpp"
#include "base/json_writer.hpp"
#include "base/retry.hpp"
#include "holdfast/error.hpp"
#include "repository/history.hpp"
#include "repository/object_access.hpp"
#include "storage/local.hpp"

namespace holdfast {

namespace {

constexpr std::uint64_t kStateVersion = 1, kMostStateBytes = 1U << 20;
constexpr std::size_t kNumberDigits = 20;
constexpr std::chrono::milliseconds kPause{200};

std::string write_state(const JobMemoryState& state) {
  JsonWriter out;
  const auto member = [&out](const char* name, const std::optional<TimePoint>& time) {
    if (time) out.member(name, format_time_micros(*time));
  };
  out.begin_object();
  out.member("version", kStateVersion);
  member("known", state.known);
  member("started", state.started);
  if (state.outcome) out.member("outcome", to_string(*state.outcome));
  out.key("verified");
  out.begin_object();
  for (const auto& [name, time] : state.verified) out.member(name, format_time_micros(time));
  out.end_object();
  out.key("alerts");
  out.begin_array();
  for (const std::string& name : state.alerts) out.value(name);
  out.end_array();
  out.end_object();
  return std::move(out).text();
}

JobMemoryState read_state(std::string_view text, const std::string& object) {
  const JsonTree tree = parse_json(text, object);
  const auto refuse = [&](const char* why) { throw Error(ErrorCode::corrupt, object + ": " + why + "; remove it"); };
  if (!tree->is_object() || !tree->contains("version")) refuse("it is not the state of a job");
  if (tree->at("version") != kStateVersion) throw Error(ErrorCode::unsupported, object + ": a later version of Holdfast wrote it");
  JobMemoryState state;
  try {
    const auto time_at = [&](const char* key) {
      const std::string written = text_of(*tree, key);
      return written.empty() ? std::nullopt : std::optional(parse_time(written));
    };
    state.known = time_at("known");
    state.started = time_at("started");
    state.outcome = outcome_named(text_of(*tree, "outcome"));
    for (const auto& [name, time] : tree->at("verified").items()) state.verified.emplace(name, parse_time(time.get<std::string>()));
    for (const auto& name : tree->at("alerts")) state.alerts.push_back(name.get<std::string>());
  } catch (const std::exception&) {  // of the JSON library, or a wrong time
    refuse("it is damaged");
  }
  return state;
}

std::vector<std::string> objects_of(Storage& storage, const std::string& job) {
  std::vector<std::string> names;
  storage.list(job + "/", [&](const ObjectInfo& object) {
    if (object.name.size() == job.size() + 1 + kNumberDigits) names.push_back(object.name);
    return true;
  });
  return names;
}

JobMemoryState recall_from(Storage& storage, const std::string& job) {
  for (int attempt = 0;; ++attempt) {
    const std::vector<std::string> names = objects_of(storage, job);
    if (names.empty()) return {};
    try {
      return read_state(as_text(get(storage, names.back(), kMostStateBytes)), names.back());
    } catch (const Error& error) {  // replaced since
      if (error.code() != ErrorCode::not_found || attempt == 10) throw;
    }
  }
}

}  // namespace

JobMemoryState recall(const std::filesystem::path& folder, const std::string& job) {
  if (!std::filesystem::exists(folder / "jobs")) return {};
  return recall_from(*local_storage(folder / "jobs", IfMissing::fail), job);
}

JobMemory::JobMemory(const std::filesystem::path& folder, std::string job) : folder_(folder / "jobs"), job_(std::move(job)) {
  try {
    storage_ = local_storage(folder_, IfMissing::create);
  } catch (const Error& error) {
    throw error.with_context("the state folder of jobs");
  }
}

std::optional<Fd> JobMemory::enter(Overlap overlap, const Context& context) {
  Fd run = try_lock_file(folder_ / (job_ + ".lock"));
  if (run || overlap == Overlap::allow) return run;
  if (overlap == Overlap::skip) return std::nullopt;
  const Fd turn = try_lock_file(folder_ / (job_ + ".next"));
  if (!turn) return std::nullopt;
  context.phase("waiting for an earlier run of " + job_);
  while (!run) {
    context.check();
    pause_until(std::chrono::steady_clock::now() + kPause, context.stop);
    run = try_lock_file(folder_ / (job_ + ".lock"));
  }
  return run;
}

Fd JobMemory::mark_run() const { return lock_file(folder_ / (job_ + ".running"), LockKind::shared); }

bool JobMemory::runs() const { return !try_lock_file(folder_ / (job_ + ".running")); }

JobMemoryState JobMemory::recall() const { return recall_from(*storage_, job_); }

JobMemoryState JobMemory::change(const std::function<void(JobMemoryState& state)>& change) {
  const Fd turn = lock_file(folder_ / (job_ + ".state"), LockKind::exclusive);
  JobMemoryState state = recall();
  change(state);
  save(state);
  return state;
}

void JobMemory::save(const JobMemoryState& state) {
  for (;;) {
    const std::vector<std::string> before = objects_of(*storage_, job_);
    const std::uint64_t number = before.empty() ? 1 : std::stoull(before.back().substr(job_.size() + 1)) + 1;
    const std::string digits = std::to_string(number);
    const std::string name = job_ + "/" + std::string(kNumberDigits - digits.size(), '0') + digits;
    if (storage_->put_new(name, as_bytes(write_state(state))) == PutResult::already_exists) continue;  // an older version's run
    for (const std::string& old : before) remove_if_there(*storage_, old);
    return;
  }
}

}  // namespace holdfast
