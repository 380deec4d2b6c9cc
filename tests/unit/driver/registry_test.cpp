#include <doctest/doctest.h>

#include <algorithm>

#include "holdfast/driver.hpp"
#include "support/streams.hpp"

namespace hf = holdfast;
using holdfast::ErrorCode;

TEST_CASE("an export without a format gets the driver's first, and an unknown format is refused with the known ones") {
  const hf::DriverRegistry drivers = hf::builtin_drivers();
  const hf::Driver& postgres = drivers.named("postgresql");
  CHECK(hf::export_format(postgres, "") == "sql");
  CHECK(hf::export_format(postgres, "archive") == "archive");
  CHECK_THROWS_WITH_AS(hf::export_format(postgres, "zip"), "driver postgresql does not export as 'zip' (known: sql, archive)", hf::Error);
  CHECK(hf::export_format(drivers.named("exec"), "") == "stream");
  CHECK(hf::export_format(drivers.named("files"), "") == "tar");
}

TEST_CASE("a selection is refused by a driver that takes only whole sources") {
  const hf::DriverRegistry drivers = hf::builtin_drivers();
  const hf::Selection parts{.include = {"a"}, .exclude = {}};
  for (const auto& driver : drivers.all()) {
    CAPTURE(driver->name());
    CHECK_NOTHROW(hf::check_selection(*driver, {}));
    const auto expected = driver->abilities().selection ? std::nullopt : std::optional(ErrorCode::unsupported);
    CHECK(hf::test::code_thrown([&] { hf::check_selection(*driver, parts); }) == expected);
  }
}

TEST_CASE("a driver without declarations claims nothing") {
  class Plain final : public hf::Driver {
    std::string_view name() const noexcept override { return "plain"; }
    std::vector<std::string> schemes() const override { return {"plain"}; }
    std::unique_ptr<hf::Source> open_source(const std::string&, const hf::Selection&, const hf::Options&) const override { return nullptr; }
    std::unique_ptr<hf::Target> open_target(const std::string&, const hf::Options&) const override { return nullptr; }
    hf::ProofReport prove(const hf::BackupView&, const hf::VerifyOptions&, hf::Context&) const override { return {}; }
    void export_to(const hf::BackupView&, const hf::ExportOptions&, hf::Writer&, hf::Context&) const override {}
    std::vector<hf::Finding> diagnose(const std::string&, const hf::Options&, hf::Context&) const override { return {}; }
  };
  const Plain plain;
  const hf::Driver& driver = plain;
  CHECK_FALSE(driver.abilities().consistent);
  CHECK_FALSE(driver.abilities().selection);
  CHECK(driver.abilities().proof == hf::ProofLevel::checksummed);
  CHECK(driver.export_formats().empty());
  CHECK(hf::test::code_thrown([&] { hf::export_format(driver, ""); }) == ErrorCode::unsupported);
}
