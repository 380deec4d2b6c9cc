#include "repository/format.hpp"

#include "base/digest.hpp"
#include "holdfast/error.hpp"
#include "holdfast/version.hpp"
#include "repository/object_access.hpp"

namespace holdfast {

namespace {

constexpr const char* kEncryption = "aes256-gcm-hkdf-1mb";
constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kFormatLimit = 64U << 10;

LayoutKind parse_layout(const std::string& name, std::uint64_t format_version, const Storage& storage) {
  for (const LayoutKind kind : {LayoutKind::plain, LayoutKind::packed}) {
    if (to_string(kind) == name && format_version == kVersion) return kind;
  }
  throw Error(ErrorCode::unsupported, storage.uri() + " has layout '" + name + "', format version " + std::to_string(format_version) +
                                          "; " + written_by() + " knows 'plain' and 'packed' of version 1: use a newer one");
}

}  // namespace

std::string to_string(LayoutKind layout) { return layout == LayoutKind::plain ? "plain" : "packed"; }

std::string written_by() { return std::string("holdfast ") + version(); }

JsonWriter begin_document(const char* kind, const std::string& object, const std::string& repository_id) {
  JsonWriter out(JsonForm::document);
  out.begin_object();
  out.member("document", kind);
  out.member("object", object);
  out.member("repository_id", repository_id);
  return out;
}

void check_document_header(const Fields& fields, const char* kind) {
  if (fields.text("document") != kind) fields.fail("is not a document of the kind " + std::string(kind));
  if (fields.text("object") != fields.object()) fields.fail("is in the wrong place: it says that it is another object");
}

StoredFormat read_format(Storage& storage) {
  const std::string object = kFormat;
  if (!storage.stat(object)) {
    throw Error(ErrorCode::not_found, storage.uri() + " is not a repository: create it first");
  }
  const Bytes stored = get_object(storage, object, kFormatLimit);
  const JsonTree members = open_document(as_text(stored), object);
  const Fields fields(*members, object);
  if (fields.text("magic") != "holdfast") fields.fail("is not that of a holdfast repository");
  const std::uint64_t format_version = fields.number("version");
  const LayoutKind layout = parse_layout(fields.text("layout"), format_version, storage);
  check_document_header(fields, "format");
  const std::string& encryption = fields.text("encryption");
  if (encryption != "none" && encryption != kEncryption) {
    throw Error(ErrorCode::unsupported, storage.uri() + " is encrypted as '" + encryption + "': use a newer holdfast");
  }
  return {.info = {.uri = storage.uri(),
                   .id = fields.hex("repository_id", 32),
                   .layout = layout,
                   .version = static_cast<int>(format_version),
                   .encrypted = encryption != "none",
                   .created = fields.time("created")},
          .sha256 = sha256(stored)};
}

std::string format_document(const RepositoryInfo& info) {
  JsonWriter out = begin_document("format", kFormat, info.id);
  out.member("magic", "holdfast");
  out.member("layout", to_string(info.layout));
  out.member("version", kVersion);
  out.member("created", format_time_micros(info.created));
  out.member("encryption", info.encrypted ? kEncryption : "none");
  return seal_document(std::move(out));
}

void put_format(Storage& storage, const std::string& document) {
  if (storage.put_new(kFormat, as_bytes(document)) == PutResult::already_exists) {
    throw Error(ErrorCode::already_exists, storage.uri() + " is a repository already");
  }
}

void require_no_repository(Storage& storage) {
  if (storage.stat(kFormat)) throw Error(ErrorCode::already_exists, storage.uri() + " is a repository already");
  bool found = false;
  for (const char* prefix : {"backup_", "backups/"}) {
    storage.list(prefix, [&found](const ObjectInfo&) { return !(found = true); });
  }
  if (found) {
    throw Error(ErrorCode::already_exists,
                storage.uri() + " holds backups but no object 'format': bring that back from a copy, or use an empty place");
  }
}

void require_key_if_needed(const RepositoryInfo& info, bool key_given) {
  if (info.encrypted && !key_given) throw Error(ErrorCode::wrong_key, info.uri + " is encrypted: give a password");
  if (!info.encrypted && key_given) throw Error(ErrorCode::invalid_argument, info.uri + " is not encrypted: open it without a password");
}

}  // namespace holdfast
