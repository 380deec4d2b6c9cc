"""Options of drivers on the command line: they reach every call, help and docs list them, and a wrong one stops a call
before it begins."""

import os
import pathlib
import shutil
import tempfile
import unittest

import harness
import pg
from holdfast import FAILED, OK, USAGE, Holdfast, raw_key

KEY = raw_key()


class Listed(unittest.TestCase):
    holdfast = staticmethod(Holdfast())

    def test_help_lists_what_each_call_takes(self):
        takes = {"backup": ("bin_dir=TEXT", "globals=yes|no", "changed=warn|fail", "(default: warn)", "suffix=TEXT", 'argv=["TEXT",...]'),
                 "restore": ('argv=["TEXT",...]',), "verify": ("bin_dir=TEXT", 'argv=["TEXT",...]'), "export": ("bin_dir=TEXT",),
                 "doctor": ("bin_dir=TEXT", 'argv=["TEXT",...]')}
        every = {word for words in takes.values() for word in words}
        for command, words in takes.items():
            said = self.holdfast(command, "--help").expect(OK).stdout
            self.assertIn("--option", said)
            for word in every:
                with self.subTest(command=command, word=word):
                    (self.assertIn if word in words else self.assertNotIn)(word, said)

    def test_help_lists_what_storages_take(self):
        said = self.holdfast("init", "--help").expect(OK).stdout
        for word in ("quota=BYTES", "object_lock=governance|compliance", "part_size=BYTES", "(default: 8M)", "known_hosts=TEXT", "secret_access_key=TEXT"):
            self.assertIn(word, said)


class Streams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfdriver."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.holdfast = Holdfast(cls.folder / "r", key=KEY)
        cls.holdfast("init").expect(OK)
        cls.holdfast("backup", "exec:seq 1 10").expect(OK)

    def test_a_target_and_a_proof_take_their_command_as_a_list(self):
        copy = self.folder / "copy of it"
        argv = f'argv=["sh", "-c", "cat > \\"$1\\"", "sh", "{copy}"]'
        for call in (("restore", "latest", "exec:"), ("verify", "--level", "restore", "--target", "exec:")):
            with self.subTest(call[0]):
                self.holdfast(*call, "-o", argv).expect(OK)
                self.assertEqual(copy.read_text().split()[-1], "10")
                copy.unlink()

    def test_what_a_call_would_ignore_is_refused_before_it_begins(self):
        proof = self.folder / "touched"
        touch = f"exec:sh -c 'cat > {proof}'"
        out = self.folder / "out.sql"
        for call in (("backup", touch), ("restore", "latest", touch), ("verify", "--level", "restore", "--target", touch)):
            for option in ("no_such=1", "one_file_system=yes"):
                with self.subTest(call=call[0], option=option):
                    line = self.holdfast(*call, "-o", option).expect(USAGE).error_line
                    self.assertIn(f"exec has no option '{option.partition('=')[0]}'", line)
                    self.assertIn("(known: ", line)
                    self.assertFalse(proof.exists())
        self.assertIn("exec option suffix is for backup, not for restore", self.holdfast("restore", "latest", touch, "-o", "suffix=.x").expect(USAGE).error_line)
        self.assertIn("is for backup, not for export", self.holdfast("export", "latest", "-o", out, "--option", "suffix=.x").expect(USAGE).error_line)
        self.assertIn("is for backup, not for doctor", self.holdfast("doctor", "exec:cat", "-o", "suffix=.x").expect(USAGE).error_line)
        self.assertIn("name the source", self.holdfast("doctor", "-o", "bin_dir=/x").expect(USAGE).error_line)
        self.assertFalse(out.exists())
        for level in ("quick", "full"):
            self.assertIn("--level restore", self.holdfast("verify", "--level", level, "-o", 'argv=["cat"]').expect(USAGE).error_line)

    def test_a_value_that_is_not_of_its_type_is_named_with_what_is(self):
        for source, option, allowed in (("dir:///tmp", "changed=ignore", "warn or fail"), ("dir:///tmp", "one_file_system=maybe", "yes or no"),
                                        ("postgresql:///x", "globals=2", "yes or no"), ("exec:", "argv=ls", "a JSON array of strings")):
            with self.subTest(option):
                line = self.holdfast("backup", source, "-o", option).expect(USAGE).error_line
                name, _, value = option.partition("=")
                self.assertIn(f"option {name} takes {allowed}", line)
                self.assertIn(f"not '{value}'", line)


class Programs(unittest.TestCase):
    """`bin_dir` names the folder of PostgreSQL's programs, for each call that runs some."""

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfprograms."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        (cls.folder / "empty").mkdir()
        cls.server = pg.PgServer().__enter__()  # pylint: disable=unnecessary-dunder-call
        cls.addClassCleanup(cls.server.stop)
        cls.server.create_db("shop")
        cls.server.psql("CREATE TABLE t AS SELECT 1 AS a", db="shop")
        cls.holdfast = Holdfast(cls.folder / "r", key=KEY)
        cls.holdfast("init").expect(OK)
        cls.holdfast("backup", cls.server.uri("shop")).expect(OK)

    def option(self, folder):
        return f"bin_dir={self.folder / folder}"

    def test_no_other_folder_is_looked_at(self):
        out = self.folder / "out.sql"
        for call in (("backup", self.server.uri("shop"), "-o"), ("verify", "--level", "restore", "-o"), ("export", "latest", "-o", out, "--option")):
            with self.subTest(call[0]):
                self.assertIn(f"in {self.folder / 'empty'}", self.holdfast(*call, self.option("empty")).expect(FAILED).error_line)
        self.assertFalse(out.exists())

    def test_the_programs_there_are_those_that_run(self):
        tools, ran = self.folder / "tools", self.folder / "ran"
        tools.mkdir()
        for program in pathlib.Path(self.server.tools).iterdir():
            (tools / program.name).symlink_to(program)
        (tools / "pg_restore").unlink()
        (tools / "pg_restore").write_text(f'#!/bin/sh\necho "$@" >> {ran}\nexec {self.server.tools}/pg_restore "$@"\n')
        os.chmod(tools / "pg_restore", 0o755)
        self.holdfast("export", "latest", "-o", self.folder / "shop.sql", "--option", self.option("tools")).expect(OK)
        self.assertIn("--section=pre-data", ran.read_text())

    def test_doctor_looks_there(self):
        said = self.holdfast("doctor", self.server.uri("shop"), "-o", self.option("empty")).expect(FAILED).stdout
        self.assertIn(f"not found in {self.folder / 'empty'}", said)

    def test_a_restore_runs_none_and_says_so(self):
        for option in (self.option("empty"), "globals=no"):
            line = self.holdfast("restore", "latest", self.server.uri("copy"), "-o", option).expect(USAGE).error_line
            self.assertIn(f"postgresql option {option.partition('=')[0]} is for backup", line)
            self.assertIn("not for restore", line)


if __name__ == "__main__":
    harness.main()
