#pragma once

#include <chrono>
#include <set>
#include <string>

#include "bar.hpp"
#include "holdfast/event.hpp"

namespace holdfast::cli {

enum class ProgressMode { none, bar, json };

/// Shows events on standard error: a progress bar, JSON lines, or only the most important ones (warnings).
class Reporter final : public EventSink {
 public:
  Reporter() = default;
  void configure(ProgressMode mode, bool verbose, BarStyle style);

  /// Sets the work whose progress the bar shows. `verb` names the action on the bytes; it must outlive the reporter.
  void begin(std::string label, const char* verb);
  /// Ends the bar with its last figures, or erases it if the work failed.
  void end(bool succeeded) noexcept;

  void on_event(const Event& event) noexcept override;
  /// Returns whether a warning of this text was an event.
  bool warned_of(const std::string& message) const { return warnings_.contains(message); }

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
  std::set<std::string> warnings_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace holdfast::cli
