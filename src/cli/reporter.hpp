#pragma once

#include <chrono>
#include <string>

#include "bar.hpp"
#include "holdfast/event.hpp"

namespace holdfast::cli {

enum class ProgressMode { none, bar, json };

/// Shows events on standard error: a progress bar, JSON lines, or only what must be seen (warnings).
class Reporter final : public EventSink {
 public:
  Reporter() = default;
  void configure(ProgressMode mode, bool verbose, BarStyle style);

  /// The work whose progress the bar shows from now on. `verb` says what happens to the bytes; it must outlive the reporter.
  void begin(std::string label, const char* verb);
  /// Ends the bar with its last figures, or wipes it when the work failed.
  void end(bool succeeded) noexcept;

  void on_event(const Event& event) noexcept override;

 private:
  void show(const Event& event);
  void show_json(const Event& event);
  void line(const std::string& text);
  void draw();
  void clear();

  ProgressMode mode_ = ProgressMode::none;
  bool verbose_ = false;
  bool drawn_ = false;
  bool active_ = false;
  BarStyle style_;
  Progress progress_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace holdfast::cli
