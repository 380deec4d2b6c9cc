#include "driver/postgres/text/sql_scanner.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "holdfast/error.hpp"

using namespace holdfast;
using postgres::SqlScanner;

namespace {

// Gives a text in pieces of so many bytes, so that each token crosses a boundary.
class PieceReader final : public Reader {
 public:
  PieceReader(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t got = std::min({piece_, out.size(), text_.size() - at_});
    std::ranges::copy(as_bytes(text_).subspan(at_, got), out.begin());
    at_ += got;
    return got;
  }

 private:
  std::string text_;
  std::size_t piece_, at_ = 0;
};

std::vector<std::string> statements(const std::string& sql, std::size_t piece) {
  PieceReader reader(sql, piece);
  SqlScanner scanner(reader);
  std::vector<std::string> found;
  for (SqlScanner::Piece next = scanner.next(); next.kind != SqlScanner::Kind::end; next = scanner.next()) found.push_back(next.text);
  return found;
}

void check(const std::string& sql, const std::vector<std::string>& expected) {
  for (const std::size_t piece : {1, 2, 7, 100000}) {
    CAPTURE(piece);
    CHECK(statements(sql, piece) == expected);
  }
}

}  // namespace

TEST_CASE("SQL text is cut at semicolons outside of quotes, comments and parentheses") {
  check("SELECT 1; ;\n\nSELECT 'a;''b'; SELECT \"x;y\"", {"SELECT 1", "SELECT 'a;''b'", "SELECT \"x;y\""});
  check("-- a;\nSELECT 1 -- b;\n+ 2; /* c; /* d; */ ; */ SELECT 3;", {"SELECT 1 \n+ 2", "SELECT 3"});
  check("SELECT E'\\';', e'\\\\'; SELECT 'it\\'; SELECT 2;", {"SELECT E'\\';', e'\\\\'", "SELECT 'it\\'", "SELECT 2"});
  check("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
        {"CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3"});
}

TEST_CASE("SQL text: dollar quotes end at their own tag") {
  check("DO $$a;b$$; DO $x$ $$;$y$; $x$; SELECT $1; SELECT a$b$;", {"DO $$a;b$$", "DO $x$ $$;$y$; $x$", "SELECT $1", "SELECT a$b$"});
}

TEST_CASE("SQL text: the body of an SQL function is one statement") {
  const std::string body = "create or replace function f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
  check(body + "; SELECT 3;", {body, "SELECT 3"});
  check("CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1; END; BEGIN; END;",
        {"CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1; END", "BEGIN", "END"});
  check("CREATE TABLE t (\"begin\" int); SELECT 1", {"CREATE TABLE t (\"begin\" int)", "SELECT 1"});
}

TEST_CASE("SQL text: commands of psql and the mark of pg_dump's end are told apart from statements") {
  const std::string sql = "\\restrict abc\nSELECT 1;\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n";
  for (const std::size_t piece : {1, 3, 100000}) {
    PieceReader reader(sql, piece);
    SqlScanner scanner(reader);
    const SqlScanner::Piece first = scanner.next();
    CHECK(first.kind == SqlScanner::Kind::backslash);
    CHECK(first.text == "\\restrict abc");
    const SqlScanner::Piece second = scanner.next();
    CHECK(second.line == 2);
    CHECK_FALSE(scanner.complete());
    CHECK(scanner.next().kind == SqlScanner::Kind::backslash);
    CHECK(scanner.next().kind == SqlScanner::Kind::end);
    CHECK(scanner.complete());
    CHECK(scanner.bytes() == sql.size());
  }
}

TEST_CASE("SQL text: the rows of a COPY pass unchanged, up to their end") {
  const std::string rows = "1\ta;b\n\\\\.\n\\N\tx\\.\n" + std::string(1000, 'x') + "\n";
  for (const std::size_t piece : {1, 2, 3, 5, 100000}) {
    CAPTURE(piece);
    PieceReader reader("COPY t FROM stdin;\n" + rows + "\\.\nSELECT 1;", piece);
    SqlScanner scanner(reader);
    scanner.next();
    std::string given;
    scanner.copy_data([&](ByteView data) { given += as_text(data); });
    CHECK(given == rows);
    const SqlScanner::Piece after = scanner.next();
    CHECK(after.text == "SELECT 1");
    CHECK(after.line == 7);
    PieceReader cut("COPY t FROM stdin;\n" + rows, piece);
    SqlScanner half(cut);
    half.next();
    CHECK_THROWS_AS(half.copy_data([](ByteView) {}), Error);
  }
}
