#include "cli/bar.hpp"

#include <doctest/doctest.h>

#include "cli/format.hpp"

using namespace holdfast::cli;

namespace {

Progress shop() {
  return {.label = "shop",
          .bytes_done = 610'000'000,
          .bytes_total = 1'000'000'000,
          .bytes_stored = 180'000'000,
          .verb = "read",
          .elapsed = std::chrono::milliseconds(2373),
          .bytes_per_second = 257e6};
}

}  // namespace

TEST_CASE("the bar shows share, bytes, rate and the time left") {
  CHECK(render_bar(shop(), {.width = 100}) == "shop  ██████████████▋            61 %  610 MB read  180 MB stored  257 MB/s  0:00:02");
}

TEST_CASE("without UTF-8 the bar is plain ASCII") {
  CHECK(render_bar(shop(), {.width = 100, .utf8 = false}) ==
        "shop  [##############..........]   61 %  610 MB read  180 MB stored  257 MB/s  0:00:02");
}

TEST_CASE("an unknown total shows no bar, but the elapsed time") {
  Progress progress = shop();
  progress.bytes_total = 0;
  CHECK(render_bar(progress, {.width = 100}) == "shop  610 MB read  180 MB stored  257 MB/s  0:00:02");
}

TEST_CASE("an estimate that was too low never shows 100 before the end") {
  Progress progress = shop();
  progress.bytes_done = 2'000'000'000;
  CHECK(render_bar(progress, {.width = 100}).find(" 99 %") != std::string::npos);
  progress.finished = true;
  CHECK(render_bar(progress, {.width = 100}).find("100 %") != std::string::npos);
}

TEST_CASE("the line is never wider than the terminal") {
  Progress progress = shop();
  for (const std::string label : {"shop", "a database with a very long name indeed", "ünï", ""}) {
    progress.label = label;
    for (std::size_t width = 1; width < 120; ++width) {
      for (const bool utf8 : {true, false}) {
        CAPTURE(label);
        CAPTURE(width);
        CAPTURE(utf8);
        CHECK(columns(render_bar(progress, {.width = width, .utf8 = utf8})) <= width);
      }
    }
  }
}

TEST_CASE("colour surrounds the bar only") {
  CHECK(render_bar(shop(), {.width = 100, .colour = true}).find("\x1b[32m█") != std::string::npos);
  CHECK(render_bar(shop(), {.width = 100}).find('\x1b') == std::string::npos);
}

TEST_CASE("a label can't steer the terminal") {
  Progress progress = shop();
  progress.label = "\x1b[2Jshop";
  CHECK(render_bar(progress, {.width = 100}).find('\x1b') == std::string::npos);
}
