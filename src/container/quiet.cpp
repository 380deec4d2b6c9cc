#include "container/quiet.hpp"

#include "base/caught_error.hpp"

namespace holdfast::container {

namespace {

// A container has 10 s to stop by itself; the engine may then take some time to end it.
constexpr std::chrono::milliseconds kTimeToResume{60'000};

class QuietContainers {
 public:
  QuietContainers(const std::string& socket, Quiesce how, Context& context)
      : engine_(socket, Engine::Bounds{.connect = std::chrono::seconds(10), .silence = kTimeToResume, .stop = {}}),
        how_(how),
        context_(context) {}

  void quiet(Engine& engine, const std::string& volume) {
    for (const VolumeUser& user : users_of(engine, volume)) {
      if (user.state != "running") continue;
      context_.check();
      const bool pauses = how_ == Quiesce::pause;
      context_.log((pauses ? "pausing the container " : "stopping the container ") + user.name);
      quiet_.push_back(user);  // before the request: its answer may be lost
      // Not cancelled in the middle: it would then be unknown whether the container still runs.
      engine_.must((pauses ? "can't pause the container " : "can't stop the container ") + user.name, "POST",
                   "/containers/" + user.id + (pauses ? "/pause" : "/stop"));
    }
  }

  // Tries all of them; returns the first failure, or an empty text.
  std::string resume() noexcept {
    std::string failure;
    while (!quiet_.empty()) {
      try {
        resume(quiet_.back());
      } catch (...) {
        if (failure.empty()) failure = caught_error().message();
      }
      quiet_.pop_back();
    }
    return failure;
  }

 private:
  void resume(const VolumeUser& user) {
    const bool paused = how_ == Quiesce::pause;
    const std::string what = "the container " + user.name + (paused ? " is still paused" : " is still stopped");
    context_.log((paused ? "resuming the container " : "starting the container ") + user.name);
    const Answer answer = engine_.ask("POST", "/containers/" + user.id + (paused ? "/unpause" : "/start"));
    if (!answer.ok() && answer.status != 304 && !runs(user)) throw refusal(what, answer.status, *answer.body);
  }

  // A container that was never paused, because the request failed, needs nothing.
  bool runs(const VolumeUser& user) {
    const Answer answer = engine_.ask("GET", "/containers/" + user.id + "/json");
    if (!answer.ok() || !answer.body->is_object() || !answer.body->contains("State")) return false;
    return text_of(answer.body->at("State"), "Status") == "running";
  }

  Engine engine_;
  Quiesce how_;
  Context& context_;
  std::vector<VolumeUser> quiet_;
};

}  // namespace

Quiesce parse_quiesce(std::string_view name) { return name == "pause" ? Quiesce::pause : name == "stop" ? Quiesce::stop : Quiesce::none; }

void while_quiet(const std::string& socket, const std::string& volume, Quiesce how, Context& context, const std::function<void()>& work) {
  if (how == Quiesce::none) return work();
  QuietContainers containers(socket, how, context);
  try {
    Engine engine(socket, context);
    containers.quiet(engine, volume);
    work();
  } catch (...) {
    const std::string failure = containers.resume();
    if (!failure.empty()) context.warn(failure, volume);
    throw;
  }
  const std::string failure = containers.resume();
  if (!failure.empty()) throw Error(ErrorCode::source, failure + ": start it by hand");
}

}  // namespace holdfast::container
