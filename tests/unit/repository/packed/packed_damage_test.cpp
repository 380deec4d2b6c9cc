// Changes every bit, cuts at every length, removes and swaps every object of a small packed repository with objects of
// each kind. A short run takes only some of the bits and lengths.

#include <doctest/doctest.h>

#include "support/budget.hpp"
#include "support/packed_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

constexpr std::size_t kBitStep = 61, kLengthStep = 11;

/// Two backups that share nothing, a removed and collected one, a mark, a proof.
struct Golden {
  Golden() {
    kept = repo.backup({{"a", "kept"}});
    const BackupId gone = repo.backup({{"a", "gone"}});
    hit = repo.backup({{"b", "one two three"}, {"c/d", "four"}}, {.tags = {{"k", "v"}}, .compression = "none"});
    repo.layout->remove(gone, repo.context);
    removal = "removed/" + gone;
    repo.collect();
    repo.layout->record_proof({.id = hit, .level = VerifyLevel::full}, repo.context);
    original = repo.storage->objects();
  }

  /// Returns the faults that opening and verifying everything finds; "" if there are none.
  std::string findings(bool kept_too = true) {
    try {
      repo.reopen();
    } catch (const Error& error) {
      CHECK((error.code() == ErrorCode::corrupt || error.code() == ErrorCode::not_found || error.code() == ErrorCode::unsupported));
      return std::string("open: ") + error.what();
    }
    std::string text = to_text(repo.common_faults()) + to_text(repo.faults(hit));
    return kept_too ? text + to_text(repo.faults(kept)) : text;
  }
  void restore(const std::string& name) { repo.storage->set(name, original.at(name)); }

  /// Objects that belong to the backup `kept` or are garbage: damage to them does not concern `hit`.
  std::set<std::string> others() {
    std::set<std::string> names;
    for (const auto& [name, bytes] : original) {
      if (name == "backups/" + kept) names.insert(name);
      if (!name.starts_with("packs/")) continue;
      repo.storage->erase(name);
      if (to_text(repo.faults(hit)).find(name) == std::string::npos) names.insert(name);
      restore(name);
    }
    return names;
  }

  PackedRepository repo;
  BackupId kept, hit;
  std::string removal;
  std::map<std::string, Bytes> original;
};

}  // namespace

TEST_CASE("a change of any bit of any object of a packed repository is found and named, and the other backup still restores") {
  Golden golden;
  REQUIRE(golden.findings() == "");
  const std::set<std::string> others = golden.others();
  std::uint64_t bits = 0;
  std::set<std::string> kinds;
  for (const auto& [name, bytes] : golden.original) {
    if (others.contains(name)) continue;
    CAPTURE(name);
    kinds.insert(name.substr(0, name.find('/')));
    for (std::size_t bit = first_of(kBitStep); bit < 8 * bytes.size(); bit += every(kBitStep)) {  // odd: each place in a byte
      Bytes changed = bytes;
      changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      golden.repo.storage->set(name, std::move(changed));
      const std::string findings = golden.findings(false);
      if (findings.find(name) == std::string::npos) FAIL_CHECK("bit " << bit << " is not found: " << findings);
      ++bits;
    }
    if (!name.starts_with("index/")) CHECK(to_text(golden.repo.faults(golden.kept)) == "");
    CHECK(golden.repo.read(golden.kept, "a") == "kept");
    golden.restore(name);
  }
  CHECK(kinds == std::set<std::string>{"backups", "format", "gc", "index", "keys", "packs", "proofs", "removed"});
  CHECK(golden.findings() == "");
  MESSAGE(bits << " single-bit changes, all found");
}

TEST_CASE("an object of a packed repository cut at any length, or longer than it was, is found and named") {
  Golden golden;
  const std::set<std::string> others = golden.others();
  for (const auto& [name, bytes] : golden.original) {
    if (others.contains(name)) continue;
    CAPTURE(name);
    for (std::size_t size = bytes.size() % every(kLengthStep); size <= bytes.size(); size += every(kLengthStep)) {
      Bytes changed(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      if (size == bytes.size()) changed.push_back(std::byte{0});
      golden.repo.storage->set(name, std::move(changed));
      if (golden.findings(false).find(name) == std::string::npos) FAIL_CHECK(size << " bytes are not found");
    }
    golden.restore(name);
  }
}

TEST_CASE("the loss of any object of a packed repository that matters is found") {
  Golden golden;
  for (const auto& [name, bytes] : golden.original) {
    CAPTURE(name);
    golden.repo.storage->erase(name);
    std::string findings;
    try {
      findings = golden.findings();
    } catch (const Error& error) {
      findings = error.what();
    }
    // A removal and its `.final` have the same meaning.
    const bool harmless = name.starts_with("proofs/") || name.starts_with("gc/") || name.starts_with("removed/");
    if (!harmless && findings.empty()) {
      // Then it is garbage: a pack or index segment that no backup needs.
      CHECK((name.starts_with("packs/") || name.starts_with("index/")));
      CHECK(golden.repo.read(golden.kept, "a") == "kept");
      CHECK(golden.repo.read(golden.hit, "c/d") == "four");
    }
    if (harmless) CHECK(findings == "");
    if (name == golden.removal) {
      golden.repo.storage->erase(name + ".final");
      CHECK(golden.findings().find("its removal is not recorded") != std::string::npos);
      golden.restore(name + ".final");
    }
    golden.restore(name);
  }
}

TEST_CASE("a swap of any two objects of a packed repository is found") {
  Golden golden;
  const std::set<std::string> others = golden.others();
  for (const auto& [first, first_bytes] : golden.original) {
    for (const auto& [second, second_bytes] : golden.original) {
      if (first >= second || others.contains(first) || others.contains(second)) continue;
      CAPTURE(first);
      CAPTURE(second);
      golden.repo.storage->set(first, second_bytes);
      golden.repo.storage->set(second, first_bytes);
      const std::string findings = golden.findings(false);
      CHECK((findings.find(first) != std::string::npos || findings.find(second) != std::string::npos));
      golden.restore(first);
      golden.restore(second);
    }
  }
}
