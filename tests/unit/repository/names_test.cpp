#include "repository/names.hpp"

#include <doctest/doctest.h>

#include <random>

#include "holdfast/storage.hpp"

using namespace holdfast;

TEST_CASE("ids tell their time and sequence, and no other text is an id") {
  const TimePoint time = parse_time("2026-11-20T18:04:11.900000Z");
  CHECK(backup_id(time, 1) == "backup_20261120_180411");
  CHECK(backup_id(time, 12) == "backup_20261120_180411_12");
  CHECK(age_of("backup_20261120_180411_12") == std::pair(parse_time("2026-11-20T18:04:11Z"), 12));
  CHECK(age_of("backup_20261120_180411_2") < age_of("backup_20261120_180411_10"));
  for (const char* good : {"backup_20261120_180411", "backup_20261120_180411_2", "backup_20261120_180411_999"}) CHECK(is_backup_id(good));
  for (const char* bad :
       {"", "backup_", "backup_20261320_180411", "backup_20260230_180411", "backup_20261120_240411", "backup_20261120_180411_",
        "backup_20261120_180411_0", "backup_20261120_180411_1", "backup_20261120_180411_01", "backup_20261120_180411_1000",
        "backup_20261120-180411", "backup_2026112a_180411", "backup_20261120_180411x", "Backup_20261120_180411"}) {
    CAPTURE(std::string(bad));
    CHECK(!is_backup_id(bad));
  }
  CHECK(id_in("backup_20261120_180411/a") == "backup_20261120_180411");
  CHECK(id_in("backup_20261120_180411.sql") == "backup_20261120_180411");
  CHECK(id_in("backup_20261120_180411_2/a") == "backup_20261120_180411_2");
  CHECK(id_in("backup_20261120_180411") == "");
  CHECK(id_in("backup_20261120_180411/") == "");
  CHECK(id_in("other/backup_20261120_180411") == "");
}

TEST_CASE("any name becomes one that every storage accepts") {
  CHECK(escape_name("data/public.orders/00001.copy") == "data/public.orders/00001.copy");
  CHECK(escape_name("a b'c\"\n\xc3\xa9") == "a%20b%27c%22%0A%C3%A9");
  CHECK(escape_name("../x/./y") == "%2E%2E/x/%2E/y");
  CHECK(escape_name("/a//b/") == "%2Fa%2F/b%2F");
  const std::uint32_t seed = 20261120;
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string name(1 + random() % (round % 10 == 0 ? 4096 : 12), '\0');
    for (char& c : name) c = round % 3 == 0 ? "/.%a~"[random() % 5] : static_cast<char>(random());
    CAPTURE(name);
    CHECK_NOTHROW(check_object_name("backup_20261120_180411/" + escape_name(name) + ".zst.enc"));
    CHECK(escape_name(name).size() <= 600);
  }
}

TEST_CASE("no two entries get names that a storage could confuse") {
  NameTable table;
  CHECK(table.take("id/Orders", ".zst", 1) == "id/Orders.zst");
  CHECK(table.take("id/orders", ".zst", 2) == "id/orders~2.zst");
  CHECK(table.take("id/a", "", 3) == "id/a");
  CHECK(table.take("id/a/b", "", 4) == "id/a~b~4");
  CHECK(table.take("id/c/d", "", 5) == "id/c/d");
  CHECK(table.take("id/c", "", 6) == "id/c~6");
  CHECK(table.take("id/c~6", "", 6) == "id/c~6~6");
  const std::string long_a(5000, 'a');
  CHECK(escape_name(long_a) != escape_name(long_a + "a"));
}
