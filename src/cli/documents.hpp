#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "holdfast/error.hpp"
#include "holdfast/repository.hpp"
#include "holdfast/storages.hpp"

namespace holdfast::cli {

using Json = nlohmann::ordered_json;

/// The JSON objects of docs/command.md. Keys are only ever added.
Json document(const RepositoryInfo& info);
Json document(const SourceRecord& source);
Json document(const BackupInfo& backup);
Json document(const EntryRecord& entry);
Json document(const RestoreReport& report);
Json document(const VerifyReport& report);
Json document(const RetentionDecision& decision);
Json document(const ReplicaStatus& copy);
Json document(const Error& error);

std::string to_string(VerifyLevel level);

/// As one line; text that is not UTF-8 is mended rather than refused.
std::string one_line(const Json& json);

}  // namespace holdfast::cli
