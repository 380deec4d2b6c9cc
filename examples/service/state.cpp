#include "state.hpp"

#include <nlohmann/json.hpp>

namespace service {

namespace hf = holdfast;

namespace {

hf::TimePoint now() { return hf::system_clock().now(); }
double seconds(hf::TimePoint time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

nlohmann::json text_of(const std::optional<hf::TimePoint>& time) {
  return time ? nlohmann::json(hf::format_time(*time)) : nlohmann::json();
}

}  // namespace

void State::enter(const std::string& state) {
  std::string before = state;
  {
    const std::lock_guard lock(mutex_);
    before.swap(state_);
    since_ = now();
  }
  log_.info(before.empty() ? "state " + state : "state " + before + " -> " + state);
}

std::string State::name() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void State::succeeded() {
  const std::lock_guard lock(mutex_);
  ++runs_;
  last_success_ = now();
  last_error_.clear();
}

void State::failed(const std::string& why) {
  const std::lock_guard lock(mutex_);
  ++runs_, ++failures_;
  last_error_ = log_.without_secrets(why);
}

void State::next_at(hf::TimePoint next) {
  const std::lock_guard lock(mutex_);
  next_ = next;
}

bool State::healthy() const {
  const std::lock_guard lock(mutex_);
  return last_error_.empty();
}

std::string State::json() const {
  const std::lock_guard lock(mutex_);
  const nlohmann::ordered_json document = {{"service", service_},
                                           {"state", state_},
                                           {"since", hf::format_time(since_)},
                                           {"healthy", last_error_.empty()},
                                           {"runs", runs_},
                                           {"failures", failures_},
                                           {"last_success", text_of(last_success_)},
                                           {"last_error", last_error_.empty() ? nlohmann::json() : nlohmann::json(last_error_)},
                                           {"next", text_of(next_)}};
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string State::metrics() const {
  const std::lock_guard lock(mutex_);
  const auto gauge = [](const std::string& name, double value) {
    return "# TYPE holdfast_service_" + name + " gauge\nholdfast_service_" + name + " " + std::to_string(value) + "\n";
  };
  std::string text = gauge("healthy", last_error_.empty() ? 1 : 0) + gauge("runs", static_cast<double>(runs_)) +
                     gauge("failures", static_cast<double>(failures_));
  if (last_success_) text += gauge("last_success_timestamp_seconds", seconds(*last_success_));
  if (next_) text += gauge("next_run_timestamp_seconds", seconds(*next_));
  return text;
}

}  // namespace service
