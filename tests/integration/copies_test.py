"""A repository on several storages: one pass over the source, one storage lost in the middle, repair, and each copy by
itself."""

import contextlib
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import time
import unittest

import harness
from faults import wait_until
from holdfast import FAILED, FAULT, NO_SUCH, OK, ROOT, USAGE, WARNINGS, Holdfast, finish, raw_key
from pg import PgServer
from s3 import S3Server
from servers import ServerError
from sshd import Sshd, SshdError

KEY = raw_key()
FOLDER_PROGRAM = ROOT / "examples" / "command_storage" / "folder.sh"
ROWS = 60_000  # rows of about 1 KiB, which do not compress
SCHEMA = f"""
CREATE TABLE big (id int PRIMARY KEY, filler text);
ALTER TABLE big ALTER filler SET STORAGE PLAIN;
INSERT INTO big SELECT n, (SELECT string_agg(md5(n || ':' || i), '') FROM generate_series(1, 30) i) FROM generate_series(1, {ROWS}) n;
CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small SELECT generate_series(1, 100);
"""


class CopiesCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfcopies."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def switched(self, name):
        """A storage over the folder `name` that is unavailable while the file `name`.down exists."""
        program = self.folder / f"{name}.sh"
        program.write_text(f'#!/bin/sh\n[ ! -e "{self.folder}/{name}.down" ] || {{ echo "it is gone" >&2; exit 1; }}\n'
                           f'exec "{FOLDER_PROGRAM}" "{self.folder}/{name}" "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return f"command:{program}"

    def holdfast(self, *storages, key=KEY):
        command = Holdfast(key=key)
        command.argv = lambda *arguments: [*Holdfast.argv(command, *arguments), *(word for storage in storages for word in ("-r", str(storage)))]
        return command

    def objects(self, name):
        """The objects of the folder, without those of the set."""
        root = self.folder / name
        files = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
        return {str(path): (root / path).read_bytes() for path in files if path.parts[0] not in (".replicas", ".tmp")}

    def down(self, name):
        (self.folder / f"{name}.down").touch()

    def up(self, name):
        (self.folder / f"{name}.down").unlink()

    def states(self, result):
        return [copy["state"] for copy in result.json["copies"]]


class DatabaseCase(CopiesCase):
    """With a server whose log has each statement."""

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.exit = contextlib.ExitStack()
        cls.addClassCleanup(cls.exit.close)
        cls.server = cls.exit.enter_context(PgServer(settings={"log_statement": "all"}))
        cls.server.create_db("shop")
        cls.server.psql(SCHEMA, db="shop")

    def check_each_alone(self, made, places):
        for number, place in enumerate(places):
            target = f"shop_{number}"
            self.server.create_db(target)
            self.holdfast(place)("restore", made, self.server.uri(target)).expect(OK)
            self.assertEqual(self.server.psql("SELECT count(*), count(DISTINCT filler) FROM big", db=target).split(), [f"{ROWS}|{ROWS}"])
            self.server.drop_db(target)


class Postgres(DatabaseCase):
    def copies_read(self, run):
        """The COPY statements that the server received while `run` ran, with the positions of their rows but without
        their connections."""
        before = len(self.server.log.read_text())
        run()
        said = self.server.log.read_text()[before:]
        return sorted(re.findall(r"statement: (COPY .*)", said))

    def test_one_pass_reads_the_source_once_however_many_storages_there_are(self):
        one, three = self.holdfast(self.folder / "one"), self.holdfast(*(self.folder / name for name in "abc"))
        for command in (one, three):
            command("init").expect(OK)
        alone = self.copies_read(lambda: one("backup", self.server.uri("shop")).expect(OK))
        together = self.copies_read(lambda: three("backup", self.server.uri("shop")).expect(OK))
        self.assertGreater(len(alone), 0)
        self.assertEqual(together, alone)
        self.assertEqual(self.objects("a"), self.objects("b"))
        self.assertEqual(self.objects("a"), self.objects("c"))

    def test_a_storage_that_dies_on_the_way_is_left_behind_and_repaired_without_the_database(self):
        storages = [self.folder / "a", self.switched("b"), self.folder / "c"]
        together = self.holdfast(*storages)
        together("init").expect(OK)
        together("backup", "exec:seq 1 1000").expect(OK)
        process = together.start("backup", self.server.uri("shop"), "--json", "-j", "1")
        wait_until(lambda: len(list((self.folder / "b" / "packs").glob("*/*"))) >= 2, pause=0.01)
        self.down("b")
        result = finish(process, timeout=120).expect(WARNINGS)
        made = result.json["backup"]["id"]
        self.assertIn("it is gone", result.stderr)
        self.assertNotIn(f"backups/{made}", self.objects("b"))
        self.assertIn(f"backups/{made}", self.objects("a"))
        self.assertEqual(self.objects("a"), self.objects("c"))
        verified = together("verify", made, "--level", "full").expect(WARNINGS)
        self.assertIn("unreachable", verified.stderr)

        self.up("b")
        listed = together("list", "--json").expect(WARNINGS)
        self.assertIn("behind", listed.stderr)
        self.assertEqual(len(listed.json["backups"]), 2)
        doctor = together("doctor", "--json").expect(WARNINGS).json["findings"]
        self.assertEqual([finding["state"] for finding in doctor if finding["what"].startswith("copy ")], ["ok", "warning", "ok"])
        repaired = together("repair", "--json").expect(OK)
        self.assertEqual(self.states(repaired), ["in sync"] * 3)
        self.assertGreater(repaired.json["copied_bytes"], 5_000_000)
        together("list").expect(OK)
        self.assertEqual(self.objects("a"), self.objects("b"))
        self.check_each_alone(made, [self.folder / name for name in "abc"])
        self.assertIn("PROVED", self.holdfast(self.folder / "a")("verify", made, "--level", "restore").expect(OK).stdout)


class Mixed(DatabaseCase):
    """One pass to a folder, a bucket and a server over SSH."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.sshd = cls.exit.enter_context(Sshd())
            cls.s3 = S3Server()
        except (SshdError, ServerError) as error:
            raise unittest.SkipTest(str(error)) from error
        cls.addClassCleanup(cls.s3.close)
        cls.s3.open()

    def setUp(self):
        super().setUp()
        self.environment = {"AWS_ACCESS_KEY_ID": self.s3.access_key, "AWS_SECRET_ACCESS_KEY": self.s3.secret_key,
                            "AWS_ENDPOINT_URL": self.s3.endpoint, "AWS_REGION": self.s3.region, "HOME": str(self.folder)}

    def holdfast(self, *storages):
        command = super().holdfast(*storages)
        command.environment.update(self.environment)
        return command

    def test_a_server_killed_on_the_way_is_behind_and_repaired_without_the_database(self):
        places = [self.folder / "a", f"s3://copy-{os.getpid()}/db", self.sshd.uri(self.folder / "c", timeout=10)]
        together = self.holdfast(*places)
        together("init").expect(OK)
        process = together.start("backup", self.server.uri("shop"), "--json", "-j", "1")
        wait_until(lambda: list((self.folder / "c" / "packs").glob("*/*")), pause=0.01)
        self.sshd.stop()
        try:
            result = finish(process, timeout=120).expect(WARNINGS)
            made = result.json["backup"]["id"]
            read = re.findall(r"statement: (COPY .*)", self.server.log.read_text())
            self.assertGreater(len(read), 0)
            self.assertEqual(len(read), len(set(read)), "what was read twice")
        finally:
            self.sshd.start()
        self.assertNotIn(f"backups/{made}", self.objects("c"))
        listed = together("list", "--json").expect(WARNINGS)
        self.assertIn("behind", listed.stderr)
        doctor = together("doctor", "--json").expect(WARNINGS).json["findings"]
        self.assertEqual([finding["state"] for finding in doctor if finding["what"].startswith("copy ")], ["ok", "ok", "warning"])

        self.server.halt()
        try:
            repaired = together("repair", "--json").expect(OK)
        finally:
            self.server.restart()
        self.assertEqual(self.states(repaired), ["in sync"] * 3)
        self.assertEqual(self.objects("a"), self.objects("c"))
        self.check_each_alone(made, [*places[:2], self.sshd.uri(self.folder / "c")])


class Command(CopiesCase):
    def test_below_the_quorum_a_backup_fails_and_is_not_there(self):
        together = self.holdfast(self.switched("a"), self.switched("b"), self.folder / "c")
        together("init").expect(OK)
        first = together("backup", "exec:seq 1 10", "--json").expect(OK).json["backup"]["id"]
        self.down("b")
        together("backup", "exec:seq 1 11", "--quorum", "3").expect(FAILED)
        self.down("a")
        failed = together("backup", "exec:seq 1 12").expect(FAILED)
        self.assertIn("only 1 of 3", failed.error_line)
        self.up("a"), self.up("b")
        ids = [backup["id"] for backup in together("list", "--json").expect(OK, WARNINGS).json["backups"]]
        self.assertEqual(ids, [first])
        together("backup", "exec:seq 1 10", "--quorum", "1").expect(USAGE)

    def test_a_removed_backup_and_its_packs_stay_away_when_a_storage_comes_back(self):
        together = self.holdfast(self.folder / "a", self.switched("b"), self.folder / "c")
        together("init").expect(OK)
        gone = together("backup", "exec:seq 1 200000", "--json").expect(OK).json["backup"]["id"]
        kept = together("backup", "exec:seq 1 10", "--json").expect(OK).json["backup"]["id"]
        self.down("b")
        together("remove", gone).expect(WARNINGS)
        for _ in range(2):
            together("gc", "--grace", "0s").expect(WARNINGS)
        self.up("b")
        self.assertIn(f"backups/{gone}", self.objects("b"))
        self.assertEqual([backup["id"] for backup in together("list", "--json").expect(WARNINGS).json["backups"]], [kept])
        self.assertGreater(together("repair", "--json").expect(OK).json["removed_objects"], 0)
        self.assertEqual(self.objects("a"), self.objects("b"))
        self.holdfast(self.switched("b"))("verify", "--level", "full").expect(OK)

    def test_a_copy_is_added_and_a_damaged_one_healed(self):
        first = self.holdfast(self.folder / "a")
        first("init").expect(OK)
        first("backup", "exec:seq 1 100000").expect(OK)
        together = self.holdfast(*(self.folder / name for name in "abc"))
        together("list").expect(FAILED, USAGE)
        self.assertEqual(self.states(together("repair", "--json").expect(OK)), ["in sync"] * 3)
        together("backup", "exec:seq 1 100001").expect(OK)
        pack = max((self.folder / "b" / "packs").glob("*/*"), key=lambda path: path.stat().st_size)
        whole = pack.read_bytes()
        pack.chmod(0o600)
        pack.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
        self.holdfast(self.folder / "b")("verify", "--level", "full").expect(FAULT)
        self.assertEqual(together("repair", "--every-byte", "--json").expect(OK).json["replaced_objects"], 1)
        self.assertEqual(pack.read_bytes(), whole)
        shutil.rmtree(self.folder / "c")
        lost = together("list", "--json").expect(WARNINGS)
        self.assertIn("unreachable", lost.stderr)
        left = self.holdfast(self.folder / "a", self.folder / "b")
        status = left("doctor", "--json").expect(WARNINGS).json["findings"]
        gone = next(finding["what"].split()[1] for finding in status if finding["detail"].startswith("missing"))
        left("repair", "--forget", gone).expect(OK)
        left("backup", "exec:seq 1 5").expect(OK)
        self.holdfast(self.folder / "a", self.folder / "nowhere")("backup", "exec:seq 1 6").expect(FAILED)

    def test_a_plain_repository_has_copies_too(self):
        together = self.holdfast(self.folder / "a", self.switched("b"), self.folder / "c", key=None)
        together("init", "--layout", "plain", "--no-encryption").expect(OK)
        self.down("b")
        together("backup", "exec:seq 1 300000").expect(WARNINGS)
        self.up("b")
        together("repair").expect(OK)
        self.assertEqual(self.objects("a"), self.objects("b"))
        alone = self.holdfast(self.folder / "c", key=None)
        self.assertEqual(alone("export", "latest", "-o", "-").expect(OK).stdout.splitlines()[-1], "300000")

    def test_doctor_tries_a_place_out_before_anything_is_there(self):
        (self.folder / "empty").mkdir()
        found = self.holdfast(self.folder / "empty")("doctor", "--json").expect(OK, WARNINGS).json["findings"]
        words = {finding["what"]: finding["state"] for finding in found if finding["of"].startswith("file://")}
        self.assertEqual(set(words), {"put", "create only", "create only, streams", "list", "read", "clock", "remove", "durable"})
        self.assertEqual(set(words.values()), {"ok"})
        self.assertEqual(self.objects("empty"), {})
        overwriting = self.folder / "bad.sh"
        overwriting.write_text(f'#!/bin/sh\n[ "$1" = commit ] && rm -f "{self.folder}/bad/$3"\nexec "{FOLDER_PROGRAM}" "{self.folder}/bad" "$@"\n')
        overwriting.chmod(0o700)
        found = self.holdfast(f"command:{overwriting}")("doctor", "--json").expect(FAILED).json["findings"]
        self.assertIn("missing", [finding["state"] for finding in found if finding["what"] == "create only"])
        self.holdfast(self.folder / "nowhere")("doctor").expect(NO_SUCH)


class OverSsh(CopiesCase):
    @classmethod
    def setUpClass(cls):
        cls.exit = contextlib.ExitStack()
        cls.addClassCleanup(cls.exit.close)
        try:
            cls.sshd = cls.exit.enter_context(Sshd())
        except SshdError as error:
            raise unittest.SkipTest(str(error)) from error

    def test_a_repository_over_sftp_is_backed_up_to_verified_and_read_in_place(self):
        remote = self.holdfast(self.sshd.uri(self.folder / "remote"))
        remote("init").expect(OK)
        remote("backup", "exec:seq 1 500000").expect(OK)
        remote("verify", "--level", "full").expect(OK)
        self.assertEqual(self.holdfast(self.folder / "remote")("export", "latest", "-o", "-").expect(OK).stdout.splitlines()[-1], "500000")
        self.assertEqual({finding["state"] for finding in remote("doctor", "--json").expect(OK, WARNINGS).json["findings"]
                          if finding["of"].startswith("sftp://")}, {"ok"})

    def test_a_server_with_another_host_key_gets_nothing(self):
        self.sshd.known_hosts("other")
        self.addCleanup(self.sshd.known_hosts, "host")
        refused = self.holdfast(self.sshd.uri(self.folder / "remote"))("init").expect(FAILED)
        self.assertIn("host key", refused.error_line)
        self.assertFalse((self.folder / "remote").exists())

    def test_a_server_killed_on_the_way_leaves_its_copy_behind(self):
        uri = self.sshd.uri(self.folder / "b", timeout=2)
        together = self.holdfast(self.folder / "a", uri, self.folder / "c")
        together("init").expect(OK)
        process = together.start("backup", "exec:sh -c 'seq 1 3000000; sleep 2; seq 1 4000000'", "--json")
        wait_until(lambda: list((self.folder / "b" / "sessions").glob("*")))
        self.sshd.stop()
        try:
            result = finish(process, timeout=120).expect(WARNINGS)
        finally:
            self.sshd.start()
        self.assertNotIn(f"backups/{result.json['backup']['id']}", self.objects("b"))
        together("repair").expect(OK)
        self.assertEqual(self.objects("a"), self.objects("b"))

    def test_a_program_over_ssh_is_a_storage(self):
        wrapper = self.folder / "ssh.sh"
        words = " ".join(f"'{word}'" for word in self.sshd.options())
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "ssh").write_text(f'#!/bin/sh\nexec /usr/bin/ssh {words} "$@"\n')
        (self.folder / "bin" / "ssh").chmod(0o700)
        wrapper.write_text(f'#!/bin/sh\nPATH="{self.folder}/bin:$PATH" exec "{FOLDER_PROGRAM.parent}/over_ssh.sh" 127.0.0.1 "{self.folder}/it\'s there" "$@"\n')
        wrapper.chmod(0o700)
        remote = self.holdfast(f"command:{wrapper}")
        remote("init").expect(OK)
        remote("backup", "exec:seq 1 1000").expect(OK)
        remote("verify", "--level", "full").expect(OK)
        self.assertTrue((self.folder / "it's there" / "format").exists())


if __name__ == "__main__":
    harness.main()
