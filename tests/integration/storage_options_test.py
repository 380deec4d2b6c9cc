"""Options of every storage, with the command: read-only, a quota, a bandwidth limit, and a cold storage for old packs.
"""

import pathlib
import shutil
import tempfile
import unittest
import urllib.parse

import harness
from holdfast import FAILED, NO_SUCH, OK, USAGE, WARNINGS, Holdfast, raw_key

KEY = raw_key()
RANDOM = "exec:head -c {} /dev/urandom"


class Options(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfoptions."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.hot, self.cold = self.folder / "hot", self.folder / "cold"
        self.holdfast = Holdfast(self.hot, key=KEY)

    def packs(self, place):
        return sorted(path.name for path in (place / "packs").rglob("*") if path.is_file())

    def test_what_is_opened_read_only_can_be_read_and_not_changed(self):
        self.holdfast("init").expect(OK)
        self.holdfast("backup", "exec:seq 1 1000").expect(OK)
        self.holdfast("verify", "--level", "quick", "-O", "read_only=yes").expect(OK, WARNINGS)
        refused = self.holdfast("backup", "exec:seq 1 1001", "-O", "read_only=yes").expect(FAILED)
        self.assertIn("for reading only", refused.error_line)
        self.assertEqual(len(self.holdfast("list", "--json").expect(OK).json["backups"]), 1)

    def test_a_quota_refuses_what_would_not_fit_and_warns_before(self):
        self.holdfast("init").expect(OK)
        refused = self.holdfast("backup", RANDOM.format(2_000_000), "-O", "quota=1M").expect(FAILED)
        self.assertIn("quota of 1048576", refused.error_line)
        self.assertEqual(self.holdfast("list", "--json").expect(OK).json["backups"], [])
        warned = self.holdfast("backup", RANDOM.format(950_000), "-O", "quota=1M", "-O", "limit_up=1G", "-O", "limit_down=1G")
        self.assertIn("nearly full", warned.expect(WARNINGS).stderr)

    def test_nonsense_is_refused_before_anything_is_opened(self):
        for option in ("read_only=maybe", "quota=much", "quota=0", "limit_up=-1", "limit_down=1X", "cold.region=here"):
            with self.subTest(option):
                self.holdfast("init", "-O", option).expect(USAGE, FAILED)
                self.assertFalse(self.hot.exists())
        self.holdfast("tier").expect(FAILED, USAGE, NO_SUCH)

    def test_old_packs_move_to_the_cold_storage_and_restores_find_them_there(self):
        cold = ("-O", f"cold={self.cold}")
        self.holdfast("init", *cold).expect(OK)
        first = self.holdfast("backup", RANDOM.format(3_000_000), "--json", *cold).expect(OK).json["backup"]["id"]
        packs = self.packs(self.hot)
        self.assertEqual(self.holdfast("tier", "--json", *cold).expect(OK).json["moved_objects"], 0)  # none is old
        moved = self.holdfast("tier", "--age", "0h", "--json", *cold).expect(OK).json
        self.assertEqual((moved["moved_objects"], self.packs(self.hot), self.packs(self.cold)), (len(packs), [], packs))
        listed = self.holdfast("tier", "--list", "--json", *cold).expect(OK).json["cold"]
        self.assertEqual(sorted(pathlib.PurePosixPath(pack["name"]).name for pack in listed), packs)

        second = self.holdfast("backup", "exec:seq 1 200000", "--json", *cold).expect(OK).json["backup"]["id"]
        self.assertEqual(self.packs(self.cold), packs)  # new packs are hot
        self.holdfast("verify", "--level", "full", *cold).expect(OK)
        (self.cold / "packs").rename(self.cold / "frozen")
        lacking = self.holdfast("restore", first, "exec:sh -c 'cat >/dev/null'", *cold).expect(FAILED, NO_SUCH)
        self.assertTrue(any(pack in lacking.error_line for pack in packs), lacking.error_line)
        self.holdfast("restore", second, "exec:sh -c 'cat >/dev/null'", *cold).expect(OK)
        (self.cold / "frozen").rename(self.cold / "packs")
        self.holdfast("restore", first, "exec:sh -c 'cat >/dev/null'", *cold).expect(OK)

        self.holdfast("remove", first, *cold).expect(OK)
        for _ in range(2):
            self.holdfast("gc", "--grace", "0s", *cold).expect(OK)
        self.assertEqual(self.packs(self.cold), [])
        self.holdfast("verify", "--level", "full", *cold).expect(OK)

    def test_a_collector_that_is_not_told_of_the_cold_storage_harms_nothing_there(self):
        cold = ("-O", f"cold={self.cold}")
        self.holdfast("init", *cold).expect(OK)
        self.holdfast("backup", RANDOM.format(3_000_000), *cold).expect(OK)
        self.holdfast("tier", "--age", "0h", *cold).expect(OK)
        for _ in range(2):
            self.holdfast("gc", "--grace", "0s").expect(OK, WARNINGS, FAILED)
        self.holdfast("verify", "--level", "full", *cold).expect(OK)

    def test_copies_have_options_of_their_own_in_their_uris(self):
        uri = f"file://{self.hot}?cold={urllib.parse.quote(str(self.cold), safe='')}&quota=1G"
        copies = ("-r", self.folder / "other")
        holdfast = Holdfast(uri, key=KEY)
        holdfast("init", *copies).expect(OK)
        holdfast("backup", RANDOM.format(3_000_000), *copies).expect(OK)
        packs = self.packs(self.hot)
        holdfast("tier", "--age", "0h").expect(OK)
        self.assertEqual((self.packs(self.hot), self.packs(self.cold)), ([], packs))
        holdfast("verify", "--level", "full", *copies).expect(OK)
        holdfast("tier", *copies).expect(USAGE, FAILED)


if __name__ == "__main__":
    harness.main()
