#include "driver/command/redact.hpp"

#include <doctest/doctest.h>

#include "base/words.hpp"

namespace hf = holdfast;

namespace {

std::string shown(const std::string& line) { return hf::quote_words(hf::redact_words(hf::split_words(line)).words); }

}  // namespace

TEST_CASE("no spelling of a password stays in a recorded command") {
  const std::string lines[] = {
      "pg_dump --password=hunter2 shop",
      "mysqldump --password hunter2 shop",
      "mysqldump -phunter2 shop",
      "/usr/bin/mariadb-dump -phunter2",
      "env PGPASSWORD=hunter2 pg_dump",
      "sh -c 'PGPASSWORD=hunter2 pg_dump | cat'",
      "sh -c 'PGPASSWORD=\"hunter2 hunter2\" pg_dump'",
      "pg_dump 'host=x password=hunter2 dbname=y'",
      "pg_dump \"host=x password='a hunter2' dbname=y\"",
      "pg_dump postgresql://me:hunter2@host/shop",
      "pg_dump postgresql://me:hunter2@@host/shop",
      "pg_dump 'postgresql://host/shop?user=me&password=hunter2'",
      "curl http://a:hunter2@b/ http://c:hunter2@d/",
      "aws AWS_SECRET_ACCESS_KEY=hunter2",
      "curl --token hunter2",
      "curl 'PassWord=hunter2'",
  };
  for (const std::string& line : lines) {
    CAPTURE(line);
    const std::string result = shown(line);
    CAPTURE(result);
    CHECK(result.find("hunter2") == std::string::npos);
    CHECK(result.find("***") != std::string::npos);
  }
}

TEST_CASE("a text that is no secret stays readable") {
  for (const std::string line : {"pg_dump -h db -p 5433 -d shop", "pg_dump postgresql://me@host:5432/shop", "mysqldump -p shop",
                                 "psql --no-password shop", "pg_dump --password --host=db"}) {
    CAPTURE(line);
    const auto redacted = hf::redact_words(hf::split_words(line));
    if (line.find("no-password") == std::string::npos) CHECK(hf::quote_words(redacted.words) == line);
  }
  CHECK(shown("pg_dump 'host=x password=a dbname=y'") == "pg_dump 'host=x password=*** dbname=y'");
}

TEST_CASE("a secret that a program echoes is removed from its message") {
  const auto redacted = hf::redact_words({"x", "--password=abc", "postgresql://u:abcdef@h/"});
  CHECK(hf::without_secrets("bad abcdef and abc", redacted.secrets) == "bad *** and ***");
}
