// Roles in statements, and the text that maps them.
#include "driver/postgres/restore/role_map.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "driver/postgres/restore/role_lists.hpp"
#include "holdfast/error.hpp"

namespace hf = holdfast;
using hf::postgres::change_roles_after;
using hf::postgres::RoleMap;

TEST_CASE("the roles after a keyword are changed, and nothing that a condition or a quoted name says") {
  const auto sorted = [](const char* sql) {
    return change_roles_after(sql, " TO ", [](std::vector<std::string>& roles) { std::ranges::sort(roles); });
  };
  CHECK(sorted("CREATE POLICY p ON t TO b, \"A TO c, d\", a USING ((x = ' TO b, a'::text));") ==
        "CREATE POLICY p ON t TO \"A TO c, d\", a, b USING ((x = ' TO b, a'::text));");
  CHECK(sorted("CREATE POLICY p ON \"t TO b, a\" FOR SELECT TO b, a;") == "CREATE POLICY p ON \"t TO b, a\" FOR SELECT TO a, b;");
  CHECK(sorted("CREATE POLICY p ON t USING (f(' TO b, a'));") == "CREATE POLICY p ON t USING (f(' TO b, a'));");
  CHECK(sorted("GRANT SELECT ON t TO \"open") == "GRANT SELECT ON t TO \"open");
}

TEST_CASE("a text maps roles, with names quoted as in SQL") {
  const auto renamed = [](const char* text, const char* owner) {
    hf::postgres::RestorePlan plan;
    plan.toc.entries.push_back({.owner = owner});
    RoleMap::parse(text).apply(plan);
    return std::string(hf::pg_archive::view(plan.toc.entries.front().owner));
  };
  CHECK(renamed("app=app_test", "app") == "app_test");
  CHECK(renamed("app=app_test, b c=d e", "b c") == "d e");
  CHECK(renamed(R"(app="x, =y","o""f"=z)", "app") == "x, =y");
  CHECK(renamed(R"(app="x, =y","o""f"=z)", "o\"f") == "z");
  CHECK(RoleMap::parse("").empty());
  for (const char* wrong : {"app", "app=", "=b", "a=b=c", "a=b,a=c", "a=\"b\"c", ",", "a=b,b=c"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(RoleMap::parse(wrong), hf::Error);
  }
}
