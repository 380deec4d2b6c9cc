"""A repository that several users of one machine use: the members of a group, and root beside its owner."""

import os
import pathlib
import shutil
import tempfile
import unittest

import harness
import places
from holdfast import FAILED, OK, Holdfast

OWNER, MEMBER, STRANGER, GROUP, OWN_GROUP = 4712, 4713, 4714, 4711, 4720


@unittest.skipUnless(os.geteuid() == 0, "becoming other users needs root")
class SharedRepository(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfshared.", dir=places.memory_directory()))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)

    def run_as(self, user, repository, *arguments, umask=0o022):
        home = self.folder / f"home-{user}"
        if not home.exists():
            home.mkdir()
            os.chown(home, user, OWN_GROUP)
        holdfast = Holdfast(repository, environment={"HOME": str(home), "XDG_CACHE_HOME": str(home), "TMPDIR": str(home)})
        whose = {"user": user, "group": OWN_GROUP, "extra_groups": [GROUP] if user in (OWNER, MEMBER) else []} if user else {}
        return holdfast(*arguments, cwd=home, umask=umask, **whose)

    def make(self, name, mode, owner=OWNER):
        folder = self.folder / name
        folder.mkdir()
        os.chown(folder, owner, GROUP)
        folder.chmod(mode)
        return folder

    def everything(self, repository):
        return [repository, *repository.rglob("*")]

    def test_members_of_a_group_back_up_into_one_repository_whatever_their_umask(self):
        for layout in ("packed", "plain"):
            with self.subTest(layout):
                repository = self.make(layout, 0o2775) / "repository"
                self.run_as(OWNER, repository, "init", "--no-encryption", "--layout", layout, umask=0o002).expect(OK)
                for user, umask in ((OWNER, 0o077), (MEMBER, 0o022), (OWNER, 0o022), (MEMBER, 0o077)):
                    self.run_as(user, repository, "backup", "exec:seq 1 1000", umask=umask).expect(OK)
                for user in (OWNER, MEMBER):
                    self.assertEqual(len(self.run_as(user, repository, "list", "--json").expect(OK).json["backups"]), 4)
                self.run_as(MEMBER, repository, "expire", "--keep-last", "1").expect(OK)
                self.run_as(OWNER, repository, "gc", "--grace", "0s").expect(OK)
                self.run_as(OWNER, repository, "verify", "--level", "full").expect(OK)
                self.run_as(STRANGER, repository, "list").expect(FAILED)
                for path in self.everything(repository):
                    self.assertEqual(path.stat().st_gid, GROUP, path)
                    self.assertEqual(path.stat().st_mode & 0o7777, 0o2770 if path.is_dir() else 0o660, path)

    def test_a_private_repository_stays_private(self):
        repository = self.make("private", 0o755) / "repository"
        self.run_as(OWNER, repository, "init", "--no-encryption", umask=0).expect(OK)
        self.run_as(OWNER, repository, "backup", "exec:seq 1 1000", umask=0).expect(OK)
        for path in self.everything(repository):
            self.assertEqual(path.stat().st_mode & 0o7777, 0o700 if path.is_dir() else 0o600, path)

    def test_a_run_as_root_leaves_a_repository_to_its_owner(self):
        repository = self.make("owned", 0o755) / "repository"
        self.run_as(OWNER, repository, "init", "--no-encryption").expect(OK)
        self.run_as(OWNER, repository, "backup", "exec:seq 1 1000").expect(OK)
        self.run_as(0, repository, "backup", "exec:seq 1 2000").expect(OK)
        self.assertEqual(len(self.run_as(OWNER, repository, "list", "--json").expect(OK).json["backups"]), 2)
        self.run_as(OWNER, repository, "backup", "exec:seq 1 3000").expect(OK)
        self.run_as(0, repository, "expire", "--keep-last", "1").expect(OK)
        self.run_as(0, repository, "gc", "--grace", "0s").expect(OK)
        self.run_as(OWNER, repository, "gc", "--grace", "0s").expect(OK)
        self.run_as(OWNER, repository, "verify", "--level", "full").expect(OK)
        self.assertEqual({path.stat().st_uid for path in self.everything(repository)}, {OWNER})


if __name__ == "__main__":
    harness.main()
