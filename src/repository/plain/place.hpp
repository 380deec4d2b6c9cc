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

/// The state that all parts of a plain repository share: the storage, the contents of `format`, and the key. Immutable;
/// safe from any thread.
class PlainPlace {
 public:
  /// Puts the key slot and `format`. Throws Error{already_exists} if there is a repository, or objects that look like
  /// the remains of one.
  static std::shared_ptr<const PlainPlace> create(std::shared_ptr<Storage> storage, const std::optional<Key>& key, Context& context,
                                                  ScryptCost cost = {});
  /// Reads `format` and opens a slot. Throws Error{not_found}, {unsupported}, {corrupt}, {wrong_key}, and
  /// {invalid_argument} for a key that is not needed.
  static std::shared_ptr<const PlainPlace> open(std::shared_ptr<Storage> storage, const std::optional<Key>& key);
  /// Like open, with the contents of `format`.
  static std::shared_ptr<const PlainPlace> open(std::shared_ptr<Storage> storage, const RepositoryInfo& info,
                                                const std::optional<Key>& key);

  Storage& storage() const noexcept { return *storage_; }
  const RepositoryInfo& info() const noexcept { return info_; }
  bool encrypted() const noexcept { return info_.encrypted; }
  const Secret* key() const noexcept { return data_key_ ? &*data_key_ : nullptr; }
  /// Returns the key that seals audit records; none in an unencrypted repository.
  std::optional<Secret> audit_key() const;

  /// Returns the text that binds an encrypted object to its name.
  std::string associated_data(std::string_view object) const { return info_.id + "\n" + std::string(object); }
  /// Returns the encryption of one object; null in an unencrypted repository.
  TransformPtr encryption(std::string_view object, Random& random) const;
  /// Returns the name under which an object is stored: with ".enc" if the repository is encrypted.
  std::string stored_name(std::string name) const { return encrypted() ? name + ".enc" : name; }

  /// Begins a document; `object` is its stored name. The caller adds its members.
  JsonWriter begin(const char* kind, const std::string& object) const;
  /// Returns the stored bytes of a document that began so.
  Bytes seal(const std::string& object, JsonWriter document, Random& random) const;
  /// Returns the members of a stored document of that kind. Throws Error{corrupt} that names it.
  JsonTree unseal(const char* kind, const std::string& object, ByteView stored) const;
  /// Reads a whole stored object. Throws Error{corrupt} if it is larger than `limit`.
  Bytes get(const std::string& object, std::uint64_t limit) const;
  JsonTree read(const char* kind, const std::string& object, std::uint64_t limit) const;

 private:
  PlainPlace(std::shared_ptr<Storage> storage, RepositoryInfo info) : storage_(std::move(storage)), info_(std::move(info)) {}

  std::shared_ptr<Storage> storage_;
  RepositoryInfo info_;
  std::optional<Secret> data_key_;
};

}  // namespace holdfast
