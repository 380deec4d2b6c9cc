#pragma once

#include <string>

#include "holdfast/repository.hpp"
#include "holdfast/storage.hpp"
#include "repository/document.hpp"

namespace holdfast {

constexpr const char* kFormat = "format";

/// The contents of `format`, and the SHA-256 of its stored bytes. Throws Error{corrupt} or Error{unsupported}.
struct StoredFormat {
  RepositoryInfo info;
  Bytes sha256;
};
StoredFormat read_format(Storage& storage);

/// Returns the bytes of a new repository's `format`.
std::string format_document(const RepositoryInfo& info);
/// Puts `format`; from then on the repository exists. Throws Error{already_exists}.
void put_format(Storage& storage, const std::string& document);

/// Throws Error{already_exists} if there is a repository, or backups of one that lost its `format`: a new repository
/// must not hide them.
void require_no_repository(Storage& storage);
/// Throws Error{not_found} if there is no repository, Error{wrong_key} if it needs a key and none was given, and
/// Error{invalid_argument} for a key that it does not need.
void require_key_if_needed(const RepositoryInfo& info, bool key_given);

/// Write and check the members that every document begins with. The object of the returned writer is open: the caller
/// adds the other members.
JsonWriter begin_document(const char* kind, const std::string& object, const std::string& repository_id);
void check_document_header(const Fields& fields, const char* kind);

std::string to_string(LayoutKind layout);  ///< "packed"

/// "holdfast 0.1.0"
std::string written_by();

}  // namespace holdfast
