#pragma once

#include <string>

#include "holdfast/repository.hpp"
#include "holdfast/storage.hpp"
#include "repository/document.hpp"

namespace holdfast {

constexpr const char* kFormat = "format";

/// What `format` says, and the SHA-256 of its stored bytes. Throws Error{corrupt} or Error{unsupported}.
struct StoredFormat {
  RepositoryInfo info;
  Bytes sha256;
};
StoredFormat read_format(Storage& storage);

/// The bytes of a new repository's `format`.
std::string format_document(const RepositoryInfo& info);
/// Puts it, which is what makes the repository. Throws Error{already_exists}.
void put_format(Storage& storage, const std::string& document);

/// Throws Error{already_exists} where there is a repository, or backups of one that lost its `format`: it must not be buried under a new
/// one.
void require_no_repository(Storage& storage);
/// Throws Error{not_found} where there is none, Error{wrong_key} or Error{invalid_argument} unless a key is given exactly if one is needed.
void require_key_if_needed(const RepositoryInfo& info, bool key_given);

/// The members every document begins with, and their check.
DocumentJson document_header(const char* kind, const std::string& object, const std::string& repository_id);
void check_document_header(const Fields& fields, const char* kind);

std::string to_string(LayoutKind layout);  ///< "packed"

/// "holdfast 0.1.0"
std::string written_by();

}  // namespace holdfast
