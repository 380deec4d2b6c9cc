#include "driver/postgres/client/names.hpp"

#include <doctest/doctest.h>

#include "driver/postgres/client/conninfo.hpp"
#include "driver/postgres/client/statements.hpp"
#include "holdfast/error.hpp"

namespace hf = holdfast;
using namespace holdfast::postgres;

namespace {

bool chosen(std::vector<std::string> include, std::vector<std::string> exclude, const hf::postgres::RelationName& table,
            const std::vector<hf::postgres::RelationName>& ancestors = {}) {
  return TableFilter({std::move(include), std::move(exclude)}).matches(table, ancestors);
}

}  // namespace

TEST_CASE("identifiers and literals survive whatever they hold") {
  CHECK(quote_identifier("a\"b\nc") == "\"a\"\"b\nc\"");
  CHECK(quote_literal("it's") == "'it''s'");
  CHECK(quote_literal("a\\'b") == "E'a\\\\''b'");
}

TEST_CASE("patterns choose tables by schema, name and wildcard") {
  CHECK(chosen({}, {}, {"s", "t"}));
  CHECK(chosen({"s.t"}, {}, {"s", "t"}));
  CHECK_FALSE(chosen({"s.t"}, {}, {"s", "tt"}));
  CHECK(chosen({"s.*"}, {}, {"s", "anything"}));
  CHECK(chosen({"t?b*e"}, {}, {"any", "table"}));
  CHECK_FALSE(chosen({"s.*"}, {"s.log*"}, {"s", "log_2026"}));
  CHECK(chosen({"\"a.b\".\"c*\""}, {}, {"a.b", "c*"}));
  CHECK_FALSE(chosen({"\"a.b\".\"c*\""}, {}, {"a.b", "cd"}));
  CHECK(chosen({"\"q\"\"uote\".t"}, {}, {"q\"uote", "t"}));
  CHECK(chosen({"*a*b*"}, {}, {"s", "xxaxxaxxbxx"}));
}

TEST_CASE("a partition matches when its root matches") {
  CHECK(chosen({"s.root"}, {}, {"s", "leaf"}, {{"s", "middle"}, {"s", "root"}}));
  CHECK_FALSE(chosen({}, {"s.root"}, {"s", "leaf"}, {{"s", "root"}}));
}

TEST_CASE("a malformed pattern is refused with the correct form") {
  for (const char* bad : {"", "a.b.c", "\"open", ".t", "s."}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH_AS(chosen({bad}, {}, {"s", "t"}), doctest::Contains("not a table pattern"), hf::Error);
  }
  CHECK(TableFilter({{"s.t", "s.typo"}, {}}).unmatched({{"s", "t"}}) == std::vector<std::string>{"s.typo"});
}

TEST_CASE("statements are split where the server would, and nothing is left for psql to interpret") {
  const auto split = [](std::string_view sql) { return split_statements(sql); };
  CHECK(split("a; b ;\n\n c") == std::vector<std::string>{"a", "b", "c"});
  CHECK(split("SELECT ';', \";\", E'\\';', $$;$$, $x$ $$; $x$; b") ==
        std::vector<std::string>{"SELECT ';', \";\", E'\\';', $$;$$, $x$ $$; $x$", "b"});
  CHECK(split("-- no; statement\nb") == std::vector<std::string>{"b"});
  CHECK(split("a /* ; /* nested; */ ; */ + b") == std::vector<std::string>{"a   + b"});
  CHECK(split("\\restrict abc\nSELECT 1;\n\\! rm -rf x\nSELECT 2") == std::vector<std::string>{"SELECT 1", "SELECT 2"});
  CHECK(split("SELECT 'it''s; fine', $1, a$b$c; d") == std::vector<std::string>{"SELECT 'it''s; fine', $1, a$b$c", "d"});
  CHECK(split("'open; quote") == std::vector<std::string>{"'open; quote"});
  CHECK(split(" ;; \n;").empty());
}

TEST_CASE("a server is displayed as a URI that names it") {
  const auto display = [](const char* uri) { return ConnInfo(uri).display(); };
  CHECK(display("postgresql://postgres@[::1]:5999/d") == "postgresql://postgres@[::1]:5999/d");
  CHECK(display("postgresql://[fe80::1]/d") == "postgresql://[fe80::1]/d");
  CHECK(display("postgresql://a:1,b:2/d") == "postgresql://a:1,b:2/d");
  CHECK(display("postgresql://a,[::1]:2/d") == "postgresql://a,[::1]:2/d");
  CHECK(display("postgresql:///d?host=a,b&port=7") == "postgresql://a:7,b:7/d");
  CHECK(display("postgresql:///d?host=/run/pg&port=7") == "postgresql:///d?host=/run/pg&port=7");
}

TEST_CASE("a server in a container is displayed with it, and is not mistaken for one of this machine") {
  for (const char* uri :
       {"postgresql://ann:x@/d?container=docker:db&host=/tmp&port=7", "postgresql://ann@/d?host=/tmp&container=docker%3Adb&port=7",
        "postgresql://ann@/d?host=/tmp&port=7&container=docker:db"}) {
    const ConnInfo info(uri);
    CHECK(info.inside().container == "docker:db");
    CHECK(info.display() == "postgresql://ann@/d?container=docker:db&host=/tmp&port=7");
    CHECK(ConnInfo(info.display()).display() == info.display());
    CHECK_THROWS_WITH_AS(info.with_database("e").parameters(), doctest::Contains("is in a container"), hf::Error);
    CHECK_THROWS_AS(info.for_tool(), hf::Error);
    const ConnInfo reached = info.through_socket("/run/here").with_database("e");
    CHECK(reached.parameters().at("host") == "/run/here");
    CHECK(reached.parameters().at("port") == "7");
    CHECK(reached.display() == "postgresql://ann@/e?container=docker:db&host=/tmp&port=7");
  }
  CHECK(ConnInfo("postgresql:///d?container=docker:db").through_socket("/s").parameters().at("port") == "5432");
  CHECK(ConnInfo("postgresql:///d?container=docker:db").display() == "postgresql:///d?container=docker:db");
  for (const char* uri : {"postgresql:///d?container=", "postgresql:///d?container=docker:db&port=1,2",
                          "postgresql:///d?container=docker:db&hostaddr=127.0.0.1", "postgresql:///d?container=%zz"})
    CHECK_THROWS_AS(ConnInfo{uri}, hf::Error);
}

TEST_CASE("another login keeps the options, but not the caller's role and settings of a superuser") {
  const auto kept = [](const std::string& options) {
    const ConnInfo info(std::map<std::string, std::string>{{"dbname", "d"}, {"options", options}});
    return info.with_login("ann", "x").parameters().at("options");
  };
  CHECK(kept("-c role=holder") == "");
  CHECK(kept("endpoint=x -c role=holder -c work_mem=4MB") == "endpoint=x -c work_mem=4MB");
  CHECK(kept("-cRole=holder --role=holder -c geqo=off") == "-c geqo=off");
  CHECK(kept("-c search_path=a\\ role=b --geqo=off") == "-c search_path=a\\ role=b --geqo=off");
  CHECK(ConnInfo("postgresql:///d").with_setting(ConnInfo::kNoEventTriggers).with_login("ann", "x").parameters().at("options") == "");
}

TEST_CASE("a password never leaves its connection's description") {
  const ConnInfo info("postgresql://ann:s%40cret@db.example:5433/shop?sslmode=require");
  CHECK(info.password() == "s@cret");
  CHECK(info.display() == "postgresql://ann@db.example:5433/shop");
  CHECK(info.for_tool().find("cret") == std::string::npos);
  CHECK(ConnInfo("postgresql:///shop?host=/run/pg&password=s%40cret").display() == "postgresql:///shop?host=/run/pg");
  CHECK_THROWS_WITH_AS(ConnInfo("postgresql://ann:p@ss:w/ord@h/db?nonsense=1"), doctest::Contains("ann:***@h/db"), hf::Error);
}
