#pragma once

#include <map>
#include <memory>
#include <string>

#include "repository/packed/packed_layout.hpp"
#include "support/packed_repository.hpp"

namespace holdfast::fuzz {

using Objects = std::map<std::string, Bytes>;

/// A small packed repository with objects of every kind, the same on every run.
class Golden {
 public:
  static const Golden& get();

  Objects objects;
  std::shared_ptr<const PackedPlace> place;
  BackupId backup, removed;
  std::string mark, ready, proof, history;

  /// Returns the content of a sealed object.
  Bytes unsealed(ObjectClass object_class, const std::string& object) const;
  /// Returns the objects with this content sealed as `object`.
  Objects with(ObjectClass object_class, const std::string& object, ByteView content) const;
  /// Returns the objects without those whose names begin with `prefix`.
  Objects without(std::string_view prefix) const;

 private:
  Golden();
  std::unique_ptr<test::PackedRepository> repo_;
};

/// Always returns the same bytes, so that an input is the same object on every run.
Random& still_random();

/// Runs every operation that reads foreign objects on a repository: opens, lists, reads, verifies, repairs, collects,
/// backs up.
void use_all(const Objects& objects);

}  // namespace holdfast::fuzz
