#include <filesystem>
#include <string>

#include "base/uri.hpp"
#include "holdfast/context.hpp"
#include "holdfast/error.hpp"
#include "holdfast/exec.hpp"
#include "holdfast/storage.hpp"
#include "storage/azure/azure_storage.hpp"
#include "storage/command/command_storage.hpp"
#include "storage/common_options.hpp"
#include "storage/gcs/gcs_storage.hpp"
#include "storage/local.hpp"
#include "storage/s3/s3_storage.hpp"
#include "storage/sftp/sftp_storage.hpp"

namespace holdfast {

namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kKnown =
    "file:///path, a plain path, memory:, s3://bucket/prefix, gs://bucket/prefix, azblob://container/prefix, sftp://user@host/path, "
    "command:PROGRAM";

[[noreturn]] void refuse(std::string_view uri, const std::string& why) {
  throw Error(ErrorCode::invalid_argument, "can't open storage '" + std::string(uri) + "': " + why);
}

/// Returns "" for a plain path.
std::string_view scheme_of(std::string_view uri) {
  const std::size_t end = uri.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
  if (end == 0 || end == std::string_view::npos || uri[end] != ':' || kLetters.find(uri.front()) == std::string_view::npos) return {};
  return uri.substr(0, end);
}

std::string decode_path(std::string_view uri, std::string_view path) {
  if (path.find_first_of("?#") != std::string_view::npos)
    refuse(uri, "pass options separately, not in the URI (write %3F for '?' and %23 for '#')");
  const auto decoded = percent_decode(path);
  if (!decoded) refuse(uri, "'%' must be followed by the two hex digits of a byte other than 0");
  return *decoded;
}

/// Returns the path of a file: URI in a form of RFC 8089 (file:///path, file://localhost/path, file:/path), or of
/// file:relative.
std::string file_path(std::string_view uri) {
  std::string_view rest = uri.substr(std::string_view("file:").size());
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    if (rest.starts_with("localhost/")) rest.remove_prefix(std::string_view("localhost").size());
    if (!rest.starts_with('/')) refuse(uri, "file: reaches this machine only; write file:///path");
  }
  return decode_path(uri, rest);
}

/// Refuses a NUL: names for the system and for servers end there, and the rest would be ignored.
void check_texts(std::string_view uri, const Options& options) {
  if (uri.find('\0') != std::string_view::npos) refuse(uri.substr(0, uri.find('\0')), "its name has a NUL");
  for (const auto& [key, value] : options) {
    if (key.find('\0') != std::string::npos || value.find('\0') != std::string::npos)
      refuse(uri, "option '" + key.substr(0, key.find('\0')) + "' has a NUL");
  }
}

/// Opens the storage itself, without the options of every storage.
std::shared_ptr<Storage> open_base(std::string_view uri, const Options& options, IfMissing if_missing, const StorageHost& host) {
  const std::string_view scheme = scheme_of(uri);
  if (scheme == "azblob") return azure_storage(uri, options, if_missing, {.stop = host.stop});
  if (scheme == "gs") return gcs_storage(uri, options, if_missing, {.stop = host.stop});
  if (scheme == "s3")
    return s3_storage(uri, options, if_missing, {.stop = host.stop, .program_path = host.program_path, .executor = host.executor});
  if (scheme == "sftp") return sftp_storage(uri, options, if_missing, host);
  if (scheme == "command") return command_storage(split_words(uri.substr(scheme.size() + 1)), options, host);
  if (!scheme.empty() && scheme != "file" && scheme != "memory")
    refuse(uri, "unknown scheme '" + std::string(scheme) + "' (known: " + std::string(kKnown) + "; a path with a ':' begins with ./)");
  parse_options(scheme.empty() ? "file" : scheme, {}, options);  // these schemes have no options of their own
  if (scheme == "memory") {
    if (uri != "memory:") refuse(uri, "memory: has no name");
    return memory_storage();
  }
  const std::string path = scheme == "file" ? file_path(uri) : std::string(uri);
  if (path.empty() || path.find('\0') != std::string::npos) refuse(uri, "it names no path (known: " + std::string(kKnown) + ")");
  return local_storage(path, if_missing);
}

}  // namespace

std::vector<StorageKind> storage_kinds() {
  return {{"", "options of every storage", common_option_specs()},
          {"file", "/PATH or file:///PATH", {}},
          {"s3", "s3://BUCKET/PREFIX", s3_option_specs()},
          {"gs", "gs://BUCKET/PREFIX", gcs_option_specs()},
          {"azblob", "azblob://CONTAINER/PREFIX", azure_option_specs()},
          {"sftp", "sftp://[USER@]HOST[:PORT]/PATH", sftp_option_specs()},
          {"command", "command:PROGRAM ARGUMENT…", command_option_specs()},
          {"memory", "memory:", {}}};
}

StorageHost storage_host(const Context& context) {
  return {.stop = context.stop, .program_path = context.host.program_path, .executor = context.host.executor};
}

std::shared_ptr<Storage> open_storage(std::string_view uri, const Options& options, IfMissing if_missing) {
  return open_storage(uri, options, if_missing, StorageHost());
}

std::shared_ptr<Storage> open_storage(std::string_view uri, const Options& options, IfMissing if_missing, const StorageHost& host) {
  check_texts(uri, options);
  std::string base(uri);
  Options left = options;
  const CommonOptions common = take_common_options(base, left);
  return with_common_options(open_base(base, left, if_missing, host), common, if_missing, host);
}

}  // namespace holdfast
