#include "holdfast/catalog.hpp"

#include "holdfast/report.hpp"
#include "report/document_parts.hpp"

namespace holdfast {

namespace {

struct CatalogParts : DocumentParts<CatalogParts> {
  using DocumentParts<CatalogParts>::write;

  static void write(JsonWriter& out, DriverCall call) { out.value(to_string(call)); }

  static void write(JsonWriter& out, const OptionSpec& option) {
    write(out, CatalogKey{option, std::string(to_string(option.type)), std::string(unit_of(option.type))});
  }

  static void write(JsonWriter& out, const CatalogKey& key) {
    const OptionSpec& option = key.option;
    out.begin_object();
    member(out, "name", option.name);
    member(out, "type", key.type);
    member(out, "default", option.default_value);
    member(out, "help", option.help);
    member(out, "minimum", option.minimum);
    member(out, "maximum", option.maximum);
    member(out, "unit", key.unit);
    member(out, "choices", option.choices);
    member(out, "calls", option.calls);
    member(out, "secret", option.secret);
    out.end_object();
  }

  static void write(JsonWriter& out, const ExportFormat& format) {
    out.begin_object();
    member(out, "name", format.name);
    member(out, "help", format.help);
    out.end_object();
  }

  static void write(JsonWriter& out, const DriverRegistry& drivers) {
    out.begin_array();
    for (const auto& driver : drivers.all()) {
      const DriverAbilities can = driver->abilities();
      out.begin_object();
      member(out, "name", driver->name());
      member(out, "schemes", driver->schemes());
      member(out, "options", driver->options());
      member(out, "counts", driver->counts());
      member(out, "formats", driver->export_formats());
      member(out, "consistent", can.consistent);
      member(out, "selection", can.selection);
      member(out, "masking", can.masking);
      member(out, "proof", to_string(can.proof));
      out.end_object();
    }
    out.end_array();
  }

  static void write(JsonWriter& out, const StorageKind& kind) {
    out.begin_object();
    member(out, "scheme", kind.scheme);
    member(out, "form", kind.form);
    member(out, "options", kind.options);
    out.end_object();
  }

  static void write(JsonWriter& out, const TransformKind& kind) {
    out.begin_object();
    member(out, "name", kind.name);
    member(out, "form", kind.form);
    member(out, "suffix", kind.suffix);
    member(out, "help", kind.help);
    out.end_object();
  }

  static void write(JsonWriter& out, const ProofLevelInfo& info) {
    out.begin_object();
    member(out, "level", to_string(info.level));
    member(out, "help", info.help);
    out.end_object();
  }

  static void write(JsonWriter& out, const Catalog& catalog) {
    out.begin_object();
    member(out, "drivers", catalog.drivers);
    member(out, "storages", catalog.storages);
    member(out, "transforms", catalog.transforms);
    member(out, "proof_levels", catalog.levels);
    out.end_object();
  }
};

}  // namespace

std::vector<TransformKind> transform_kinds() {
  return {{"zstd", "zstd:LEVEL", ".zst", "compression, level 1 to 19 (default 1): standard zstd frames with checksums"},
          {"gzip", "gzip:LEVEL", ".gz", "compression, level 1 to 9 (default 6): a standard gzip file"},
          {"lz4", "lz4", ".lz4", "compression without levels: a standard lz4 frame file with a checksum"},
          {"aes256-gcm-hkdf-1mb", "", ".enc", "authenticated encryption with a key of 32 bytes: Tink's AES256-GCM-HKDF-1MB"},
          {"hash", "", "", "reports SHA-256 or XXH3-128 of the bytes that pass; changes nothing"},
          {"throttle", "", "", "limits the bytes per second that pass; changes nothing"}};
}

std::vector<ProofLevelInfo> proof_levels() {
  return {{ProofLevel::stored, "committed: every object was put on the storage"},
          {ProofLevel::checksummed, "every byte was read back, and matched its hash"},
          {ProofLevel::restored, "restored into a scratch target without an error"},
          {ProofLevel::content_equal, "the restored data equals what was read at the time of the backup"}};
}

std::string_view unit_of(OptionType type) noexcept {
  switch (type) {
    case OptionType::size: return "bytes";
    case OptionType::duration: return "seconds";
    default: return "";
  }
}

std::string to_json(const DriverRegistry& drivers) { return CatalogParts::json_of(drivers); }
std::string to_json(const std::vector<CatalogKey>& keys) { return CatalogParts::json_of(keys); }
std::string to_json(const Catalog& catalog) { return CatalogParts::json_of(catalog); }

}  // namespace holdfast
