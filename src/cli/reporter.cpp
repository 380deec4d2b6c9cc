#include "reporter.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include "format.hpp"
#include "holdfast/report.hpp"
#include "output.hpp"

namespace holdfast::cli {

namespace {

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

void Reporter::configure(ProgressMode mode, bool verbose, BarStyle style) {
  mode_ = mode;
  verbose_ = verbose;
  style_ = style;
}

void Reporter::begin(std::string label, const char* verb) {
  progress_ = {};
  progress_.label = std::move(label);
  progress_.verb = verb;
  began_ = std::chrono::steady_clock::now();
  active_ = true;
}

void Reporter::end(bool succeeded) noexcept {
  if (!drawn_) return;
  try {
    progress_.finished = true;
    if (succeeded) {
      draw();
      write_error("\n");
      drawn_ = false;
    } else {
      clear();
    }
  } catch (...) {  // a lost terminal must not turn a finished backup into a failed one
  }
  active_ = false;
}

void Reporter::on_event(const Event& event) noexcept {
  try {
    if (event.kind == EventKind::warning) warnings_.insert(event.message);
    if (mode_ == ProgressMode::json) {
      show_json(event);
    } else {
      show(event);
    }
  } catch (...) {  // events are only shown; the work continues without them
  }
}

void Reporter::show(const Event& event) {
  const bool failed = event.kind == EventKind::ended && event.record != nullptr && event.record->outcome != Outcome::succeeded;
  if (failed) clear();  // work that goes on in spite of it may not end the bar
  progress_.bytes_done = event.bytes_done;
  progress_.bytes_total = event.bytes_total;
  progress_.bytes_stored = event.bytes_stored;
  const std::string object = event.object.empty() ? "" : printable(event.object) + ": ";
  if (event.kind == EventKind::warning) line("holdfast: warning: " + object + printable(event.message));
  const bool detail = event.kind != EventKind::warning && event.kind != EventKind::progress && event.record == nullptr;
  if (detail && verbose_) line("holdfast: " + object + printable(event.message));
  if (mode_ == ProgressMode::bar && active_ && event.bytes_done != 0) draw();
}

void Reporter::show_json(const Event& event) {
  if (event.kind == EventKind::log && !verbose_) return;
  write_error(to_json(event) + "\n");
}

void Reporter::line(const std::string& text) {
  clear();
  write_error(text + "\n");
}

void Reporter::draw() {
  progress_.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_);
  const double seconds = static_cast<double>(progress_.elapsed.count()) / 1000;
  progress_.bytes_per_second = seconds > 0 ? static_cast<double>(progress_.bytes_done) / seconds : 0;
  BarStyle style = style_;
  style.width = terminal_width() - 1;  // the last column stays free: some terminals wrap after a character in it
  write_error("\r" + render_bar(progress_, style) + "\x1b[K");
  drawn_ = true;
}

void Reporter::clear() {
  if (drawn_) write_error("\r\x1b[K");
  drawn_ = false;
}

}  // namespace holdfast::cli
