"""This version lists, verifies, proves and restores repositories that earlier versions wrote
(tests/golden/repositories)."""

import pathlib
import shutil
import tarfile
import tempfile
import unittest

import harness
import pg
from holdfast import OK, ROOT, WARNINGS, Holdfast

ARCHIVES = sorted((ROOT / "tests/golden/repositories").glob("*.tar.xz"))
TABLES = ("part", "box")


class Golden(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfgolden."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def unpacked(self, archive):
        repository = self.folder / archive.name.removesuffix(".tar.xz")
        with tarfile.open(archive) as packed:
            packed.extractall(repository)
        return Holdfast(repository, "golden password" if "sealed" in archive.name else None)

    def for_each(self, check):
        self.assertGreaterEqual(len(ARCHIVES), 4)
        for archive in ARCHIVES:
            with self.subTest(archive.name):
                check(self.unpacked(archive), packed=archive.name.startswith("packed"))

    def test_keep_their_backups_and_what_is_known_of_them(self):
        def check(holdfast, packed):
            backups = holdfast("list", "--json").expect(OK).json["backups"]
            self.assertEqual(len(backups), 2 if packed else 4)
            self.assertEqual({backup["level"] for backup in backups} - {"stored"}, {"content-equal", "checksummed"})
            holdfast("verify", "--level", "full").expect(OK)
            holdfast("gc", "--grace", "0s").expect(OK)
            holdfast("gc", "--grace", "0s").expect(OK)
            holdfast("verify", "--level", "full").expect(OK)
        self.for_each(check)

    def test_bring_back_what_was_removed(self):
        def check(holdfast, packed):
            if not packed:
                return
            gone = next(name for name in self.removed(holdfast) if not self.is_final(holdfast, name))
            holdfast("remove", "--undo", gone).expect(OK)
            self.assertEqual(holdfast("export", gone, "-o", "-").expect(OK).stdout.splitlines()[-1], "7000")
        self.for_each(check)

    @staticmethod
    def removed(holdfast):
        return sorted({path.name.removesuffix(".final") for path in (pathlib.Path(holdfast.repository) / "removed").iterdir()})

    @staticmethod
    def is_final(holdfast, backup):
        return (pathlib.Path(holdfast.repository) / "removed" / (backup + ".final")).exists()

    def test_restore_and_prove(self):
        def check(holdfast, packed):
            backups = holdfast("list", "--json").expect(OK).json["backups"]
            database = next(backup["id"] for backup in backups if backup["tags"].get("kind") == "database")
            files = next(backup["id"] for backup in backups if len(backup["sources"]) == 2)
            proof = holdfast("verify", database, "--level", "restore", "--json").expect(OK, WARNINGS).json
            self.assertEqual(proof["reports"][0]["proof"]["level"], "content-equal")
            copy = Holdfast(self.folder / (pathlib.Path(holdfast.repository).name + "-copy"))
            copy("init", "--no-encryption").expect(OK)
            holdfast("copy", files, "--to", copy.repository).expect(OK)
            copy("verify", "--level", "full").expect(OK)
            self.assertEqual(len(copy("list", "--json").expect(OK).json["backups"][0]["sources"]), 2)
            holdfast("backup", "exec:echo new").expect(OK)
            with pg.PgServer() as server:
                holdfast("restore", database, server.uri("again")).expect(OK, WARNINGS)
                self.assertEqual([server.psql(f"SELECT count(*) FROM {table}", db="again") for table in TABLES], ["200", "50"])
        self.for_each(check)


if __name__ == "__main__":
    harness.main()
