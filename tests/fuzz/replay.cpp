// Replays the corpus of a target and then mutations of it, for some seconds. Each input must end within 2 s of
// processor time and 256 MiB, and may throw only holdfast::Error.
//   holdfast-fuzz TARGET [FOLDER]    the inputs of FOLDER, the target's own, and mutations of both
//   holdfast-fuzz --seeds TARGET FOLDER    writes the target's own inputs to FOLDER, for other fuzzers
//   holdfast-fuzz --collect TARGET FOLDER    adds small mutations to FOLDER that are refused in new ways
// HOLDFAST_SEED=n runs the one mutation that a failure named; HOLDFAST_FUZZ_SECONDS=n sets the time.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "fuzz/allocations.hpp"
#include "fuzz/mutate.hpp"
#include "fuzz/target.hpp"

using namespace holdfast;
using namespace holdfast::fuzz;

namespace {

constexpr std::size_t kMaxMemory = 256U << 20;
constexpr double kMaxSeconds = 2, kDefaultSeconds = 1;

double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The current input, for the analysis of a crash.
std::array<char, 200> running{};

void name(const std::string& what) {
  const std::string line = what + "\n";
  const std::size_t size = std::min(line.size(), running.size() - 1);
  std::copy_n(line.begin(), size, running.begin());
  running[size] = '\0';
}

extern "C" void tell_and_die(int signal) {
  constexpr std::string_view kSaid = "crashed on ";
  if (::write(STDERR_FILENO, kSaid.data(), kSaid.size()) < 0 || ::write(STDERR_FILENO, running.data(), std::strlen(running.data())) < 0)
    ::_exit(1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

class Replay {
 public:
  explicit Replay(const FuzzTarget& target) : target_(target) {}

  /// Returns the fault of one input; "" if there is none.
  void one(const std::string& what, const Bytes& input) {
    name(what);
    refusals().clear();
    reset_peak();
    const double begun = processor_seconds();
    std::string wrong;
    try {
      target_.run(input);
      ++accepted_;
    } catch (const Error&) {
    } catch (const std::exception& error) {
      wrong = std::string("threw ") + error.what();
    }
    const double seconds = processor_seconds() - begun;
    slowest_ = std::max(slowest_, seconds);
    greatest_ = std::max(greatest_, peak_allocated());
    if (peak_allocated() > kMaxMemory) wrong += " took " + std::to_string(peak_allocated() >> 20U) + " MiB";
    if (seconds > kMaxSeconds) wrong += " took " + std::to_string(seconds) + " s";
    ++count_;
    if (wrong.empty()) return;
    failed_ = true;
    std::cerr << what << ": " << wrong << "; " << input.size()
              << " bytes: " << to_hex(ByteView(input).first(std::min<std::size_t>(input.size(), 4096))) << "\n";
  }

  bool finish() const {
    std::cout << target_.name << ": " << count_ << " inputs, " << accepted_ << " accepted; slowest " << slowest_ << " s, most memory "
              << (greatest_ >> 10U) << " KiB\n";
    return !failed_;
  }
  bool failed() const { return failed_; }

 private:
  const FuzzTarget& target_;
  std::uint64_t count_ = 0, accepted_ = 0;
  double slowest_ = 0;
  std::size_t greatest_ = 0;
  bool failed_ = false;
};

Bytes read_input(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

int write_seeds(const FuzzTarget& target, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const Bytes& seed : target.seeds()) {
    std::ofstream file(folder / (std::string(target.name) + "-" + std::to_string(++number)), std::ios::binary);
    file << as_text(seed);
  }
  return 0;
}

// Returns the refusals without the parts that differ between inputs.
std::string way_of(const FuzzTarget& target, const Bytes& input) {
  refusals().clear();
  may_refuse([&] { target.run(input); });
  std::string way;
  for (const char c : refusals()) {
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (!digit && (c == ' ' || c == '\n' || (c >= 'g' && c <= 'z'))) way += c;
  }
  return way;
}

int collect(const FuzzTarget& target, const std::filesystem::path& folder) {
  constexpr std::size_t kSmall = 2048, kEnough = 24;
  std::set<std::string> ways;
  std::vector<Bytes> corpus = target.seeds();
  for (const Bytes& seed : corpus) ways.insert(way_of(target, seed));
  std::filesystem::create_directories(folder);
  std::size_t kept = 0;
  test::SeededRandom random(1);
  for (const double begun = processor_seconds(); kept < kEnough && processor_seconds() - begun < 10;) {
    Bytes input = mutate(corpus, random);
    if (input.size() > kSmall || !ways.insert(way_of(target, input)).second) continue;
    std::ofstream(folder / sha256_hex(input).substr(0, 12), std::ios::binary) << as_text(input);
    corpus.push_back(std::move(input));
    ++kept;
  }
  return 0;
}

int replay(const FuzzTarget& target, const std::filesystem::path& folder) {
  Replay run(target);
  std::vector<Bytes> corpus = target.seeds();
  for (std::size_t number = 0; number < corpus.size(); ++number) run.one("seed input " + std::to_string(number + 1), corpus[number]);
  std::vector<std::filesystem::path> files;
  if (!folder.empty() && std::filesystem::is_directory(folder)) {
    for (const auto& file : std::filesystem::directory_iterator(folder)) files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    corpus.push_back(read_input(file));
    run.one(file.filename().string(), corpus.back());
  }
  const auto mutation = [&](std::uint64_t seed) {
    test::SeededRandom random(seed);
    run.one("seed " + std::to_string(seed), mutate(corpus, random));
  };
  if (const char* seed = std::getenv("HOLDFAST_SEED")) {
    mutation(std::strtoull(seed, nullptr, 10));
    return run.finish() ? 0 : 1;
  }
  Bytes first(4);
  system_random().fill(first);
  std::uint64_t seed = 0;
  for (const std::byte byte : first) seed = seed << 8U | std::to_integer<std::uint64_t>(byte);
  seed <<= 24U;
  const char* asked = std::getenv("HOLDFAST_FUZZ_SECONDS");
  const double seconds = asked == nullptr ? kDefaultSeconds : std::strtod(asked, nullptr);
  std::cout << "from seed " << seed << " on\n" << std::flush;
  for (const double begun = processor_seconds(); processor_seconds() - begun < seconds && !run.failed();) mutation(seed++);
  return run.finish() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) {
    for (const FuzzTarget& target : all_targets()) std::cout << target.name << "\n";
    return 0;
  }
  if (words.size() == 3 && words[0] == "--seeds") return write_seeds(target_named(words[1]), words[2]);
  if (words.size() == 3 && words[0] == "--collect") return collect(target_named(words[1]), words[2]);
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGILL, SIGBUS}) std::signal(signal, tell_and_die);
  return replay(target_named(words[0]), words.size() > 1 ? words[1] : "");
}
