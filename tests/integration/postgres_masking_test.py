"""A masked restore or export of a real schema: joins and unique keys hold, no raw value is anywhere in the files of the
restored cluster, and rules that do not fit are named before anything is written."""

import pathlib
import re

import harness
from branches import BRANCHES, OWNER, in_each_branch, make
from holdfast import FAILED, FAULT, OK, USAGE
from pg import PgServer
from postgres_case import PostgresCase

RULES = r"""
  {s}.person:
    columns:
      id: keep
      email: email
      login: pseudonym
      full name: name
      phone: {rule: phone, keep: 4}
      born: {rule: date_shift, by: id, days: 90}
      seen: {rule: date_shift, by: id}
      ssn: digits
      salary: {rule: fixed, value: 1.00}
      extra: {rule: json, paths: {$.mail: hash, $.deep.*.name: {rule: fixed, value: nobody}}}
      note: {rule: regex, pattern: 'RAW\w+', replacement: '[cut]'}
      key: pseudonym
      photo: null
  {s}.address: {columns: {id: keep, person: keep, street: {rule: truncate, length: 0}, zip: digits}}
  {s}.account: {columns: {number: digits, owner: email, opened: {rule: date_shift, by: number}}}
  {s}.transfer: {columns: {source: digits, target: digits}, others: keep}
  {s}.device: {columns: {key: pseudonym, name: hash}}
  {s}.session: {columns: {device: pseudonym, name: hash, ip: {rule: fixed, value: 0.0.0.0}}}
  {s}.boss: keep
  {s}.log: {columns: {day: keep, who: pseudonym, what: {rule: fixed, value: ""}}}
  {s}.audit: {rows: {drop_where: kind, matches: ^test$}, others: keep}
  {s}.kept: keep
"""
KEY = "a key of the masking test"
NOTE = "[cut]\t7\\ "  # what RULES leave of the note of row 7
ALL_RULES = in_each_branch(RULES)


# Parts of raw values that no masked one has: texts, and account numbers as text and as the bytes of an int8.
CANARIES = [re.compile(pattern, re.DOTALL) for pattern in (rb"RAW", rb"77000[0-3][0-9][0-9]", rb"880000000[0-3][0-9][0-9]", rb"10\.77\.", rb"123-45-1",
                                                           re.escape((880000000000).to_bytes(8, "big")[:6]), re.escape((880000000000).to_bytes(8, "little")[2:]))]


def raw_values(content):
    return [found.group() for canary in CANARIES if (found := canary.search(content))]


class Masking(PostgresCase):
    INIT = ("--layout", "plain", "--no-encryption")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_db("shop")
        make(cls.server, "shop", people=300, events=300)
        made = cls.holdfast("backup", cls.server.uri("shop"), "--json").expect(OK).json["backup"]
        cls.backup, cls.source = made["id"], made["sources"][0]["name"]
        cls.key = cls.write("key", KEY + "\n")

    @classmethod
    def write(cls, name, text):
        path = cls.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def mask(self, rules):
        return "--mask", self.write("rules.yaml", rules), "--mask-key-file", self.key

    def value(self, sql, db="copy", server=None):
        return (server or self.server).psql(sql, db=db)

    def test_raw_values_are_nowhere_in_the_restored_cluster(self):
        settings = {"log_statement": "all", "log_min_messages": "debug1", "log_min_error_statement": "debug1", "wal_level": "replica",
                    "default_statistics_target": "1000"}
        for case, rules, note in (("most columns", RULES, NOTE), ("an owner's", OWNER, "")):
            with self.subTest(case), PgServer(settings=settings) as target:
                report = self.holdfast("restore", self.backup, target.uri("copy"), "--json", *self.mask(in_each_branch(rules))).expect(OK).json["restore"]
                target.psql("ANALYZE; CHECKPOINT", db="copy")
                self.check_content(target, note)
                self.check_report(report)
                target.halt()
                self.check_files(target)

    def check_files(self, target):
        places = [path for path in pathlib.Path(target.data).rglob("*") if path.is_file()] + [pathlib.Path(target.log)]
        self.assertGreater(len(places), 500)
        self.server.psql("CHECKPOINT")
        source = b"".join(path.read_bytes() for path in (self.server.data / "base").rglob("*") if path.is_file())
        self.assertEqual(len(raw_values(source)), 5, "the search must find them where they are")
        for path in places:
            self.assertEqual(raw_values(path.read_bytes()), [], f"{path} has raw values")

    def check_content(self, target, note):
        tables = self.value("SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text IN ('north', 'south', 'west')",
                            server=target)
        self.assertGreaterEqual(int(tables), 30)
        self.assertEqual(self.value("SELECT count(*) FROM pg_constraint WHERE NOT convalidated", server=target), "0")
        keys = "SELECT count(*) FROM pg_constraint WHERE contype IN ('f', 'p', 'u')"
        self.assertEqual(self.value(keys, server=target), self.value(keys, db="shop"))
        for branch in BRANCHES:
            joined = (f"SELECT count(*) FROM {branch}.person p JOIN {branch}.account a ON a.owner = p.email JOIN {branch}.transfer t ON t.source = a.number "
                      f"JOIN {branch}.device d USING (key) JOIN {branch}.session s ON s.device = d.key AND s.name = d.name "
                      f"JOIN {branch}.log l ON l.who = p.login JOIN {branch}.boss b ON b.id = p.id")
            self.assertEqual(self.value(joined, server=target), self.value(joined, db="shop"))
            whole = f"SELECT count(DISTINCT email), count(DISTINCT login), count(DISTINCT ssn), count(DISTINCT key) FROM {branch}.person"
            self.assertEqual(self.value(whole, server=target), "300|300|300|300")
            kept = f"SELECT md5(string_agg(k::text, ',' ORDER BY id)) FROM {branch}.kept k"
            self.assertEqual(self.value(kept, server=target), self.value(kept, db="shop"))
            self.assertEqual(self.value(f"SELECT count(*) FROM {branch}.audit", server=target), "200")
            same = f"SELECT DISTINCT twice, photo IS NULL, extra -> 'deep', extra -> 'n', note FROM {branch}.person WHERE id = 7"
            self.assertEqual(self.value(same, server=target), '2.00|t|[{"name": "nobody"}]|1.50|' + note)

    def check_report(self, report):
        masked = {(item["table"], item["column"]): (item["rule"], item["values"]) for item in report["masked"]}
        self.assertEqual(masked["north.person", "email"], ("email", 300))
        self.assertEqual(masked["north.person", "photo"], ("null", 300))
        self.assertEqual(masked["west.log_1", "who"][0], "pseudonym")
        self.assertEqual([item["rows"] for item in report["dropped_rows"]], [100, 100, 100])
        self.assertEqual(report["left_out"], [])

    def test_an_export_is_masked_in_both_formats(self):
        for form in ("sql", "archive"):
            with self.subTest(form):
                file = self.folder / f"masked.{form}"
                self.holdfast("export", self.backup, "--format", form, "--output", file, *self.mask(ALL_RULES)).expect(OK)
                self.server.drop_db("copy")
                self.server.create_db("copy")
                self.addCleanup(self.server.drop_db, "copy")
                if form == "sql":
                    self.assertEqual(raw_values(file.read_bytes()), [])
                    self.server.run("psql", "-q", "-d", self.server.uri("copy"), "-f", str(file))
                else:
                    self.server.run("pg_restore", "-d", self.server.uri("copy"), str(file))
                self.check_content(self.server, NOTE)

    def test_the_same_key_gives_the_same_values_and_another_key_others(self):
        seen = []
        for key in (KEY, KEY, "another key of the masking test"):
            self.write("key", key + "\n")
            self.server.drop_db("copy")
            self.holdfast("restore", self.backup, self.server.uri("copy"), "--include", "north.person", *self.mask(ALL_RULES)).expect(OK)
            seen.append(self.value("SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM north.person p"))
        self.write("key", KEY + "\n")
        self.server.drop_db("copy")
        self.assertEqual(seen[0], seen[1])
        self.assertNotEqual(seen[0], seen[2])

    def test_rules_that_do_not_fit_are_named_before_anything_is_written(self):
        kept = "version: 1\ntables:\n"
        cases = {
            "  north.gone: keep\n": "table north.gone",
            "  north.person: {columns: {gone: null}}\n": "no such column",
            "  north.person: {columns: {born: email}}\n": "rule email can't be used for its type date",
            "  north.person: {columns: {twice: null}}\n": "it is generated",
            "  north.person: {columns: {login: null}}\n": "it can't be null",
            "  north.person: {columns: {email: email}}\n": "give both the same rule",
            "  north.person: {columns: {login: {rule: truncate, length: 3}}}\n": "person_login forbids that",
            "  north.person: {columns: {email: {rule: email, host: " + "a" * 70 + ".test}}}\n": "has room for 80",
            "  north.log: {columns: {day: {rule: fixed, value: 2020-01-02}}}\n": "into which partition",
            "  north.person: drop\n": "refer to it",
            "  north.kept: {columns: {label: hush}}\n": "unknown rule 'hush'",
        }
        for rules, fault in cases.items():
            with self.subTest(fault):
                result = self.holdfast("restore", self.backup, self.server.uri("copy"), *self.mask(kept + rules)).expect(FAILED, USAGE)
                self.assertIn(fault, result.error_line)
                self.assertNotIn("copy", self.server.databases())
        strict = ALL_RULES.replace("label", "").replace("  north.kept: keep\n", "")
        result = self.holdfast("restore", self.backup, self.server.uri("copy"), *self.mask(strict)).expect(FAILED, USAGE)
        self.assertIn("table north.kept: no rule names it", result.error_line)
        self.assertNotIn("copy", self.server.databases())

    def test_check_names_every_fault_and_restores_nothing(self):
        result = self.holdfast("mask", "check", self.backup, "--json", *self.mask(ALL_RULES)).expect(OK).json["mask"]
        self.assertEqual((result["ok"], result["faults"]), (True, []))
        rules = "version: 1\ntables:\n  north.person: {columns: {born: email, gone: hash}}\n  north.lost: keep\n"
        result = self.holdfast("mask", "check", self.backup, "--json", *self.mask(rules)).expect(FAULT).json["mask"]
        self.assertEqual([fault["object"] for fault in result["faults"]], ["column north.person.born", "column north.person.gone", "table north.lost"])
        self.assertIn("rules.yaml:3:34", result["faults"][0]["what"])

    def test_a_proposal_finds_what_is_personal_shows_no_value_and_fits(self):
        proposed = self.holdfast("mask", "suggest", self.backup).expect(OK).stdout
        self.assertNotIn("RAW", proposed)
        for line in ('"email": email', '"phone": phone', '"born": {rule: date_shift, by: ', '"ssn": digits', '"owner": email', '"login": pseudonym'):
            self.assertIn(line, proposed)
        self.holdfast("mask", "check", self.backup, *self.mask(proposed)).expect(OK)

    def test_a_restore_without_the_mask_is_not_resumed_with_it(self):
        self.server.create_db("copy")
        self.addCleanup(self.server.drop_db, "copy")
        self.server.psql(f"""CREATE SCHEMA holdfast_restore_incomplete; CREATE TABLE holdfast_restore_incomplete.loaded (entry text);
          CREATE TABLE holdfast_restore_incomplete.backup AS SELECT '{self.backup} {self.source}'::text AS name""", db="copy")
        result = self.holdfast("restore", self.backup, self.server.uri("copy"), "--resume", *self.mask(ALL_RULES)).expect(FAILED, USAGE)
        self.assertIn("with another mask", result.error_line)
        self.assertEqual(self.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'north'"), "0")

    def test_other_targets_and_other_keys_are_refused(self):
        result = self.holdfast("restore", self.backup, self.server.uri("copy"), "--mask-key-file", self.key).expect(USAGE, FAILED)
        self.assertIn("give --mask, too", result.error_line)
        short = self.write("short", "short\n")
        result = self.holdfast("restore", self.backup, self.server.uri("copy"), "--mask", self.write("rules.yaml", ALL_RULES), "--mask-key-file", short)
        self.assertIn("use at least 16", result.expect(USAGE, FAILED).error_line)
        self.assertNotIn("short", result.stdout)
        (self.folder / "tree").mkdir()
        tree = self.holdfast("backup", f"dir://{self.folder}/tree", "--json").expect(OK).json["backup"]["id"]
        result = self.holdfast("restore", tree, f"dir://{self.folder}/tree2", *self.mask(ALL_RULES)).expect(FAILED, USAGE)
        self.assertIn("can't mask values", result.error_line)
        self.assertFalse((self.folder / "tree2").exists())
        self.assertIn("can't mask values", self.holdfast("mask", "check", tree, *self.mask(ALL_RULES)).expect(FAILED, USAGE).error_line)


if __name__ == "__main__":
    harness.main()
