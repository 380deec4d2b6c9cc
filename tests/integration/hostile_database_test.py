"""A restore or a proof of a backup runs code of the database's users: none of it gains more power than its owner had,
no program runs, no file is read. Each case (tests/support/hostile_cases.py) is first seen to succeed when stock
programs restore the same database as superuser.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness
import hostile
from budget import some
from hostile_cases import HOSTILE, LISTENING, MACHINE, MACHINE_ANSWERS, NEWER, QUERIES, USERS
from holdfast import FAILED, FAULT, OK, USAGE, WARNINGS, Holdfast
from pg import PgServer

ORDINARY = 65534
TARGET_ROLES = """
CREATE ROLE ordinary LOGIN CREATEDB PASSWORD 'ordinary'; CREATE ROLE builder LOGIN CREATEDB CREATEROLE PASSWORD 'builder';
"""
# Accepted effects of a role's own actions. victims_table: victim let mallory's function into his table, so anyone who
# loads it as its owner runs that with his rights, as each of his INSERTs did; nobody else's power is gained.
# event_login: the source itself ran them when somebody connected, so their changes are in the backup.
OF_THEIR_OWN = ("victims_table: victim", "event_login: victim", "event_login_always: victim")
# Whether anything was gained, asked on the server of the proof.
QUESTIONS = (hostile.ESCAPED, hostile.STOLEN, hostile.CHANGED)


def done(result):
    result.expect(OK, WARNINGS)


class HostileCase(unittest.TestCase):
    """One hostile database, its backup and the runs on that. All classes of one version share the servers."""

    maxDiff = None
    major = None
    database = None
    cases = ()
    answers = ()  # queries whose answers show what was gained
    everybody = True  # also runs holdfast as root, if possible
    servers = {}

    @classmethod
    def servers_of(cls, major):
        """The source and the target, started once."""
        if major not in cls.servers:
            source, target = PgServer(major), PgServer(major, tcp=True)
            for server in (source, target):
                unittest.addModuleCleanup(server.stop)
                server.start()
            source.psql(hostile.ROLES)
            target.psql(TARGET_ROLES)
            cls.servers[major] = source, target
        return cls.servers[major]

    @classmethod
    def setUpClass(cls):
        if cls.database is None:
            raise unittest.SkipTest("has no cases of its own")
        harness.require_postgres(cls.major)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfhost."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.canary = hostile.Canary(LISTENING)
        cls.addClassCleanup(cls.canary.close)
        cls.source, cls.target = cls.servers_of(cls.major)
        present = set(cls.source.psql("SELECT name FROM pg_available_extensions").split())
        cls.left_out = [case for case in cls.cases if case.extension and case.extension not in present]
        cls.cases = [case for case in cls.cases if case not in cls.left_out]
        hostile.plant(cls.source, cls.database, cls.cases, cls.canary)
        cls.canary.take()
        path = f"{cls.source.bin}:{cls.source.tools}:{os.environ['PATH']}"
        cls.holdfast = Holdfast(cls.folder / "repository", environment={**cls.canary.secrets(), "PATH": path})
        cls.holdfast("init").expect(OK)
        cls.holdfast("backup", cls.source.uri(cls.database)).expect(OK)
        cls.by_backup = cls.canary.take() | hostile.gained(cls.source, cls.database)
        cls.queries = cls.folder / "queries.sql"
        asked = [hostile.trigger(case, cls.canary) for case in cls.cases if case in QUERIES] + list(cls.answers)
        cls.queries.write_text(";\n".join(asked) + ";\n")

    def setUp(self):
        self.canary.take()
        hostile.sweep(self.target)
        self.log_begins = self.target.log.stat().st_size

    def uri(self, database="postgres", user=None):
        """Over TCP, because the server's socket is for its own user."""
        uri = self.target.uri(database, tcp=True)
        return uri.replace(f"postgres:{self.target.password}", f"{user}:{user}") if user else uri

    def users(self):
        """Options to run holdfast as each available system user; in a short run as one of them."""
        if os.geteuid() != 0:
            return {"ordinary": {}}
        ordinary = {"ordinary": {"user": ORDINARY, "group": ORDINARY, "extra_groups": []}}
        return dict(some({"root": {}, **ordinary}.items(), 1)) if self.everybody else ordinary

    def check_nothing_left(self, left):
        """Fails with the traces that were left, a line for each case."""
        cases = {}
        for case, what in sorted(line.split(": ") for line in left):
            cases.setdefault(case, []).append(what)
        if cases:
            self.fail(f"{len(cases)} got out:\n" + "\n".join(f"{case}: {', '.join(what)}" for case, what in cases.items()))

    def left(self, result, database):
        """The traces that a run of holdfast left anywhere, as 'case: trace'."""
        said = result.stdout + result.stderr + self.target.log.read_bytes()[self.log_begins:].decode(errors="replace")
        secrets = (*self.canary.secrets().values(), f"{self.canary.marker}-of-a-file")
        told = {"what was said: secret"} if any(secret in said for secret in secrets) else set()
        return told | self.canary.take() | hostile.named(result.stdout) | hostile.gained(self.target, database)

    def hold(self, *arguments, database=None, prepare=lambda: None, then=done, but=()):
        """Runs holdfast as each system user; it may leave only the traces `but`. `then` checks each result."""
        for name, options in self.users().items():
            with self.subTest(user=name):
                self.setUp()
                prepare()
                for path in (self.folder, *self.folder.rglob("*"), self.canary.secret):
                    os.chown(path, options.get("user", os.geteuid()), -1)
                result = self.holdfast(*arguments, **options, cwd="/")
                self.check_nothing_left(line for line in self.left(result, database)
                                        if not line.endswith(but) and line not in OF_THEIR_OWN)
                then(result)

    def proved(self, result):
        """The hostile database is proven like any other, whatever a query of somebody else returns."""
        result.expect(OK, WARNINGS, FAULT)
        proof = result.json["reports"][0]["proof"]
        others = [fault for fault in proof["faults"]  # see OF_THEIR_OWN: changes to victim's are found
                  if not fault["object"].startswith(('table "victim".', "FUNCTION victim."))]
        self.assertEqual((proof["level"] in ("content-equal", "restored"), others), (True, []))

    def restore_with_stock_programs(self):
        """Restores into the database "control", as superuser."""
        dump, roles = self.folder / "dump", self.source.run("pg_dumpall", "--roles-only", "--no-role-passwords", "-d", self.source.uri())
        self.source.run("pg_dump", "-Fc", "-f", dump, "-d", self.source.uri(self.database))
        self.target.run("psql", "-Xq", "-d", self.target.uri(), input=roles)
        self.target.create_db("control")
        subprocess.run([self.target.tools / "pg_restore", "-d", self.target.uri("control"), dump], capture_output=True, check=False)

    def check_live(self):
        """Every case, restored with stock programs by a superuser, leaves something."""
        for case in self.left_out:
            print(f"not tried: {case.name}, for there is no {case.extension} here")
        self.canary.secret.chmod(0o644)  # here the server may read it
        self.addCleanup(self.canary.secret.chmod, 0o600)
        self.restore_with_stock_programs()
        for case in self.cases:
            if case.trigger:
                self.target.psql(hostile.trigger(case, self.canary), db="control")
        alive = {line.split(": ")[0] for line in self.canary.take() | hostile.gained(self.target, "control")}
        self.assertEqual([case.name for case in self.cases if case.name not in alive], [], "cases that prove nothing")


class Hostile(HostileCase):
    """Code of users without any privilege, and superusers' objects that refer to it."""

    database, cases, answers = "hostile", HOSTILE, QUESTIONS

    def test_every_case_is_live_when_stock_programs_restore_it(self):
        self.check_live()

    def test_a_backup_runs_nothing(self):
        self.check_nothing_left(self.by_backup)

    def test_a_proof_on_a_scratch_server(self):
        self.hold("verify", "latest", "--level", "restore", "--queries", self.queries, "--json", then=self.proved)

    def test_a_proof_on_a_server_as_superuser(self):
        self.hold("verify", "latest", "--level", "restore", "--target", self.uri(), "--queries", self.queries, "--json", then=self.proved)

    def test_a_restore_as_superuser(self):
        self.hold("restore", "latest", self.uri("copy"), "--json", database="copy")

    def test_a_restore_without_owners_as_superuser(self):
        self.hold("restore", "latest", self.uri("copy"), "--no-owner", "--json", database="copy")

    def test_a_proof_and_queries_of_a_superuser_on_what_stock_programs_restored(self):
        def prepare():
            self.restore_with_stock_programs()
            hostile.make_honest(self.target, "control", self.cases)
            self.target.psql("ALTER DATABASE control SET search_path = public, pg_catalog")
            self.canary.take()
            self.log_begins = self.target.log.stat().st_size

        self.hold("verify", "latest", "--level", "restore", "--restored", self.uri("control"), "--queries", self.queries, "--json",
                  database="control", prepare=prepare, then=self.proved)

    def test_exports(self):
        for kind in ("sql", "archive"):
            with self.subTest(kind):
                self.hold("export", "latest", "-o", self.folder / f"exported.{kind}", "--format", kind, "--force")

    def test_a_client_that_runs_an_exported_script_runs_no_program_on_its_own_side(self):
        script = self.folder / "script.sql"
        self.holdfast("export", "latest", "-o", script).expect(OK)
        self.target.create_db("copy")
        client = [self.target.tools / "psql", "-Xq", "-d", self.uri("copy", "ordinary"), "-f", script]
        subprocess.run(client, capture_output=True, check=False)
        self.check_nothing_left(self.canary.take())


# A role that can't make roles restores everything as its own: then mallory's code and victim's objects have one owner.
MERGED = (": victim",)


class Unprivileged(HostileCase):
    """A database without objects that only a superuser can make, restored by others."""

    database, cases, everybody = "unprivileged", USERS, False

    def test_a_restore_as_an_ordinary_role(self):
        self.hold("restore", "latest", self.uri("copy", "ordinary"), "--no-owner", database="copy", but=MERGED)

    def test_a_restore_as_a_role_that_makes_roles(self):
        """This role has more rights than the owners, and no fence can limit it: only --untrusted is safe, because it
        refuses."""
        self.hold("restore", "latest", self.uri("copy", "builder"), "--no-owner", "--untrusted", database="copy", but=MERGED,
                  then=lambda result: self.assertIn("is untrusted", result.expect(FAILED, USAGE).stderr))


class Machine(HostileCase):
    """Code of the source's superusers: the verifying machine contains it."""

    database, cases, answers = "machine", MACHINE, MACHINE_ANSWERS

    def test_every_case_is_live_when_stock_programs_restore_it(self):
        self.check_live()

    def test_a_proof_on_a_scratch_server(self):
        self.hold("verify", "latest", "--level", "restore", "--queries", self.queries, "--json",
                  then=lambda result: result.expect(OK, WARNINGS, FAULT))


class Newer(HostileCase):
    """Code that newer servers evaluate."""

    major, database, cases, answers, everybody = 18, "newer", NEWER, QUESTIONS, False

    def test_every_case_is_live_when_stock_programs_restore_it(self):
        self.check_live()

    def test_a_proof_on_a_scratch_server(self):
        self.hold("verify", "latest", "--level", "restore", "--queries", self.queries, "--json", then=self.proved)

    def test_a_proof_on_a_server_as_superuser(self):
        self.hold("verify", "latest", "--level", "restore", "--target", self.uri(), "--json", then=self.proved)

    def test_a_restore_as_superuser(self):
        self.hold("restore", "latest", self.uri("copy"), "--json", database="copy")


if __name__ == "__main__":
    harness.main()
