"""Failing storage, damaged objects, wrong keys and targets that refuse: reported with the documented exit code, never
restored as if complete, and without harm to existing data.
"""

import contextlib
import json
import os
import random
import re
import resource
import shutil
import subprocess
import unittest

import faults
import harness
import pg
from faults import FaultCase
from holdfast import FAILED, FAULT, NO_SUCH, OK, USAGE, WARNINGS, WRONG_KEY, Holdfast

DATABASE = faults.SHOP + """
CREATE TABLE noise AS SELECT n, md5(n::text) || md5((n + 1)::text) AS text FROM generate_series(1, 40000) n;
"""


@contextlib.contextmanager
def small_disk(folder, size):
    """Mounts a file system of that many bytes on the folder; skips if we may not mount one."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "none", folder], capture_output=True, check=False)
    if mounted.returncode != 0:
        raise unittest.SkipTest("can't mount a small file system here: " + mounted.stderr.decode(errors="replace").strip())
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


class RepositoryCase(FaultCase):
    database = DATABASE

    def path(self, pattern):
        """The one object whose name matches."""
        found = [path for path in self.repository.rglob("*") if path.is_file() and re.search(pattern, str(path.relative_to(self.repository)))]
        self.assertTrue(found, f"no object {pattern}")
        return sorted(found)[0]

    def overwrite(self, path, data):
        path.chmod(0o644)
        path.write_bytes(data)


class Full(RepositoryCase):
    def test_a_full_disk_fails_the_backup_at_whatever_byte(self):
        kept = self.folder / "kept"
        self.repository.rename(kept)
        files = [path for path in kept.rglob("*") if path.is_file()]
        pages = sum(-(-path.stat().st_size // 4096) for path in files)
        size = sum(path.stat().st_size for path in files if path.parent.name != "reserve")
        for share in (0.02, 0.2, 0.5, 0.9):
            with self.subTest(share=share):
                self.repository.mkdir()
                with small_disk(self.repository, 4096 * pages + int(share * size)):
                    shutil.copytree(kept, self.repository, dirs_exist_ok=True)
                    self.before = self.files()
                    self.expect_without_proof(self.run_it("backup", self.server.uri("shop")), "No space left on device")
                self.repository.rmdir()

    def expect_without_proof(self, result, *words):
        """Like expect_failure, if the disk has no space for the record of the successful check."""
        result.expect(FAILED)
        self.assertRegex(result.stderr, r"\Aholdfast: [^\n]+\n\Z")
        for word in words:
            self.assertIn(word, result.stderr)
        self.assert_no_traces()
        self.assertEqual(self.files(), self.before)
        self.assertEqual(self.ids(), self.earlier)
        self.holdfast("verify", "--level", "full", "--key-file", self.key).expect(OK, WARNINGS)

    def test_a_file_that_may_not_grow_fails_the_backup(self):
        for limit in (0, 1000, 30_000, 400_000):
            with self.subTest(limit=limit):
                result = self.run_it("backup", self.server.uri("shop"),
                                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
                self.expect_failure(result, FAILED, "File too large")

    def test_a_repository_that_may_not_be_written_fails_the_backup_and_serves_the_rest(self):
        mounted = subprocess.run(["mount", "--bind", self.repository, self.repository], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("can't mount here")
        self.addCleanup(subprocess.run, ["umount", self.repository], check=False)
        subprocess.run(["mount", "-o", "remount,ro,bind", self.repository], check=True)
        for arguments in (("backup", self.server.uri("shop")), ("remove", self.earlier[0])):
            result = self.run_it(*arguments).expect(FAILED)
            self.assertRegex(result.stderr, r"\Aholdfast: [^\n]+Read-only file system\n\Z")
            self.assert_no_traces()
        self.assertEqual(self.ids(), self.earlier)
        self.run_it("verify", "--level", "full").expect(WARNINGS)
        self.run_it("restore", "latest", self.server.uri("copy")).expect(OK)
        self.server.drop_db("copy")


def flip(data, chance):
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1:]


def shorten(data, chance):
    return data[:chance.randrange(len(data))]


class Damage(RepositoryCase):
    """Every kind of object, every kind of damage: found at level full, and refused where the object is needed."""

    KINDS = {"format": r"^format$", "key slot": r"^keys/", "manifest": r"manifest\.json\.enc$", "rows": r"entries/.*\.zst\.enc$",
             "RESTORE.txt": r"RESTORE\.txt$", "restore.sh": r"restore\.sh\.enc$", "proof record": r"^proofs/"}

    def setUp(self):
        super().setUp()
        self.chance = random.Random(20)
        self.holdfast("verify", "--level", "full", "--key-file", self.key).expect(OK)
        self.before = self.files()

    def cases(self):
        """(kind, damage, object name), with the object damaged; repairs the repository afterwards."""
        for kind, pattern in self.KINDS.items():
            path = self.path(pattern)
            whole = path.read_bytes()
            other = self.other(path)
            for damage, data in (("a flipped bit", flip(whole, self.chance)), ("truncated", shorten(whole, self.chance)),
                                 ("grown", whole + b"\0"), ("swapped", other), ("missing", None)):
                path.unlink() if data is None else self.overwrite(path, data)
                yield kind, damage, str(path.relative_to(self.repository))
                path.parent.mkdir(exist_ok=True)
                self.overwrite(path, whole) if path.exists() else path.write_bytes(whole)
                for extra in set(self.files()) - set(self.before):
                    (self.repository / extra).unlink()

    def other(self, path):
        """The bytes of a neighbouring object: complete, but in the wrong place."""
        near = [one for one in sorted(path.parent.rglob("*")) if one.is_file() and one != path and one.suffix == path.suffix]
        near += [one for one in sorted(self.repository.rglob("*")) if one.is_file() and one != path]
        return near[0].read_bytes()

    def test_all_of_it_is_found_and_named(self):
        for kind, damage, name in self.cases():
            if kind == "proof record" and damage == "missing":
                continue  # nothing shows that there was one: the backup counts as unproven, which is true
            with self.subTest(kind=kind, damage=damage):
                result = self.run_it("verify", "--level", "full")
                if kind == "format" and damage == "missing":
                    result.expect(NO_SUCH)  # this object makes a folder a repository
                else:
                    result.expect(FAULT)
                    self.assertRegex(result.stdout, "(?m)^FAULT .*" + ("keys/" if kind == "key slot" else re.escape(name)))
                    self.assertNotRegex(result.stderr, "(?m)^holdfast: (?!warning: )")
                if kind == "manifest" and damage != "missing":
                    self.assertIn(name, self.run_it("verify", self.earlier[0]).expect(FAULT).stdout)
                self.assert_no_secrets(result)
                self.assert_no_traces()

    def test_none_of_it_is_restored(self):
        for kind, damage, _ in self.cases():
            with self.subTest(kind=kind, damage=damage):
                result = self.run_it("restore", self.earlier[0], self.server.uri("copy"))
                if kind in ("RESTORE.txt", "restore.sh", "proof record"):
                    result.expect(OK, WARNINGS)  # not needed for a restore
                    self.server.drop_db("copy")
                else:
                    result.expect(NO_SUCH if damage == "missing" and kind in ("format", "manifest") else FAILED)
                    self.assertRegex(result.stderr, r"\Aholdfast: [^\n]+\n\Z")
                self.assert_no_traces()  # no database either

    def test_every_entry_counts(self):
        shown = self.holdfast("show", "latest", "--json", "--key-file", self.key).expect(OK).json
        for entry in shown["entries"]:
            path = self.repository / entry["object"]
            whole = path.read_bytes()
            self.overwrite(path, flip(whole, self.chance))
            with self.subTest(entry["name"]):
                self.assertIn(entry["object"], self.run_it("verify", self.earlier[0], "--level", "full").expect(FAULT).stdout)
                if entry["name"] != "finish.sql":  # only stock tools need it, a restore does not
                    result = self.run_it("restore", "latest", self.server.uri("copy")).expect(FAILED)
                    self.assertIn(path.name, result.error_line)
                    self.assert_no_traces()  # no database either
            self.overwrite(path, whole)

    def test_a_damaged_restore_into_a_database_that_was_there_says_so_in_it(self):
        rows = max((self.repository / self.earlier[0] / "entries").iterdir(), key=lambda path: path.stat().st_size)
        whole = rows.read_bytes()
        self.overwrite(rows, whole[:-1000] + bytes(1000))
        self.server.create_db("copy")
        self.addCleanup(self.server.drop_db, "copy")
        result = self.run_it("restore", "latest", self.server.uri("copy")).expect(FAILED)
        self.assertIn("noise", result.error_line)
        self.assertEqual(self.server.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'holdfast_restore_incomplete'", db="copy"), "1")
        self.assertEqual(self.server.psql("SELECT count(*) FROM noise", db="copy"), "0")

    def test_a_backup_that_lost_its_manifest_is_found(self):
        manifest = self.path(self.KINDS["manifest"])
        manifest.unlink()
        self.assertEqual(self.ids(), [])
        result = self.run_it("verify", "--level", "full").expect(FAULT)
        self.assertIn("manifest", result.stdout)


class Opening(FaultCase):
    def test_keys_that_do_not_fit(self):
        wrong = self.folder / "wrong"
        wrong.write_bytes(os.urandom(32))
        for command in (["list"], ["backup", self.server.uri("shop")], ["verify"], ["restore", "latest", self.server.uri("copy")],
                        ["expire", "--keep-last", "1"], ["export", "latest", "-o", str(self.folder / "x")], ["show", "latest"]):
            with self.subTest(command):
                result = self.holdfast(*command, "--key-file", wrong)
                result.expect(WRONG_KEY)
                self.assertRegex(result.stderr, r"\Aholdfast: [^\n]+\n\Z")
        secret = "tr0ub4dor"
        result = Holdfast(self.repository, secret)("list").expect(WRONG_KEY)
        self.assertNotIn(secret, result.stdout + result.stderr)
        self.assert_unharmed()

    def test_places_that_are_no_repository(self):
        for place in (self.folder / "none", self.temporary, f"file://{self.folder}/none"):
            with self.subTest(place):
                for command in (["list"], ["backup", self.server.uri("shop")], ["verify"]):
                    result = Holdfast(place)(*command, "--key-file", self.key).expect(NO_SUCH)
                    self.assertRegex(result.stderr, r"\Aholdfast: [^\n]+\n\Z")
        self.assertFalse((self.folder / "none").exists())
        self.assert_unharmed()

    def test_schemes_and_options_nobody_knows(self):
        result = Holdfast("gopher://x/y")("list").expect(USAGE)
        self.assertIn("gopher", result.error_line)
        for arguments in (["backup", "gopher://x"], ["restore", "latest", "gopher://x"], ["list", "--nosuch"], ["verify", "--level", "x"],
                          ["backup", self.server.uri("shop"), "-o", "nosuch=1"], ["restore", "latest", "postgresql:///x?nosuch=1"]):
            with self.subTest(arguments):
                self.expect_failure(self.run_it(*arguments), USAGE)
        self.expect_failure(self.run_it("restore", "nosuch", self.server.uri("copy")), NO_SUCH, "nosuch")


class Targets(FaultCase):
    database = DATABASE + "CREATE ROLE weak LOGIN;"

    def setUp(self):
        super().setUp()
        self.addCleanup(self.server.drop_db, "copy")

    def restore(self, uri, *arguments):
        return self.run_it("restore", "latest", uri, *arguments)

    def marked(self):
        return self.server.psql("SELECT count(*) FROM pg_namespace WHERE nspname = 'holdfast_restore_incomplete'", db="copy") == "1"

    def test_one_that_is_not_empty_is_left_as_it_is(self):
        for sql, what in (("CREATE TABLE mine (x int)", "mine"), ('CREATE TABLE "we\nird %s" ()', "we"), ("CREATE SCHEMA other", "other"),
                          ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "f()"), ("CREATE TYPE mood AS ENUM ()", "mood")):
            with self.subTest(sql):
                self.server.create_db("copy")
                self.server.psql(sql, db="copy")
                before = self.server.dump_schema("copy")
                self.databases = self.server.databases()
                self.expect_failure(self.restore(self.server.uri("copy")), FAILED, '"copy" is not empty', what)
                self.assertEqual(self.server.dump_schema("copy"), before)
                self.server.drop_db("copy")

    def test_one_without_the_right_to_create_databases(self):
        self.expect_failure(self.restore(self.server.uri("copy", user="weak")), FAILED, "copy", "permission denied to create database")
        self.expect_failure(self.run_it("verify", "--level", "restore", "--target", self.server.uri("postgres", user="weak")), FAILED,
                            "permission denied to create database")

    def test_one_without_the_right_to_create_anything_in_it(self):
        self.server.create_db("copy")
        self.databases = self.server.databases()
        self.expect_failure(self.restore(self.server.uri("copy", user="weak")), FAILED, "copy", "permission denied")
        self.assertEqual(self.server.psql("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^holdfast'", db="copy"), "0")

    def test_one_whose_disk_is_full_is_marked(self):
        disk = self.base / "disk"
        disk.mkdir()
        with small_disk(disk, "32m"):
            space = disk / "space"
            space.mkdir()
            if user := pg.unprivileged_user():
                os.chown(space, *user)
            self.server.psql(f"CREATE TABLESPACE small LOCATION '{space}'")
            try:
                self.server.psql("CREATE DATABASE copy TEMPLATE template0 TABLESPACE small")
                self.databases = self.server.databases()
                free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
                (disk / "ballast").write_bytes(bytes(free - (2 << 20)))
                self.expect_failure(self.restore(self.server.uri("copy"), "-j", "1"), FAILED, "noise", "No space left on device")  # the largest table first
                self.assertTrue(self.marked())
            finally:
                self.server.drop_db("copy")
                self.server.psql("DROP TABLESPACE small")

    def test_one_that_dies_half_way_fails_the_restore(self):
        process = self.start("restore", "latest", self.server.uri("copy"), "--json", "-v")
        while "restoring rows" not in process.stderr.readline():
            self.assertIsNone(process.poll())
        self.server.restart()
        result = self.finish(process).expect(FAILED)
        self.assertIn(json.loads(result.stdout)["error"]["code"], ("network", "target"))
        self.assertEqual(self.files(), self.before)
        self.assert_earlier_whole()


if __name__ == "__main__":
    harness.main()
