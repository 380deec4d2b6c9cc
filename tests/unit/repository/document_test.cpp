#include <doctest/doctest.h>

#include "base/digest.hpp"
#include "repository/document.hpp"
#include "repository/manifest_codec.hpp"
#include "support/plain_repository.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

// Seals any body with a correct hash: an attacker can write this.
std::string sealed(const std::string& body) { return body + ",\n \"sha256\": \"" + sha256_hex(as_bytes(body)) + "\"\n}\n"; }

ErrorCode open_code(const std::string& text) {
  return code_of([&] { open_document(text, "x"); });
}

Manifest full_manifest() {
  const TimePoint time = parse_time("2026-11-20T18:00:00.000001Z");
  const BackupId id = "backup_20261120_180000";
  return {.id = id,
          .started = time,
          .finished = time + std::chrono::seconds(3),
          .written_by = "holdfast 0.1.0",
          .tags = {{"env", "prod"}, {"ünï", "\"\\\n\t\x01"}},
          .sources = {{.uri = "postgresql:///shop", .driver = "postgresql", .name = "shop", .instant = time, .notes = {{"rows", "1"}}}},
          .entries = {{.name = "data/\"a\"/\u65e5\n",
                       .kind = "copy",
                       .plain_bytes = std::numeric_limits<std::uint64_t>::max(),
                       .stored_bytes = 2,
                       .content_hash = std::string(32, 'a'),
                       .transforms = {"zstd", "aes256-gcm-hkdf-1mb"},
                       .object = id + "/entries/000001.zst.enc",
                       .object_sha256 = std::string(64, 'b'),
                       .attributes = {{"table", "public.orders"}}}},
          .extras = {{.object = id + "/RESTORE.txt", .size = 3, .sha256 = std::string(64, 'c')}}};
}

nlohmann::json as_read(const Manifest& manifest) {
  JsonWriter members(JsonForm::document);
  members.begin_object();
  encode_manifest(manifest, members);
  return *open_document(seal_document(std::move(members)), "m");
}

ErrorCode decode_code(const nlohmann::json& members) {
  return code_of([&] { decode_manifest(members, "backup_20261120_180000", "m"); });
}

}  // namespace

TEST_CASE("a sealed document is read back, and hostile ones with a correct hash are refused") {
  JsonWriter members(JsonForm::document);
  members.begin_object();
  members.member("a", std::uint64_t{1});
  members.member("b", "x");
  CHECK(open_document(seal_document(members), "x")->at("b") == "x");
  CHECK(open_code(sealed("{\n \"a\": 1")) == ErrorCode{0});
  CHECK(open_code(sealed("{\n \"a\": 1,\n \"a\": 2")) == ErrorCode::corrupt);
  CHECK(open_code(sealed("{\n \"a\": {\"b\": 1, \"b\": 2}")) == ErrorCode::corrupt);
  CHECK(open_code(sealed("{\n \"a\": [{\"b\": 1}, {\"b\": 2}], \"b\": -1, \"c\": [null, true, 0.5, {}]")) == ErrorCode{0});
  CHECK(open_code(sealed("{\n \"a\": [{\"b\": 1}, {\"b\": 2, \"b\": 2}]")) == ErrorCode::corrupt);
  CHECK(open_code(sealed("{\n \"a\": 1e999")) == ErrorCode::corrupt);
  CHECK(open_code(sealed("{\n \"a\": \"\xff\"")) == ErrorCode::corrupt);
  CHECK(open_code(sealed("{\n \"a\": 1} {")) == ErrorCode::corrupt);
  CHECK(open_code(sealed("[")) == ErrorCode::corrupt);
  CHECK(open_code(sealed("")) == ErrorCode::corrupt);
  CHECK(open_code("") == ErrorCode::corrupt);
  const auto nested = [](std::size_t depth) { return "{\n \"a\": " + std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(open_code(sealed(nested(64))) == ErrorCode{0});
  CHECK(open_code(sealed(nested(65))) == ErrorCode::corrupt);
  CHECK(open_code(sealed(nested(100))) == ErrorCode::corrupt);
  CHECK(open_code(sealed(nested(3'000'000))) == ErrorCode::corrupt);
  CHECK(open_code(sealed("{\n \"a\": " + std::string(3'000'000, '['))) == ErrorCode::corrupt);
}

TEST_CASE("numbers, times and texts of a document are accepted only in their own type") {
  const auto field = [](const char* value, const std::function<void(const Fields&)>& read) {
    const nlohmann::json members{{"a", nlohmann::json::parse(value)}};
    const std::string object = "x";
    return code_of([&] { read(Fields(members, object)); });
  };
  const auto number = [](const Fields& fields) { fields.number("a"); };
  CHECK(field("18446744073709551615", number) == ErrorCode{0});
  for (const char* value : {"18446744073709551616", "-1", "1.0", "1e3", "\"1\"", "null", "true"}) {
    CHECK(field(value, number) == ErrorCode::corrupt);
  }
  const auto time = [](const Fields& fields) { fields.time("a"); };
  CHECK(field("\"2026-11-20T18:00:00.000000Z\"", time) == ErrorCode{0});
  for (const char* value : {"\"2026-11-20T18:00:00Z\"", "\"2026-13-20T18:00:00.000000Z\"", "\" 026-11-20T18:00:00.000000Z\"", "0"}) {
    CHECK(field(value, time) == ErrorCode::corrupt);
  }
  CHECK(field("{\"k\": 1}", [](const Fields& fields) { fields.notes("a"); }) == ErrorCode::corrupt);
  CHECK(field("\"AB\"", [](const Fields& fields) { fields.hex("a", 2); }) == ErrorCode::corrupt);
  CHECK(field("1", [](const Fields& fields) { fields.text("b"); }) == ErrorCode::corrupt);
}

TEST_CASE("a manifest is read back with all its fields, with any names") {
  const Manifest manifest = full_manifest();
  const nlohmann::json members = as_read(manifest);
  const Manifest back = decode_manifest(members, manifest.id, "m");
  CHECK(as_read(back) == members);
  CHECK(back.entries.at(0).name == manifest.entries[0].name);
  CHECK(back.entries.at(0).plain_bytes == manifest.entries[0].plain_bytes);
  CHECK(back.tags == manifest.tags);
  CHECK(back.sources.at(0).instant == manifest.sources[0].instant);
  CHECK(back.extras.at(0).size == 3);
}

TEST_CASE("every field of a manifest is required and has its own type") {
  const nlohmann::json good = as_read(full_manifest());
  CHECK(decode_code(good) == ErrorCode{0});
  for (const char* list : {"", "sources", "entries", "extras"}) {
    const nlohmann::json& members = *list == '\0' ? good : good[list][0];
    for (const auto& [key, value] : members.items()) {
      if (key == "sha256" && *list == '\0') continue;
      for (const bool removed : {true, false}) {
        nlohmann::json changed = good;
        nlohmann::json& place = *list == '\0' ? changed : changed[list][0];
        if (removed) {
          place.erase(key);
        } else {
          place[key] = -1.5;
        }
        CAPTURE(key);
        CHECK(decode_code(changed) == ErrorCode::corrupt);
      }
    }
  }
}

TEST_CASE("a manifest that reaches beyond its backup is refused") {
  const nlohmann::json good = as_read(full_manifest());
  for (const std::string& object : std::vector<std::string>{"format", "backup_20261120_180000", "backup_20261120_180000/../format",
                                                            "backup_20261120_180000_2/a", "/etc/passwd", ""}) {
    for (const char* list : {"entries", "extras"}) {
      nlohmann::json changed = good;
      changed[list][0]["object"] = object;
      CAPTURE(object);
      CHECK(decode_code(changed) == ErrorCode::corrupt);
    }
  }
  nlohmann::json twice = good;
  twice["entries"].push_back(twice["entries"][0]);
  CHECK(decode_code(twice) == ErrorCode::corrupt);
  nlohmann::json stray = good;
  stray["entries"][0]["source"] = 1;
  CHECK(decode_code(stray) == ErrorCode::corrupt);
  CHECK(code_of([&] { decode_manifest(good, "backup_20261120_180001", "m"); }) == ErrorCode::corrupt);
}
