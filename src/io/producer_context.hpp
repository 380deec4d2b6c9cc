#pragma once

#include <stop_token>

#include "holdfast/context.hpp"

namespace holdfast {

/// The context in which the producer of a stream runs. Passes its events on, except its progress, which the stream's
/// user counts; stops when the outer context is cancelled, or by stop(). Used by one thread at a time.
class ProducerContext final : private EventSink {
 public:
  explicit ProducerContext(Context& outer) : outer_(outer), context_(outer.host), link_(outer.stop, Stop{source_}) {
    context_.stop = source_.get_token();
    context_.events = this;
    context_.limits = outer.limits;
  }
  ProducerContext(const ProducerContext&) = delete;
  ProducerContext& operator=(const ProducerContext&) = delete;

  Context& context() noexcept { return context_; }
  void stop() noexcept { source_.request_stop(); }

 private:
  struct Stop {
    std::stop_source source;
    void operator()() noexcept { source.request_stop(); }
  };
  void on_event(const Event& event) noexcept override {
    if (event.bytes_total != 0) outer_.expect_bytes(event.bytes_total);
    if (event.kind != EventKind::progress) outer_.emit(event);
  }

  Context& outer_;
  std::stop_source source_;
  Context context_;
  std::stop_callback<Stop> link_;
};

}  // namespace holdfast
