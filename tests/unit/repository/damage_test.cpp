// Changes every byte, cuts at every length, removes and swaps every object of a small repository: all of it is found.
// A short run takes only some of the bytes and lengths.

#include <doctest/doctest.h>

#include "support/budget.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

constexpr std::size_t kDamageStep = 7;

struct Small {
  explicit Small(bool encrypted) : repo(encrypted) {
    kept = repo.backup({{"a", "kept"}});
    hit = repo.backup({{"a", "one two three"}, {"b/c", "four"}}, {.tags = {{"k", "v"}}});
    repo.layout->record_proof({.id = hit, .level = VerifyLevel::full}, repo.context);
    original = repo.storage->objects();
  }

  /// Returns the faults that opening and verifying everything finds; "" if there are none.
  std::string findings() { return findings({kept, hit}); }
  std::string findings_of_hit() { return findings({hit}); }

  std::string findings(const std::vector<BackupId>& ids) {
    try {
      repo.reopen();
    } catch (const Error& error) {
      CHECK((error.code() == ErrorCode::corrupt || error.code() == ErrorCode::not_found));
      return std::string("open: ") + error.what();
    }
    std::string text = to_text(repo.common_faults());
    for (const BackupId& id : ids) {
      try {
        text += to_text(repo.faults(id));
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::not_found);
        text += std::string(error.what()) + "\n";
      }
    }
    return text;
  }

  void restore(const std::string& name) { repo.storage->set(name, original.at(name)); }

  bool is_proof(const std::string& name) const { return name.starts_with("proofs/"); }

  PlainRepository repo;
  BackupId kept, hit;
  std::map<std::string, Bytes> original;
};

}  // namespace

TEST_CASE("a change of any byte of any object is found and named, and the other backup still restores") {
  for (const bool encrypted : {false, true}) {
    Small small(encrypted);
    REQUIRE(small.findings() == "");
    for (const auto& [name, bytes] : small.original) {
      if (name.starts_with(small.kept)) continue;
      CAPTURE(name);
      const bool every_bit = name == "format" || name.starts_with("keys/");
      for (std::size_t at = first_of(kDamageStep); at < bytes.size(); at += every(kDamageStep)) {
        for (std::size_t bit = every_bit ? 0 : at % 8; bit < 8; bit += every_bit ? 1 : 8) {
          Bytes changed = bytes;
          changed[at] ^= static_cast<std::byte>(1U << bit);
          small.repo.storage->set(name, std::move(changed));
          const std::string findings = small.findings_of_hit();
          if (findings.find(name) == std::string::npos) FAIL_CHECK("bit " << bit << " of byte " << at << " is not found: " << findings);
        }
      }
      CHECK(to_text(small.repo.faults(small.kept)) == "");
      CHECK(small.repo.read(small.kept, "a") == "kept");
      small.restore(name);
    }
    CHECK(small.findings() == "");
  }
}

TEST_CASE("an object cut at any length, or longer than it was, is found and named") {
  for (const bool encrypted : {false, true}) {
    Small small(encrypted);
    for (const auto& [name, bytes] : small.original) {
      if (name.starts_with(small.kept)) continue;
      CAPTURE(name);
      for (std::size_t size = first_of(kDamageStep); size < bytes.size(); size += every(kDamageStep)) {
        small.repo.storage->set(name, Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
        if (small.findings_of_hit().find(name) == std::string::npos) FAIL_CHECK("cut to " << size << " bytes is not found");
      }
      for (const char added : {'\0', '\n', ' '}) {
        Bytes longer = bytes;
        longer.push_back(static_cast<std::byte>(added));
        small.repo.storage->set(name, longer);
        CHECK(small.findings().find(name) != std::string::npos);
      }
      small.restore(name);
    }
  }
}

TEST_CASE("the loss of any object except a proof is found and named") {
  for (const bool encrypted : {false, true}) {
    Small small(encrypted);
    for (const auto& [name, bytes] : small.original) {
      CAPTURE(name);
      small.repo.storage->erase(name);
      const std::string findings = small.findings();
      if (small.is_proof(name)) {
        CHECK(findings == "");  // the loss only lowers the proven level
      } else if (name == "format") {
        CHECK(findings.find("create it first") != std::string::npos);
      } else {
        CHECK(findings.find(name.starts_with("keys/") ? "keys/" : name) != std::string::npos);
      }
      small.restore(name);
    }
  }
}

TEST_CASE("a swap of any two objects is found and one of them is named") {
  for (const bool encrypted : {false, true}) {
    Small small(encrypted);
    for (const auto& [first, first_bytes] : small.original) {
      for (const auto& [second, second_bytes] : small.original) {
        if (first >= second || first_bytes == second_bytes) continue;
        CAPTURE(first);
        CAPTURE(second);
        small.repo.storage->set(first, second_bytes);
        small.repo.storage->set(second, first_bytes);
        const std::string findings = small.findings();
        CHECK((findings.find(first) != std::string::npos || findings.find(second) != std::string::npos));
        small.restore(first);
        small.restore(second);
      }
    }
  }
}

TEST_CASE("reading an entry whose stored bytes changed throws before it reports the end") {
  for (const std::string& compression : std::vector<std::string>{"none", "zstd", "gzip", "lz4"}) {
    CAPTURE(compression);
    PlainRepository repo(false);
    const BackupId id = repo.backup({{"a", "some bytes that were written"}}, {.compression = compression});
    const std::string object = repo.layout->manifest(id, repo.context)->entries[0].object;
    const Bytes bytes = repo.storage->objects().at(object);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      Bytes changed = bytes;
      changed[at] ^= std::byte{1};
      repo.storage->set(object, std::move(changed));
      CHECK(code_of([&] { repo.read(id, "a"); }) == ErrorCode::corrupt);
    }
    Bytes longer = bytes;
    longer.push_back(std::byte{0});
    repo.storage->set(object, std::move(longer));
    CHECK(code_of([&] { repo.read(id, "a"); }) == ErrorCode::corrupt);
    repo.storage->erase(object);
    CHECK(code_of([&] { repo.read(id, "a"); }) == ErrorCode::corrupt);
  }
}
