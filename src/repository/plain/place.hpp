#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/context.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/storage.hpp"
#include "holdfast/transform.hpp"
#include "repository/document.hpp"
#include "repository/keys.hpp"

namespace holdfast {

constexpr std::uint64_t kSessionLimit = 64U << 10, kManifestLimit = 1U << 30;

/// What all parts of a plain repository share: the storage, what `format` says, and the key. Immutable; safe from any thread.
class PlainPlace {
 public:
  /// Puts the key slot and `format`. Throws Error{already_exists} if there is a repository, or what looks like the rest of one.
  static std::shared_ptr<const PlainPlace> create(std::shared_ptr<Storage> storage, const std::optional<Key>& key, Context& context,
                                                  ScryptCost cost = {});
  /// Reads `format` and opens a slot. Throws Error{not_found}, {unsupported}, {corrupt}, {wrong_key}, and {invalid_argument} for a
  /// key that is not needed.
  static std::shared_ptr<const PlainPlace> open(std::shared_ptr<Storage> storage, const std::optional<Key>& key);
  /// The same with what `format` says read already.
  static std::shared_ptr<const PlainPlace> open(std::shared_ptr<Storage> storage, const RepositoryInfo& info,
                                                const std::optional<Key>& key);

  Storage& storage() const noexcept { return *storage_; }
  const RepositoryInfo& info() const noexcept { return info_; }
  bool encrypted() const noexcept { return info_.encrypted; }
  const Secret* key() const noexcept { return data_key_ ? &*data_key_ : nullptr; }

  /// What binds an encrypted object to its place.
  std::string associated_data(std::string_view object) const { return info_.id + "\n" + std::string(object); }
  /// The encryption of one object; null in an unencrypted repository.
  TransformPtr encryption(std::string_view object, Random& random) const;
  /// A name as it is stored: with ".enc" if the repository is encrypted.
  std::string stored_name(std::string name) const { return encrypted() ? name + ".enc" : name; }

  /// A document's stored bytes; `object` is its stored name.
  Bytes seal(const char* kind, const std::string& object, const DocumentJson& members, Random& random) const;
  /// The members of a stored document of that kind. Throws Error{corrupt} naming it.
  JsonTree unseal(const char* kind, const std::string& object, ByteView stored) const;
  /// A stored object whole; a larger one than `limit` is Error{corrupt}.
  Bytes get(const std::string& object, std::uint64_t limit) const;
  JsonTree read(const char* kind, const std::string& object, std::uint64_t limit) const;

 private:
  PlainPlace(std::shared_ptr<Storage> storage, RepositoryInfo info) : storage_(std::move(storage)), info_(std::move(info)) {}

  std::shared_ptr<Storage> storage_;
  RepositoryInfo info_;
  std::optional<Secret> data_key_;
};

}  // namespace holdfast
