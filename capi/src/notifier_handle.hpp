#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "holdfast/notify.hpp"

/// The C++ Notifier takes all its channels at once: a new one replaces it when a channel is added.
struct holdfast_notifier {
  explicit holdfast_notifier(holdfast::Notifier first) : current(std::make_shared<holdfast::Notifier>(std::move(first))) {}

  std::shared_ptr<holdfast::Notifier> get() const {
    const std::lock_guard lock(mutex);
    return current;
  }
  void add(holdfast::Channel channel) {
    const std::lock_guard lock(mutex);
    std::vector<holdfast::Channel> channels = current->channels();
    channels.push_back(std::move(channel));
    current = std::make_shared<holdfast::Notifier>(current->outbox(), std::move(channels));
  }

  mutable std::mutex mutex;
  std::shared_ptr<holdfast::Notifier> current;
};
