#include "operation.hpp"

#include <pybind11/stl.h>

#include <chrono>
#include <system_error>

#include "convert.hpp"
#include "python_signer.hpp"

namespace holdfast::python {

namespace {

constexpr std::chrono::milliseconds kWake{100};
constexpr std::size_t kMaxEvents = 4096;

void apply(const py::dict& settings, Context& context) {
  const auto seconds = [&](const char* name) { return std::chrono::seconds(settings[name].cast<std::int64_t>()); };
  context.limits.jobs = settings["jobs"].cast<unsigned>();
  context.limits.bandwidth_bytes_per_second = settings["bandwidth"].cast<std::uint64_t>();
  context.limits.connect_timeout = seconds("connect_timeout");
  context.limits.stall_timeout = seconds("stall_timeout");
  context.limits.lock_timeout = seconds("lock_timeout");
  for (const auto& directory : settings["program_path"].cast<std::vector<std::string>>()) context.host.program_path.emplace_back(directory);
  context.host.pass_environment = settings["pass_environment"].cast<std::vector<std::string>>();
  context.host.temp_directory = settings["temp_directory"].cast<std::string>();
  context.host.principal = settings["principal"].cast<std::string>();
}

std::thread start(const std::function<void()>& work) {
  try {
    return std::thread(work);
  } catch (const std::system_error& error) {
    throw Error(ErrorCode::limit, std::string("can't start a thread: ") + error.what(), true);
  }
}

}  // namespace

Operation::Operation(const py::dict& settings, py::object on_event, bool all_events, const CancelToken* cancel) {
  apply(settings, context_);
  if (const std::string_view key = settings["audit_key"].cast<py::bytes>(); !key.empty()) {
    audit_signer_ = ed25519_signer(Secret(key));
  } else if (const py::object signer = settings["audit_signer"]; !signer.is_none()) {
    audit_signer_ = signer_from(signer, own_failures_);
  }
  context_.host.audit_signer = audit_signer_.get();
  context_.stop = stop_.get_token();
  hears_ = !on_event.is_none();
  hears_all_ = hears_ && all_events;
  if (hears_) {
    on_event_ = PyRef(std::move(on_event));
    context_.events = this;
  }
  if (cancel != nullptr) linked_.emplace(cancel->token(), [stop = stop_]() mutable { stop.request_stop(); });
  scope_.watch(own_failures_);
  add_live(*this);
}

Operation::~Operation() { remove_live(*this); }

void Operation::forget() {
  std::optional<PythonError> interrupted;
  {
    const std::lock_guard lock(mutex_);
    interrupted.swap(interrupt_);
  }
  scope_.clear();
  scope_.watch(own_failures_);
}

void Operation::run_to_end(const std::function<void()>& work) {
  const InFlight in_flight;
  const std::unique_ptr<Operation, void (*)(Operation*)> end(this, [](Operation* operation) {
    if (!operation->keeps_heard_) operation->forget();
  });
  std::exception_ptr error;
  {
    const py::gil_scoped_release release;
    bool done = false;
    {
      const std::lock_guard lock(mutex_);
      caller_ = std::this_thread::get_id();
    }
    std::thread worker = start([&] {
      try {
        work();
      } catch (...) {
        error = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      done = true;
      changed_.notify_all();
    });
    wait_for(done);
    worker.join();
  }
  deliver();
  std::optional<PythonError> interrupted;
  {
    const std::lock_guard lock(mutex_);
    interrupted.swap(interrupt_);
  }
  if (interrupted) raise_again(*interrupted);
  if (!error) return;
  try {
    std::rethrow_exception(error);
  } catch (const Error& failed) {
    scope_.raise(failed);
  }
}

// mutex_ guards `done`.
void Operation::wait_for(const bool& done) {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_for(lock, kWake, [&] { return done || !tasks_.empty() || (!delivering_ && !events_.empty()); });
    if (!tasks_.empty()) {
      serve(lock);
    } else if (done) {
      return;
    }
    lock.unlock();
    {
      const py::gil_scoped_acquire gil;
      deliver();
      look_for_signals();
    }
    lock.lock();
  }
}

void Operation::serve(std::unique_lock<std::mutex>& lock) {
  Task& task = *tasks_.front();
  tasks_.pop_front();
  lock.unlock();
  try {
    task.call();
  } catch (...) {
    task.error = std::current_exception();
  }
  lock.lock();
  task.done = true;
  changed_.notify_all();
}

void Operation::on_caller(const std::function<void()>& call) {
  Task task{call};
  {
    std::unique_lock lock(mutex_);
    if (caller_ != std::this_thread::get_id()) {
      tasks_.push_back(&task);
      changed_.notify_all();
      changed_.wait(lock, [&] { return task.done; });
      if (task.error) std::rethrow_exception(task.error);
      return;
    }
  }
  call();  // this call is already further up on the stack
}

void Operation::look_for_signals() {
  if (PyErr_CheckSignals() == 0) return;
  py::error_already_set raised;
  interrupt(raised);
}

void Operation::interrupt(py::error_already_set& raised) {
  const PythonError failure = own_failures_->record(raised, ErrorCode::cancelled);
  {
    const std::lock_guard lock(mutex_);
    if (!interrupt_) interrupt_.emplace(failure);
  }
  const py::gil_scoped_release release;
  stop_.request_stop();
}

// The sink must not wait, because the thread that would make room may wait for the work that reports. Events that do
// not fit are dropped, except warnings. Only the newest progress event is kept.
void Operation::on_event(const Event& event) noexcept {
  try {
    if (!hears_all_ && event.kind != EventKind::warning) return;
    const std::lock_guard lock(mutex_);
    if (event.kind == EventKind::progress) {
      progress_ = event;
      return;  // delivered at the next wake-up
    }
    if (events_.size() >= kMaxEvents && event.kind != EventKind::warning) return;
    if (event.kind == EventKind::ended && progress_) events_.push_back(*std::exchange(progress_, std::nullopt));
    events_.push_back(event);
    changed_.notify_all();
  } catch (const std::exception&) {  // no memory, not even to report it
  }
}

std::deque<Event> Operation::take_events() {
  const std::lock_guard lock(mutex_);
  std::deque<Event> taken;
  if (delivering_) return taken;
  taken.swap(events_);
  if (progress_) taken.push_back(*std::exchange(progress_, std::nullopt));
  delivering_ = !taken.empty();
  return taken;
}

void Operation::deliver() {
  if (!hears_) return;
  const std::deque<Event> events = take_events();
  if (events.empty()) return;
  try {
    for (const Event& event : events) {
      if (hears_) on_event_.get()(to_python(event));
    }
  } catch (py::error_already_set& raised) {
    hears_ = false;
    interrupt(raised);
  }
  const std::lock_guard lock(mutex_);
  delivering_ = false;
}

// The callback belongs to the thread that began the operation.
void Operation::deliver_between_steps() {
  if (hears_) {
    {
      const std::lock_guard lock(mutex_);
      if (caller_ != std::this_thread::get_id()) return;
    }
    deliver();
  }
  std::optional<PythonError> interrupted;
  {
    const std::lock_guard lock(mutex_);
    interrupted = interrupt_;
  }
  if (interrupted) raise_again(*interrupted);
}

void bind_operation(py::module_& module) {
  py::class_<CancelToken, std::shared_ptr<CancelToken>>(
      module, "CancelToken",
      "Cancels operations from any thread, once and for all that were given it. A token that was made with a "
      "parent is cancelled with it, too.")
      .def(py::init<const CancelToken*>(), py::arg("parent").none(true) = nullptr)
      .def("cancel", &CancelToken::cancel, py::call_guard<Released>(), "Cancel what runs with this token, and what will be begun with it.")
      .def_property_readonly("cancelled", &CancelToken::cancelled);
  py::class_<Operation, std::shared_ptr<Operation>>(module, "Operation")
      .def(py::init([](const py::dict& settings, py::object on_event, bool all_events, const CancelToken* cancel) {
             return make_unlocked<Operation>(settings, std::move(on_event), all_events, cancel);
           }),
           py::arg("settings"), py::arg("on_event"), py::arg("all_events"), py::arg("cancel").none(true));
  module.def("shut_down", &shut_down);
  module.def("forked", &forked);
  module.def("require_main_interpreter", &require_main_interpreter);
}

}  // namespace holdfast::python
