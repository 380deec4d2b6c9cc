#include "base/job_queue.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <optional>

#include "support/streams.hpp"

namespace hf = holdfast;
using holdfast::ErrorCode;
using Queue = hf::JobQueue<int>;

namespace {

// Waits until `stop` is requested.
void wait_for_stop(const std::stop_token& stop) {
  while (!stop.stop_requested()) std::this_thread::yield();
}

}  // namespace

TEST_CASE("finish() returns after all jobs, and each ran once") {
  std::atomic<int> sum{0};
  Queue queue(3, {}, [&]() -> Queue::Worker { return [&](int& job, const std::stop_token&) { sum += job; }; });
  for (int job = 1; job <= 1000; ++job) queue.submit(job);
  queue.finish();
  CHECK(sum == 500500);
}

TEST_CASE("one thread runs jobs in the order in which they were submitted") {
  std::vector<int> order;
  Queue queue(1, {}, [&]() -> Queue::Worker { return [&](int& job, const std::stop_token&) { order.push_back(job); }; });
  for (int job = 0; job < 100; ++job) queue.submit(job);
  queue.finish();
  REQUIRE(order.size() == 100);
  CHECK(std::ranges::is_sorted(order));
}

TEST_CASE("the first error of a job stops the others and reaches the one who submits") {
  std::atomic<bool> other_runs{false};
  Queue queue(2, {}, [&]() -> Queue::Worker {
    return [&](int& job, const std::stop_token& stop) {
      if (job == 0) {
        other_runs = true;
        return wait_for_stop(stop);
      }
      while (!other_runs) std::this_thread::yield();
      throw hf::Error(ErrorCode::io, "broken");
    };
  });
  CHECK(hf::test::code_thrown([&] {
          for (int job = 0; job < 100; ++job) queue.submit(job);
        }) == ErrorCode::io);
  CHECK(hf::test::code_thrown([&] { queue.finish(); }) == ErrorCode::io);
}

TEST_CASE("an error of make_worker is the queue's error") {
  Queue queue(2, {}, []() -> Queue::Worker { throw hf::Error(ErrorCode::limit, "no memory"); });
  CHECK(hf::test::code_thrown([&] { queue.finish(); }) == ErrorCode::limit);
}

TEST_CASE("a stop of the host reaches running jobs and wakes the one who submits") {
  std::stop_source host;
  std::atomic<bool> runs{false};
  Queue queue(1, host.get_token(), [&]() -> Queue::Worker {
    return [&](int&, const std::stop_token& stop) {
      runs = true;
      wait_for_stop(stop);
    };
  });
  const std::jthread stopper([&] {
    while (!runs) std::this_thread::yield();
    host.request_stop();
  });
  CHECK(hf::test::code_thrown([&] {
          for (int job = 0; job < 100; ++job) queue.submit(job);
        }) == ErrorCode::cancelled);
}

TEST_CASE("a destroyed queue drops waiting jobs and stops the running one") {
  std::atomic<int> begun{0};
  {
    Queue queue(1, {}, [&]() -> Queue::Worker {
      return [&](int&, const std::stop_token& stop) {
        ++begun;
        wait_for_stop(stop);
      };
    });
    queue.submit(1);
    while (begun == 0) std::this_thread::yield();
    queue.submit(2);
  }
  CHECK(begun == 1);
}

TEST_CASE("wait_until() returns when a job made its condition true") {
  int done = 0;  // written by the only worker, read under the queue's lock after a job
  Queue queue(1, {}, [&]() -> Queue::Worker { return [&](int&, const std::stop_token&) { ++done; }; });
  queue.submit(1);
  queue.wait_until([&] { return done == 1; });
  CHECK(done == 1);
}
