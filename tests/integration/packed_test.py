"""A packed repository with the command: deduplication, removal and its undo, gc, copies, differences, keys, and kill -9
at any moment.

The moments are random; HOLDFAST_TEST_SEED repeats those of an earlier run, HOLDFAST_TEST_KILLS sets their number.
"""

import os
import pathlib
import random
import shutil
import signal
import tempfile
import time
import unittest

import harness
import pg
from budget import LONG
from holdfast import FAILED, FAULT, NO_SUCH, OK, USAGE, WARNINGS, WRONG_KEY, Holdfast, finish, raw_key

SEED = int(os.environ.get("HOLDFAST_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
KILLS = int(os.environ.get("HOLDFAST_TEST_KILLS") or (30 if LONG else 5))
KEY = raw_key()


def numbers(count):
    return f"exec:seq 1 {count}"


class PackedCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfpacked."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.repository = self.folder / "repository"
        self.holdfast = Holdfast(self.repository, key=KEY)
        self.holdfast("init").expect(OK)

    def backup(self, source=numbers(200000), *arguments):
        return self.holdfast("backup", source, "--json", *arguments).expect(OK).json["backup"]

    def ids(self):
        return [backup["id"] for backup in self.holdfast("list", "--json").expect(OK).json["backups"]]

    def stored(self):
        return sum(path.stat().st_size for path in self.repository.rglob("*") if path.is_file())

    def gc(self, *arguments):
        return self.holdfast("gc", "--json", *arguments).expect(OK).json

    def output(self, backup):
        return self.holdfast("export", backup, "-o", "-").expect(OK).stdout


class Commands(PackedCase):
    def test_what_is_there_is_not_stored_again(self):
        self.backup()
        first = self.stored()
        self.assertLess(self.backup()["stored_bytes"], 0.02 * first)
        self.backup(numbers(200001))
        self.assertEqual(self.output("latest").splitlines()[-1], "200001")

    def test_a_removed_backup_comes_back_until_gc_took_it(self):
        kept, gone = self.backup(numbers(10))["id"], self.backup()["id"]
        self.holdfast("remove", gone).expect(OK)
        self.assertEqual(self.ids(), [kept])
        self.holdfast("show", gone).expect(NO_SUCH)
        self.holdfast("remove", "--undo", gone).expect(OK)
        self.assertEqual(len(self.output(gone).splitlines()), 200000)
        self.holdfast("remove", gone).expect(OK)
        self.assertEqual(self.gc()["backups"], 0)  # it may still be brought back
        before = self.stored()
        self.assertGreater(self.gc("--grace", "0s", "--dry-run")["backups"], 0)
        self.assertEqual(self.stored(), before)
        self.gc("--grace", "0s")
        self.holdfast("remove", "--undo", gone).expect(FAILED)
        self.assertGreater(self.gc("--grace", "0s")["removed_bytes"], 0)
        self.assertLess(self.stored(), before)
        self.assertEqual(self.output(kept).splitlines()[-1], "10")
        self.holdfast("verify", "--level", "full").expect(OK)

    def test_copies_go_to_plain_and_back(self):
        made = self.backup(numbers(1000), "--tag", "env=prod")["id"]
        plain = Holdfast(self.folder / "plain", key=KEY)
        plain("init", "--layout", "plain").expect(OK)
        key = ["--to-key-file", KEY]
        copied = self.holdfast("copy", made, "--to", self.folder / "plain", *key, "--json").expect(OK).json["copies"][0]["backup"]
        self.assertEqual(copied["tags"], {"env": "prod"})
        self.assertEqual(plain("export", copied["id"], "-o", "-").expect(OK).stdout, self.output(made))
        back = plain("copy", "latest", "--to", self.repository, *key, "--json").expect(OK).json["copies"][0]["backup"]
        self.assertEqual(self.output(back["id"]), self.output(made))
        self.assertEqual(back["time"], copied["time"])
        self.holdfast("copy", made, "--to", self.folder / "nowhere", *key).expect(FAILED, NO_SUCH)

    def test_a_difference_is_shown(self):
        first, second = self.backup(numbers(10))["id"], self.backup(numbers(11))["id"]
        found = self.holdfast("diff", first, second, "--json").expect(OK).json
        self.assertEqual([len(found["added"]), len(found["removed"]), len(found["changed"]), found["unchanged"]], [0, 0, 1, 0])
        self.assertEqual(self.holdfast("diff", first, first, "--json").expect(OK).json["unchanged"], 1)

    def test_keys_come_and_go_and_data_stays_readable(self):
        made = self.backup(numbers(10))["id"]
        (self.folder / "second").write_text("another password\n")
        first = self.holdfast("key", "list", "--json").expect(OK).json["keys"][0]["id"]
        self.holdfast("key", "add", "--new-password-file", self.folder / "second").expect(OK)
        self.holdfast("key", "remove", first).expect(FAILED, USAGE)
        self.holdfast("key", "rotate").expect(OK)
        other = Holdfast(self.repository, "another password")
        later = other("backup", numbers(12), "--json").expect(OK).json["backup"]["id"]
        other("key", "remove", first).expect(OK)
        self.holdfast("list").expect(WRONG_KEY)
        self.assertEqual(other("export", made, "-o", "-").expect(OK).stdout.splitlines()[-1], "10")
        self.assertEqual(other("export", later, "-o", "-").expect(OK).stdout.splitlines()[-1], "12")

    def test_a_recovery_key_from_paper_opens_and_a_mistyped_one_is_told(self):
        made = self.holdfast("key", "add", "--recovery").expect(OK).stdout.split("\n\n")[0]
        paper = self.folder / "paper"
        paper.write_text(made.upper() + "\n")
        without = Holdfast(self.repository)
        without("list", "--key-file", paper).expect(OK)
        paper.write_text(("1" if made[0] == "0" else "0") + made[1:])
        self.assertIn("wrong digit", without("list", "--key-file", paper).expect(USAGE).error_line)

    def test_a_changed_byte_of_a_pack_is_a_fault_that_names_it(self):
        self.backup()
        pack = max(self.repository.glob("packs/*/*"), key=lambda path: path.stat().st_size)
        data = bytearray(pack.read_bytes())
        data[len(data) // 2] ^= 1
        pack.chmod(0o600)
        pack.write_bytes(data)
        self.assertIn(pack.name, self.holdfast("verify", "--level", "full").expect(FAULT).stdout)
        self.assertIn(pack.name, self.holdfast("export", "latest", "-o", "/dev/null", "--force").expect(FAILED, FAULT, USAGE).error_line)


    def test_a_lost_and_a_damaged_index_are_made_again(self):
        made = self.backup()["id"]
        self.backup(numbers(200001))
        nothing = {"indexed_packs": 0, "removed_segments": 0, "unreadable_packs": 0, "warnings": 0}
        self.assertEqual(self.holdfast("repair", "--json").expect(OK).json, nothing)
        lost, damaged = sorted(self.repository.glob("index/*"))
        lost.unlink()
        data = bytearray(damaged.read_bytes())
        data[-1] ^= 1
        damaged.chmod(0o600)
        damaged.write_bytes(data)
        self.holdfast("verify").expect(FAULT)
        self.holdfast("gc").expect(WARNINGS)
        done = self.holdfast("repair").expect(OK)
        self.assertEqual(done.stdout.splitlines(), ["the index names 2 packs again", "1 damaged index segment removed"])
        self.holdfast("verify", "--level", "full").expect(OK)
        self.gc()
        self.assertEqual(self.output(made).splitlines()[-1], "200000")

    def test_a_plain_repository_has_nothing_to_repair(self):
        plain = Holdfast(self.folder / "plain", key=KEY)
        plain("init", "--layout", "plain").expect(OK)
        self.assertIn("plain", plain("repair").expect(FAILED, USAGE).error_line)


class Growth(PackedCase):
    """The amount that later backups of a database add to the first one."""

    ROWS = 800000

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.server = pg.PgServer().__enter__()
        cls.addClassCleanup(cls.server.stop)
        cls.server.create_db("shop")
        cls.server.psql("CREATE TABLE orders (id int PRIMARY KEY, customer text, note text); CREATE TABLE items (id int, name text);"
                        f"INSERT INTO orders SELECT i, md5(i::text), md5((i + 1)::text) || md5((i + 2)::text) FROM generate_series(1, {cls.ROWS}) i;"
                        f"INSERT INTO items SELECT i, md5((-i)::text) FROM generate_series(1, {cls.ROWS // 2}) i", db="shop")

    def added(self):
        before = self.stored()
        self.holdfast("backup", self.server.uri("shop")).expect(OK)
        return self.stored() - before

    def test_later_backups_grow_with_what_changed(self):
        first = self.added()
        unchanged = self.added()
        shares = {}
        for percent, begin in ((1, 100000), (2, 200000), (4, 400000)):
            last = begin + self.ROWS * percent // 100 - 1
            self.server.psql(f"UPDATE orders SET note = md5(note) || md5(customer) WHERE id BETWEEN {begin} AND {last}", db="shop")
            shares[percent] = self.added() / first
        self.server.psql("UPDATE orders SET note = md5(note) || md5(customer) WHERE id % 100 = 7", db="shop")
        scattered = self.added() / first
        print(f"first {first / 1e6:.1f} MB; unchanged {unchanged / first:.3%}; of one table updated in one stretch "
              + ", ".join(f"{percent} %: {share:.2%}" for percent, share in shares.items())
              + f"; 1 % scattered over all of it: {scattered:.1%} ", end="", flush=True)
        self.assertLess(unchanged, 0.005 * first)
        # The old position of the rows, the new one, and a chunk around each end of both: 1 MiB of about 100, or up to 4
        # if the repository's secret cuts unluckily.
        for percent, share in shares.items():
            self.assertLess(share, 2 * percent / 100 + 0.1)
        self.holdfast("verify", "--level", "full").expect(OK)


class Killed(PackedCase):
    """kill -9 at random moments of all commands that write, in turn on the same repository."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfpacked."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.repository = self.folder / "repository"
        self.key = raw_key()
        self.holdfast = Holdfast(self.repository, key=self.key)
        self.holdfast("init").expect(OK)
        self.chance = random.Random(f"{SEED} packed")
        self.whole, self.removed = {}, {}  # number of lines of each

    def next_command(self, count):
        """A command, the number of lines in its new backup, and the backups that it may remove."""
        choices = [(["backup", numbers(count)], count, set()), (["gc", "--grace", "0s"], None, set()), (["key", "rotate"], None, set())]
        name = self.chance.choice(sorted(self.whole))
        choices.append((["copy", name, "--to", self.repository, "--to-key-file", self.key], self.whole[name], set()))
        if len(self.whole) > 3:
            choices.append((["remove", min(self.whole)], None, {min(self.whole)}))
        if self.removed:
            choices.append((["remove", "--undo", max(self.removed)], self.removed[max(self.removed)], set()))
        return self.chance.choice(choices)

    def assert_nothing_is_left_over(self):
        for _ in range(3):
            for path in self.repository.rglob("*"):
                os.utime(path, (time.time() - 48 * 3600,) * 2)
            self.gc()
        self.assertEqual(list((self.repository / "sessions").glob("*")), [])
        # Marks stay, and many are merged into few.
        self.assertLess(len(list((self.repository / "gc").glob("*"))), 32)

    def test_kill_9_at_any_moment_loses_nothing_and_needs_no_repair(self):
        print(f"seed {SEED} ", end="", flush=True)
        self.whole[self.backup(numbers(1000))["id"]] = 1000
        begun = time.monotonic()
        self.whole[self.backup(numbers(300000))["id"]] = 300000
        longest = time.monotonic() - begun
        killed = dict.fromkeys(("backup", "copy", "gc", "key", "remove"), 0)
        for number in range(KILLS):
            command, lines, going = self.next_command(300000 + self.chance.randrange(1000))
            process = self.holdfast.start(*command)
            time.sleep(self.chance.random() * 1.2 * longest)
            process.send_signal(signal.SIGKILL)
            result = finish(process)
            killed[command[0]] += result.exit == -signal.SIGKILL
            too_late = result.exit == FAILED and "--undo" in command
            self.assertTrue(too_late or result.exit in (-signal.SIGKILL, OK), f"kill {number} of {command[0]}: {result.stderr}")
            if too_late:
                self.removed.pop(command[-1])
            listed = set(self.ids())
            gone, made = set(self.whole) - listed, listed - set(self.whole)
            self.assertLessEqual(gone, going, f"kill {number} of {command[0]}")
            self.assertLessEqual(len(made), 0 if lines is None else 1, f"kill {number} of {command[0]}")
            self.removed.update({name: self.whole.pop(name) for name in gone})
            self.whole.update(dict.fromkeys(made, lines))  # committed before the signal arrived
            for name in made:
                self.removed.pop(name, None)
            if number % 10 == 9:
                self.holdfast("verify", "--level", "full").expect(OK)
        for name, count in self.whole.items():
            self.assertEqual(len(self.output(name).splitlines()), count)
        self.assert_nothing_is_left_over()
        self.holdfast("verify", "--level", "full").expect(OK)
        print(f"{KILLS} signals, killed {killed}, {len(self.whole)} backups there and whole ", end="", flush=True)


if __name__ == "__main__":
    harness.main()
