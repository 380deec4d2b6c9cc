#include "base/flag.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "conformance/storage_suite.hpp"
#include "holdfast/driver.hpp"
#include "holdfast/flag.hpp"
#include "storage/common_options.hpp"
#include "storage/s3/s3_options.hpp"

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr const char* kYes[] = {"yes", "true", "on", "1"};
constexpr const char* kNo[] = {"no", "false", "off", "0"};

/// Places that accept a yes-or-no option: its key, and the result for a value.
struct Place {
  const char* key;
  bool (*taken)(const std::string& value);
};

/// Returns whether a driver accepts the value at all; the driver's own tests check its effect.
template <const char* uri, const char* key>
bool opens(const std::string& value) {
  const DriverRegistry drivers = builtin_drivers();
  drivers.for_uri(uri).open_source(uri, {}, {{key, value}});
  return std::ranges::find(kYes, value) != std::end(kYes);
}

constexpr char kPostgres[] = "postgresql://localhost/x", kGlobals[] = "globals";
constexpr char kFolder[] = "dir:///x", kOneFileSystem[] = "one_file_system";

bool read_only(const std::string& value) {
  std::string uri = "memory:";
  Options options{{"read_only", value}};
  return take_common_options(uri, options).read_only;
}

constexpr Place kPlaces[] = {
    {"read_only", read_only},
    {"path_style",
     [](const std::string& value) {
       return parse_s3_options("s3://shop", {{"path_style", value}}).path_style;
     }},
    {"create_only",
     [](const std::string& value) {
       return parse_s3_options("s3://shop", {{"create_only", value}}).create_only == CreateOnly::yes;
     }},
    {kGlobals, opens<kPostgres, kGlobals>},
    {kOneFileSystem, opens<kFolder, kOneFileSystem>},
    {"anything", [](const std::string& value) { return parse_flag("anything", value); }},
};

}  // namespace

TEST_CASE("a yes-or-no option has the same spellings and the same error in every storage and driver") {
  for (const Place& place : kPlaces) {
    CAPTURE(place.key);
    for (const char* value : kYes) CHECK(place.taken(value));
    for (const char* value : kNo) CHECK_FALSE(place.taken(value));
    for (const char* value : {"", "Yes", "maybe", "2", "yes "}) {
      const Error error = error_of([&] { place.taken(value); });
      CHECK(error.code() == ErrorCode::invalid_argument);
      CHECK(error.message().find("option " + std::string(place.key) + " takes ") != std::string::npos);
      CHECK(error.message().find("yes or no") != std::string::npos);
    }
  }
}
