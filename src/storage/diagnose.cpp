#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

#include "base/hex.hpp"
#include "holdfast/error.hpp"
#include "holdfast/finding.hpp"
#include "storage/ability_witness.hpp"
#include "storage/self_diagnosing.hpp"

namespace holdfast {

namespace {

using State = Finding::State;

constexpr std::chrono::minutes kClockTolerance{5};
constexpr int kListed = 3;

/// Runs checks in turn on objects with names that nobody else uses, and reports their results.
class Diagnosis {
 public:
  Diagnosis(Storage& storage, Context& context)
      : storage_(storage), context_(context), prefix_("doctor-" + to_hex(context.random_bytes(8)) + "/") {}

  std::vector<Finding> run() {
    const AbilityWitness witness;
    const bool can_put = check("put", [this] { return put(); });
    if (can_put) {
      check("create only", [this] { return create_only(); });
      check("create only, streams", [this] { return create_only_streams(); });
      check("list", [this] { return list(); });
      check("read", [this] { return read(); });
      check("clock", [this] { return clock(); });
      check("remove", [this] { return remove(); });
      durable();
    }
    // If the storage refuses a put, its protection is still worth a report; a storage that can't be reached has none.
    if (can_put || refused_) protection(witness, can_put ? Trials::allowed : Trials::none);
    return std::move(findings_);
  }

 private:
  /// `attempt` returns its finding or throws Error. Returns false if the finding is `missing`.
  template <typename Try>
  bool check(const char* what, Try&& attempt) {
    context_.check();
    Finding finding{.state = State::ok, .what = what, .detail = ""};
    try {
      finding = attempt();
      finding.what = what;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      finding = {State::missing, what, error.message()};
      refused_ = error.code() == ErrorCode::permission_denied;
    }
    findings_.push_back(finding);
    return finding.state != State::missing;
  }
  static Finding fine(std::string detail) { return {State::ok, "", std::move(detail)}; }
  static Finding bad(std::string detail) { return {State::missing, "", std::move(detail)}; }
  std::string name(int number) const { return prefix_ + std::to_string(number); }

  Finding put() {
    for (int number = 0; number < kListed; ++number)
      if (storage_.put_new(name(number), as_bytes("first " + std::to_string(number))) != PutResult::created)
        return bad("the storage reports a new name as taken");
    return fine("objects can be stored");
  }
  Finding create_only() {
    if (storage_.put_new(name(0), as_bytes("second")) != PutResult::already_exists) return bad("a name that is taken is overwritten");
    if (text(0) != "first 0") return bad("a put that was refused changed the object");
    return fine("a name that is taken is refused and keeps its bytes");
  }
  Finding create_only_streams() {
    const auto writer = storage_.open_writer(name(0));
    writer->write(as_bytes("third"));
    try {
      writer->commit();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::already_exists && text(0) == "first 0") return fine("the same for streams");
      throw;
    }
    return bad("a stream overwrites a name that is taken");
  }
  Finding list() {
    std::vector<std::string> found;
    storage_.list(prefix_, [&found](const ObjectInfo& info) {
      found.push_back(info.name);
      return true;
    });
    std::vector<std::string> wanted;
    for (int number = 0; number < kListed; ++number) wanted.push_back(name(number));
    if (found != wanted)
      return bad("a listing right after the puts shows " + std::to_string(found.size()) + " of " + std::to_string(kListed));
    return fine("a listing right after the puts is complete");
  }
  Finding read() {
    if (text(1) != "first 1") return bad("an object's bytes differ from those that were stored");
    const auto reader = storage_.open_reader(name(1), 6, 1);
    if (as_text(read_all(*reader, 10)) != "1") return bad("a range's bytes differ from those that were stored");
    return fine("objects and ranges read as they were stored");
  }
  Finding clock() {
    const auto info = storage_.stat(name(0));
    if (!info) return bad("an object that was put can't be found");
    const auto off = std::chrono::duration_cast<std::chrono::seconds>(info->modified - context_.now());
    const std::string detail =
        "the storage's clock is " + std::to_string(std::abs(off.count())) + " s " + (off.count() < 0 ? "behind" : "ahead");
    return {std::chrono::abs(off) > kClockTolerance ? State::warning : State::ok, "", detail};
  }
  Finding remove() {
    try {
      for (int number = 0; number < kListed; ++number) storage_.remove(name(number));
    } catch (const Error& error) {
      // Right for a host that may only add objects; garbage collection needs this permission.
      if (error.code() != ErrorCode::permission_denied) throw;
      return {State::warning, "", "objects can't be removed: backups work, expire and gc need another account; " + prefix_ + " stays"};
    }
    if (storage_.stat(name(0))) return bad("an object that was removed is still there");
    return fine("objects can be removed");
  }
  void durable() {
    const StorageCaps caps = storage_.caps();
    findings_.push_back({caps.durable ? State::ok : State::warning, "durable",
                         caps.durable ? "an object survives power loss once it is stored"
                                      : "whether an object survives power loss depends on the server, which can't tell"});
    if (!caps.atomic_create)
      findings_.push_back({State::warning, "races", "two writers of one name may both succeed: let one process write at a time"});
  }

  /// Adds the storage's own findings, or names a wrapped storage that could have reported more.
  void protection(const AbilityWitness& witness, Trials trials) {
    context_.check();
    std::ranges::move(diagnosis_of(storage_, trials), std::back_inserter(findings_));
    if (const std::string& hidden = witness.seen(Ability::diagnosing); !hidden.empty() && as<SelfDiagnosing>(storage_) == nullptr)
      findings_.push_back(
          {State::warning, "protection",
           storage_.uri() + " passes calls on to " + hidden + " but not its report on versions and locks: diagnose that one, too"});
  }

  std::string text(int number) { return std::string(as_text(get(storage_, name(number), 1000))); }

  Storage& storage_;
  Context& context_;
  const std::string prefix_;
  std::vector<Finding> findings_;
  bool refused_ = false;  // by the last check
};

}  // namespace

std::vector<Finding> diagnose_storage(Storage& storage, Context& context) { return Diagnosis(storage, context).run(); }

}  // namespace holdfast
