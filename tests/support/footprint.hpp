#pragma once

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iterator>

namespace holdfast::testing {

/// What a library must not leave in its host: threads, descriptors, and bytes on standard output, which is caught for
/// the lifetime of this object.
class Footprint {
 public:
  Footprint() : caught_(std::tmpfile()), stdout_(::dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    ::dup2(::fileno(caught_), STDOUT_FILENO);
    threads_ = threads();
    descriptors_ = descriptors();
  }
  Footprint(const Footprint&) = delete;
  Footprint& operator=(const Footprint&) = delete;
  ~Footprint() {
    std::fflush(stdout);
    ::dup2(stdout_, STDOUT_FILENO);
    ::close(stdout_);
    std::fclose(caught_);
  }

  long new_threads() const { return threads() - threads_; }
  long new_descriptors() const { return descriptors() - descriptors_; }
  long printed() const {
    std::fflush(stdout);
    return static_cast<long>(::lseek(::fileno(caught_), 0, SEEK_END));
  }

 private:
  static long entries(const char* folder) {
    return static_cast<long>(std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
  }
  static long threads() { return entries("/proc/self/task"); }
  static long descriptors() { return entries("/proc/self/fd"); }

  std::FILE* caught_;
  int stdout_;
  long threads_ = 0, descriptors_ = 0;
};

}  // namespace holdfast::testing
