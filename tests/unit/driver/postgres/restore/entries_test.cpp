#include "driver/postgres/restore/entries.hpp"

#include <doctest/doctest.h>

#include "driver/postgres/client/statements.hpp"

using namespace holdfast::postgres;
using holdfast::pg_archive::ArchiveToc;
using holdfast::pg_archive::Section;
using holdfast::pg_archive::TocEntry;

namespace {

TocEntry an_entry(int id, std::string desc, std::string definition, std::vector<int> dependencies = {}, std::string owner = "alice") {
  TocEntry entry;
  entry.dump_id = id;
  entry.desc = std::move(desc);
  entry.tag = "it" + std::to_string(id);
  entry.schema = "app";
  entry.owner = std::move(owner);
  entry.definition = std::move(definition);
  entry.drop_statement = "DROP " + *entry.desc + " app." + *entry.tag + ";\n";
  entry.dependencies = std::move(dependencies);
  return entry;
}

Runner runner_of(const std::string& desc, const std::string& definition, std::vector<TocEntry> others = {}) {
  ArchiveToc toc;
  std::vector<int> ids;
  for (TocEntry& other : others) ids.push_back(other.dump_id);
  toc.entries = std::move(others);
  toc.entries.push_back(an_entry(99, desc, definition, ids));
  return Entries(toc, {}).runner(toc.entries.back());
}

bool is_owners(const std::string& desc, const std::string& definition) { return runner_of(desc, definition) == Runner::owner; }

}  // namespace

TEST_CASE("an entry that evaluates expressions runs as its owner, and so does an unknown kind") {
  for (const char* desc : {"TABLE", "TABLE ATTACH", "DOMAIN", "VIEW", "MATERIALIZED VIEW", "RULE", "POLICY", "DEFAULT", "INDEX",
                           "STATISTICS", "CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT", "STATISTICS DATA", "PROPERTY GRAPH", ""}) {
    CAPTURE(desc);
    CHECK(is_owners(desc, "something"));
  }
  for (const char* desc : {"SCHEMA", "EXTENSION", "TYPE", "SHELL TYPE", "OPERATOR", "OPERATOR CLASS", "CAST", "SEQUENCE", "COMMENT", "ACL",
                           "EVENT TRIGGER", "SUBSCRIPTION", "ROW SECURITY", "INDEX ATTACH"}) {
    CAPTURE(desc);
    CHECK_FALSE(is_owners(desc, "something"));
  }
}

TEST_CASE("a function runs as its owner if PostgreSQL reads a literal of a user's type in it, or parses its body") {
  const std::string head = "CREATE FUNCTION app.f(", plain = ") RETURNS integer\n    LANGUAGE plpgsql\n    AS $$BEGIN END$$;\n";
  CHECK_FALSE(is_owners("FUNCTION", head + plain));
  CHECK_FALSE(is_owners("FUNCTION", head + "a integer DEFAULT 1, b text DEFAULT 'x.y::a.b'::text, c text[] DEFAULT '{}'::text[]" + plain));
  CHECK(is_owners("FUNCTION", head + "a app.dom[] DEFAULT '{1}'::app.dom[]" + plain));
  CHECK(is_owners("FUNCTION", head + "a \"A\".dom[] DEFAULT '{1}'::\"A\".dom[]" + plain));
  // A literal that looks like the end of the signature hides nothing.
  CHECK(is_owners("FUNCTION", head + "a text DEFAULT '\n    LANGUAGE c '::text, b app.dom[] DEFAULT '{1}'::app.dom[]" + plain));
  CHECK(is_owners("FUNCTION", head + "\"\n    LANGUAGE c \" app.dom[] DEFAULT '{1}'::app.dom[]" + plain));
  // A body that is only text may contain anything.
  CHECK_FALSE(is_owners("FUNCTION", head + ") RETURNS integer\n    LANGUAGE plpython3u\n    AS $_$BEGIN ATOMIC 'x'::app.dom[]$_$;\n"));
  CHECK(is_owners("FUNCTION", head + ") RETURNS integer\n    LANGUAGE sql\n    BEGIN ATOMIC\n SELECT 1;\nEND;\n"));
  CHECK(is_owners("PROCEDURE", "CREATE PROCEDURE app.p()\n    LANGUAGE sql\n    BEGIN ATOMIC\n SELECT 1;\nEND;\n"));
  CHECK(is_owners("FUNCTION", head + ") RETURNS integer\n    LANGUAGE sql\n    RETURN 1;\n"));
}

TEST_CASE("an aggregate runs as its owner if its initial value is read as a user's type") {
  const std::string head = "CREATE AGGREGATE app.agg(integer) (\n    SFUNC = app.f,\n    STYPE = ";
  CHECK(is_owners("AGGREGATE", head + "app.dom,\n    INITCOND = '3'\n);\n"));
  CHECK_FALSE(is_owners("AGGREGATE", head + "app.dom\n);\n"));
  CHECK_FALSE(is_owners("AGGREGATE", head + "integer[],\n    INITCOND = '{0.1}'\n);\n"));
  CHECK(is_owners("AGGREGATE", head + "integer,\n    INITCOND = '0',\n    MSTYPE = app.dom,\n    MINITCOND = '1'\n);\n"));
}

TEST_CASE("triggers, publications and foreign tables run as their owner only if they contain an expression") {
  CHECK_FALSE(is_owners("TRIGGER", "CREATE TRIGGER t BEFORE UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.f(' WHEN (');"));
  CHECK(is_owners("TRIGGER", "CREATE TRIGGER t BEFORE UPDATE ON app.t FOR EACH ROW WHEN ((new.i > 0)) EXECUTE FUNCTION app.f();"));
  CHECK_FALSE(is_owners("PUBLICATION TABLE", "ALTER PUBLICATION p ADD TABLE ONLY app.t WHERE ((i > 0));"));
  CHECK(is_owners("PUBLICATION TABLE", "ALTER PUBLICATION p ADD TABLE ONLY app.t WHERE ((e = '{1}'::app.dom[]));"));
  CHECK_FALSE(is_owners("FOREIGN TABLE", "CREATE FOREIGN TABLE app.t (\n    i integer DEFAULT 1\n)\nSERVER s;"));
  CHECK(is_owners("FOREIGN TABLE", "CREATE FOREIGN TABLE app.t (\n    i integer GENERATED ALWAYS AS ((j + 1)) STORED\n)\nSERVER s;"));
}

TEST_CASE("foreign data objects run as their owner if the validator of their options is not in C") {
  const std::string c = "CREATE FUNCTION app.v(text[], oid) RETURNS void\n    LANGUAGE c\n    AS '$libdir/x', 'v';\n";
  const std::string sql = "CREATE FUNCTION app.v(text[], oid) RETURNS void\n    LANGUAGE sql\n    AS 'LANGUAGE c ';\n";
  CHECK(runner_of("FOREIGN DATA WRAPPER", "x", {an_entry(1, "FUNCTION", c)}) == Runner::leader);
  CHECK(runner_of("FOREIGN DATA WRAPPER", "x", {an_entry(1, "FUNCTION", sql)}) == Runner::owner);
  const TocEntry wrapper = an_entry(2, "FOREIGN DATA WRAPPER", "x", {1});
  CHECK(runner_of("SERVER", "x", {an_entry(1, "SCHEMA", sql)}) == Runner::leader);
  ArchiveToc toc;
  toc.entries = {an_entry(1, "FUNCTION", sql), wrapper, an_entry(3, "SERVER", "x", {2}), an_entry(4, "USER MAPPING", "x", {3})};
  CHECK(Entries(toc, {}).runner(toc.entries[2]) == Runner::owner);
  CHECK(Entries(toc, {}).runner(toc.entries[3]) == Runner::owner);
}

TEST_CASE("definitions are not analysed if a backslash may end a text") {
  ArchiveToc toc;
  TocEntry strings = an_entry(1, "STDSTRINGS", "SET standard_conforming_strings = 'off';\n");
  toc.entries = {strings, an_entry(2, "FUNCTION", "CREATE FUNCTION app.f() RETURNS integer\n    LANGUAGE plpgsql\n    AS '';\n")};
  CHECK(Entries(toc, {}).runner(toc.entries[1]) == Runner::owner);
}

TEST_CASE("a session belongs to the owners of everything that an entry connects, but not of parents, and quoted text connects nothing") {
  ArchiveToc toc;
  toc.entries = {an_entry(1, "TABLE", "CREATE TABLE app.parent ();", {}, "bob"),
                 an_entry(2, "TABLE", "CREATE TABLE app.child (\n)\nINHERITS (app.parent);", {1}),
                 an_entry(3, "TABLE", "CREATE TABLE app.t (\n    a text DEFAULT '\nINHERITS ('::text,\n    b app.parent\n);", {1}),
                 an_entry(4, "TABLE ATTACH", "ALTER TABLE ONLY app.parent ATTACH PARTITION app.t;", {1, 3}),
                 an_entry(5, "FK CONSTRAINT", "ALTER TABLE ONLY app.t ADD CONSTRAINT x;", {1, 3}),
                 an_entry(6, "STATISTICS", "CREATE STATISTICS app.s ON a, b FROM app.parent;", {1})};
  const Entries entries(toc, {});
  using Names = std::set<std::string>;
  CHECK(entries.owners(toc.entries[1]) == Names{"alice"});  // made under copies of its parents
  CHECK(entries.inherits_from_others(toc.entries[1]));
  CHECK(entries.owners(toc.entries[2]) == Names{"alice"});
  CHECK_FALSE(entries.inherits_from_others(toc.entries[2]));
  CHECK(entries.owners(toc.entries[3]) == Names{"alice", "bob"});
  CHECK(entries.owners(toc.entries[4]) == Names{"alice"});
  CHECK(entries.owners(toc.entries[5]) == Names{"bob"});
}

TEST_CASE("a CHECK and a trigger belong to the owners of their table and of all tables below it, which quoted names do not hide") {
  ArchiveToc toc;
  toc.entries = {an_entry(1, "TABLE", "CREATE TABLE app.it1 ();"),
                 an_entry(2, "TABLE", "CREATE TABLE app.it2 (\n)\nINHERITS (\"other\".x, \"app\".\"it1\");", {1, 8}, "bob"),
                 an_entry(3, "TABLE", "CREATE TABLE app.it3 ();", {}, "carol"),
                 an_entry(4, "TABLE ATTACH", "ALTER TABLE ONLY app.it2 ATTACH PARTITION app.it3;", {2, 3}, "carol"),
                 an_entry(5, "CHECK CONSTRAINT", "ALTER TABLE app.it1 ADD CONSTRAINT c CHECK (true) NOT VALID;", {1}),
                 an_entry(6, "TRIGGER", "CREATE TRIGGER t", {3, 1}, "carol"),
                 an_entry(7, "CHECK CONSTRAINT", "ALTER TABLE app.it8 ADD CONSTRAINT c CHECK (true) NOT VALID;", {8}, "dora"),
                 an_entry(8, "TABLE", "CREATE TABLE app.it8 ();", {}, "dora")};
  toc.entries[3].tag = "it3";
  toc.entries[4].tag = "it1 c";
  toc.entries[5].tag = "it3 t";
  toc.entries[6].tag = "it8 c";
  const Entries entries(toc, {});
  using Names = std::set<std::string>;
  CHECK(entries.owners(toc.entries[4]) == Names{"alice", "bob", "carol"});
  CHECK(entries.owners(toc.entries[5]) == Names{"carol"});
  CHECK(entries.owners(toc.entries[6]) == Names{"dora"});  // the second table only uses its type
}

TEST_CASE("a definition depends on the search path if it compares without naming an operator, or calls functions when it is made") {
  const auto depends = [](const char* desc, const char* sql) { return depends_on_search_path(an_entry(1, desc, sql)); };
  CHECK(depends("INDEX", "CREATE INDEX i ON app.t USING btree (app.f(a));"));
  for (const char* sql :
       {"a IS DISTINCT FROM b", "NULLIF(a, b)", "CASE a WHEN b THEN 1 END", "FROM (app.a JOIN app.b USING (k))", "a NATURAL JOIN b"}) {
    CAPTURE(sql);
    CHECK(depends("VIEW", sql));
  }
  CHECK_FALSE(depends("VIEW", "CREATE VIEW app.v AS SELECT 'NULLIF(' AS \" NATURAL \", ' DISTINCT FROM ' FROM app.t;"));
  CHECK_FALSE(depends("TABLE", "CREATE TABLE app.t (\n    a integer DEFAULT 1\n);"));
}

TEST_CASE("options that only a superuser may give are taken out of a function's definition, and nothing else is") {
  const std::string head = "CREATE FUNCTION app.f(a text DEFAULT ' LEAKPROOF'::text) RETURNS integer\n    LANGUAGE sql IMMUTABLE";
  const std::string body = "\n    BEGIN ATOMIC\n UPDATE t\n    SET a = 1 LEAKPROOF;\nEND;\n";
  std::string sql = head + " LEAKPROOF COST 5\n    SET \"a b\" TO 'x\n    AS '\n    SET work_mem TO '1MB'" + body;
  CHECK(take_superusers_options(sql) == " LEAKPROOF\n    SET \"a b\" TO 'x\n    AS '\n    SET work_mem TO '1MB'");
  CHECK(sql == head + " COST 5" + body);
  CHECK(take_superusers_options(sql).empty());
  CHECK(sql == head + " COST 5" + body);
}

TEST_CASE("entries are in their step: comments with their object, grants at the end, event triggers last") {
  ArchiveToc toc;
  const auto add = [&](int id, const char* desc, const char* tag, Section section) {
    toc.entries.push_back(an_entry(id, desc, "x"));
    toc.entries.back().tag = tag;
    toc.entries.back().section = section;
  };
  add(1, "ENCODING", "ENCODING", Section::pre_data);
  add(2, "DATABASE PROPERTIES", "shop", Section::pre_data);
  add(3, "FUNCTION", "f()", Section::pre_data);
  add(4, "ACL", "FUNCTION f()", Section::none);
  add(5, "TABLE", "t", Section::pre_data);
  add(6, "ACL", "TABLE t", Section::none);
  add(7, "COMMENT", "DATABASE shop", Section::none);
  add(8, "INDEX", "i", Section::post_data);
  add(9, "COMMENT", "INDEX i", Section::none);
  add(13, "ROW SECURITY", "t", Section::post_data);
  add(10, "EVENT TRIGGER", "e", Section::post_data);
  add(11, "COMMENT", "EVENT TRIGGER e", Section::none);
  add(12, "DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES", Section::post_data);
  const auto ids = [](const Entries& entries, Step step) {
    std::vector<int> found;
    for (const TocEntry* entry : entries.of(step)) found.push_back(entry->dump_id);
    return found;
  };
  const Entries all(toc, {});
  CHECK(ids(all, Step::pre_data) == std::vector{3, 4, 5});
  CHECK(ids(all, Step::post_data) == std::vector{8, 9});
  CHECK(ids(all, Step::security) == std::vector{13});
  CHECK(ids(all, Step::grants) == std::vector{4, 6, 12});
  CHECK(ids(all, Step::last) == std::vector{10, 11});
  CHECK(all.session_settings() == "x");
  CHECK(ids(Entries(toc, {5, 9}), Step::pre_data) == std::vector{5});
  CHECK(ids(Entries(toc, {5, 9}), Step::post_data) == std::vector{9});
}

TEST_CASE("an object's owner is changed by name or as its DROP statement names the object") {
  CHECK(owned_object(an_entry(1, "TABLE", "x")) == R"(TABLE "app"."it1")");
  TocEntry function = an_entry(1, "FUNCTION", "x");
  function.drop_statement = "DROP FUNCTION app.f(a integer, b text);\n";
  CHECK(owned_object(function) == "FUNCTION app.f(a integer, b text)");
  TocEntry schema = an_entry(1, "SCHEMA", "x");
  schema.schema.reset();
  CHECK(owned_object(schema) == R"(SCHEMA "it1")");
  CHECK_FALSE(owned_object(an_entry(1, "INDEX", "x")));
  CHECK_FALSE(owned_unknown(an_entry(1, "INDEX", "x")));
  CHECK_FALSE(owned_unknown(an_entry(1, "TABLE", "x")));
  CHECK(owned_unknown(an_entry(1, "PROPERTY GRAPH", "x")));
}

TEST_CASE("rights are granted before the rows and revoked after them, except those that everybody has") {
  TocEntry grants = an_entry(
      1, "ACL", "REVOKE ALL ON TABLE app.t FROM alice;\nGRANT SELECT ON TABLE app.t TO alice;\nGRANT ALL ON TABLE app.t TO bob;\n");
  grants.tag = "TABLE t";
  CHECK(early_grants(grants) == std::vector<std::string>{"GRANT SELECT ON TABLE app.t TO alice", "GRANT ALL ON TABLE app.t TO bob"});
  CHECK_FALSE(takes_back_at_once(grants));
  grants.tag = "FUNCTION f()";
  CHECK(takes_back_at_once(grants));
}

TEST_CASE("text in quotes and comments is no word of a statement") {
  CHECK(bare_text("a 'b''c' d") == "a    d");  // a doubled quote ends one run and begins another
  CHECK(bare_text("a \"b\"\"c\".d") == "a   .d");
  CHECK(bare_text("a $x$ b $x$ c -- d\ne /* f /* g */ */ h") == "a   c  \ne   h");
  CHECK(bare_text("E'\\'' x") == "E  x");
}
