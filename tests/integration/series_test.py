"""Backups of one source are one series, however its URI was spelt; those of two hosts or two servers are two. Retention,
`latest` and the list go by series."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness
from holdfast import FAILED, NO_SUCH, OK, USAGE, Holdfast
from pg import PgServer


def on_host(name, command):
    """The command as another machine would run it: with another host name."""
    return ["unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"', name, *map(str, command)]


class Series(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfser."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.holdfast = Holdfast(self.folder / "repository")
        self.holdfast("init", "--no-encryption").expect(OK)

    def backup(self, *arguments, environment=None):
        holdfast = Holdfast(self.folder / "repository", environment=environment)
        return holdfast("backup", *arguments, "--json").expect(OK).json["backup"]

    def removed(self, *rules):
        plan = self.holdfast("expire", *rules, "--dry-run", "--json").expect(OK).json
        return {decision["backup"] for decision in plan["decisions"] if decision["action"] == "remove"}

    def listed(self):
        return {backup["id"]: backup["series"] for backup in self.holdfast("list", "--json").expect(OK).json["backups"]}


class Servers(Series):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.one, cls.two = PgServer(tcp=True), PgServer(tcp=True)
        for server in (cls.one, cls.two):
            cls.addClassCleanup(server.stop)
            server.start()
            server.create_db("shop")

    def test_several_spellings_of_one_server_are_one_series_and_two_servers_are_two(self):
        tcp = self.one.uri("shop", tcp=True)
        spellings = [self.one.uri("shop"), tcp, tcp.replace("127.0.0.1", "localhost") + "?sslmode=disable&application_name=x"]
        made = [self.backup(uri) for uri in spellings]
        self.assertEqual(len({backup["series"] for backup in made}), 1, made)
        service = {"PGHOST": str(self.one.directory), "PGPORT": str(self.one.port), "PGUSER": "postgres"}
        made.append(self.backup("postgresql:///shop", environment=service))
        other = self.backup("postgresql:///shop", environment=service | {"PGHOST": str(self.two.directory), "PGPORT": str(self.two.port)})
        self.assertEqual(made[3]["series"], made[0]["series"])
        self.assertNotEqual(other["series"], made[0]["series"])
        self.assertEqual(self.removed("--keep-last", "1"), {backup["id"] for backup in made[:3]})
        self.assertEqual(self.removed("--keep-last", "1", "--group-by", "none"), {backup["id"] for backup in made})


class Sockets(Series):
    """Servers of one machine with the same port, whose sockets are in several folders."""

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.servers = PgServer(), PgServer()
        for server in cls.servers:
            cls.addClassCleanup(server.stop)
            server.start()
            server.psql("CREATE ROLE reader LOGIN; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
            server.psql("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC; CREATE TABLE t (i int)", db="template1")
            server.create_db("shop", template="template1")

    def test_they_are_two_series_also_for_a_role_that_may_not_read_the_system_identifier(self):
        for user in (None, "reader"):
            with self.subTest(user=user or "superuser"):
                if user:
                    for server in self.servers:
                        server.psql("GRANT SELECT ON t TO reader", db="shop")
                made = [self.backup(server.uri("shop", user=user), "-o", "globals=no") for server in self.servers]
                self.assertNotEqual(made[0]["series"], made[1]["series"])
        self.assertEqual(self.removed("--keep-last", "1"), set())
        self.assertIn("several series have a source 'shop'", self.holdfast("show", "latest:shop").expect(FAILED, USAGE).error_line)


class Hosts(Series):
    def setUp(self):
        super().setUp()
        self.tree = self.folder / "tree"
        self.tree.mkdir()
        (self.tree / "file").write_text("one")

    def elsewhere(self, *arguments):
        done = subprocess.run(on_host("elsewhere", self.holdfast.argv("backup", *arguments, "--json")), capture_output=True, text=True,
                              check=False, env=self.holdfast.environment)
        self.assertEqual(done.returncode, OK, done.stderr)

    def test_the_same_folder_and_command_on_two_hosts_are_two_series(self):
        if subprocess.run(on_host("elsewhere", ["true"]), capture_output=True, check=False).returncode != 0:
            self.skipTest("host names can't be changed here")
        for source in (f"dir://{self.tree}", "exec:echo hello"):
            self.backup(source)
            self.elsewhere(source)
        self.assertEqual(len(set(self.listed().values())), 4)
        self.assertIn(f"tree (elsewhere dir://{self.tree})", self.holdfast("list").expect(OK).stdout)
        self.assertEqual(self.removed("--keep-last", "1"), set())

    def test_a_name_makes_one_series_of_what_changes(self):
        old = self.backup("exec:echo 2026-01-01", "--series", "dates")
        new = self.backup("exec:echo 2026-01-02", "--tag", "series=dates")
        self.assertEqual((old["series"], new["series"]), ("dates", "dates"))
        self.assertEqual(self.removed("--keep-last", "1"), {old["id"]})
        self.holdfast("backup", "exec:true", "--series", "a", "--tag", "series=b").expect(USAGE)

    def test_latest_of_a_series_is_found_by_its_name_or_its_sources_name(self):
        files = self.backup(f"dir://{self.tree}")
        named = self.backup("exec:echo 1", "--series", "numbers")
        self.backup("exec:echo 0")
        for name, backup in (("tree", files), (files["series"], files), ("numbers", named)):
            self.assertEqual(self.holdfast("show", f"latest:{name}", "--json").expect(OK).json["backup"]["id"], backup["id"])
        self.assertIn("of series 'nothing'", self.holdfast("show", "latest:nothing").expect(NO_SUCH, FAILED).error_line)
        self.assertIn("numbers", self.holdfast("list").expect(OK).stdout)


if __name__ == "__main__":
    harness.main()
