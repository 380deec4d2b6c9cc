"""A backup of several sources comes back through the command: each by its name, its URI or its number, or all at once. A
source that fails costs no other, and the result says whose failure it is."""

import pathlib
import shutil
import tempfile
import unittest

import harness
from holdfast import FAILED, FAULT, OK, USAGE, Holdfast
from pg import PgServer


class Sources(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfsrc."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.holdfast = Holdfast(self.folder / "repository")
        self.holdfast("init", "--no-encryption").expect(OK)

    def trees(self, *names):
        for name in names:
            (self.folder / name).mkdir(parents=True)
            (self.folder / name / "text").write_text(name)
        return [f"dir://{self.folder}/{name}" for name in names]

    def text(self, name):
        return (self.folder / name / "text").read_text()


class Trees(Sources):
    def test_a_source_is_named_by_name_uri_or_number(self):
        sources = self.trees("one/tree", "two/other")
        self.holdfast("backup", *sources).expect(OK)
        names = [source["name"] for source in self.holdfast("show", "latest", "--json").expect(OK).json["backup"]["sources"]]
        for number, (source, expected) in enumerate(zip(sources, ("one/tree", "two/other"))):
            for way, designation in (("number", number), ("uri", source), ("name", names[number])):
                with self.subTest(way, source=source):
                    self.holdfast("restore", "latest", f"dir://{self.folder}/r{number}{way}", "--source", str(designation)).expect(OK)
                    self.assertEqual(self.text(f"r{number}{way}"), expected)

    def test_without_a_source_the_error_lists_them(self):
        self.holdfast("backup", *self.trees("a", "b")).expect(OK)
        for designation in ((), ("--source", "c"), ("--source", "2"), ("--source", "-1")):
            with self.subTest(designation):
                done = self.holdfast("restore", "latest", f"dir://{self.folder}/new", *designation).expect(USAGE)
                self.assertRegex(done.stderr, r"0 .*a, 1 .*b")
                self.assertFalse((self.folder / "new").exists())

    def test_all_sources_go_to_as_many_targets_in_their_order(self):
        self.holdfast("backup", *self.trees("a", "b", "c")).expect(OK)
        targets = [f"dir://{self.folder}/r{n}" for n in range(3)]
        done = self.holdfast("restore", "latest", *targets, "--json").expect(OK).json
        self.assertEqual([self.text(f"r{n}") for n in range(3)], ["a", "b", "c"])
        self.assertEqual([sorted(each) for each in done["restores"]], [["restore", "source"]] * 3)

    def test_named_sources_go_to_targets_in_the_order_of_their_names(self):
        self.holdfast("backup", *self.trees("a", "b", "c")).expect(OK)
        self.holdfast("restore", "latest", f"dir://{self.folder}/rc", f"dir://{self.folder}/ra", "--source", "2", "--source", "0").expect(OK)
        self.assertEqual((self.text("rc"), self.text("ra")), ("c", "a"))

    def test_targets_without_their_sources_are_refused_before_anything_is_restored(self):
        self.holdfast("backup", *self.trees("a", "b", "c")).expect(OK)
        new = [f"dir://{self.folder}/r0", f"dir://{self.folder}/r1"]
        for arguments in (new, new + ["--source", "0"], new + ["--source", "0", "--source", "9"]):
            with self.subTest(arguments):
                self.holdfast("restore", "latest", *arguments).expect(USAGE)
                self.assertFalse((self.folder / "r0").exists())

    def test_one_failure_costs_no_other_and_the_exit_code_tells(self):
        self.holdfast("backup", *self.trees("a", "b", "c")).expect(OK)
        targets = [f"dir://{self.folder}/r0", f"dir://{self.folder}/a", f"dir://{self.folder}/r2"]
        done = self.holdfast("restore", "latest", *targets, "--json").expect(FAILED)
        self.assertEqual((self.text("r0"), self.text("r2")), ("a", "c"))
        self.assertRegex(done.stderr, "source 1: ")
        self.assertEqual(["error" in each for each in done.json["restores"]], [False, True, False])

    def test_a_proof_names_the_source_of_its_faults_and_does_not_record_one_of_several(self):
        self.holdfast("backup", *self.trees("a", "b")).expect(OK)
        self.holdfast("restore", "latest", f"dir://{self.folder}/ra", f"dir://{self.folder}/rb").expect(OK)
        self.holdfast("verify", "latest", "--level", "restore", "--restored", f"dir://{self.folder}/ra").expect(USAGE)
        self.holdfast("verify", "latest", "--level", "restore", "--restored", f"dir://{self.folder}/ra", "--source", "0").expect(OK)
        self.assertEqual(self.holdfast("show", "latest", "--json").expect(OK).json["backup"]["level"], "stored")
        (self.folder / "rb" / "text").write_text("B")
        self.holdfast("verify", "latest", "--level", "restore", "--restored", f"dir://{self.folder}/rb", "--source", "1").expect(FAULT)
        self.holdfast("verify", "latest", "--level", "restore").expect(OK)
        self.assertEqual(self.holdfast("show", "latest", "--json").expect(OK).json["backup"]["level"], "content-equal")

    def test_export_takes_the_name_too(self):
        self.holdfast("backup", "exec:echo one", "exec:echo two").expect(OK)
        name = self.holdfast("show", "latest", "--json").expect(OK).json["backup"]["sources"][1]["uri"]
        self.holdfast("export", "latest", "-o", self.folder / "out", "--source", name).expect(OK)
        self.assertEqual((self.folder / "out").read_text(), "two\n")


class Spelling(Sources):
    def test_options_before_the_command_are_answered_with_the_right_order(self):
        done = Holdfast()("-r", self.folder / "repository", "list").expect(USAGE)
        self.assertIn("options come after the command", done.stderr)

    def test_a_tilde_that_no_shell_replaced_is_refused(self):
        for path in ("~/b", "~", "~root/b", "file:~/b"):
            with self.subTest(path):
                done = Holdfast(path)("init", "--no-encryption", cwd=self.folder).expect(USAGE)
                self.assertIn("only a shell replaces '~'", done.stderr)
        self.assertEqual([each.name for each in self.folder.iterdir()], ["repository"])


class Databases(Sources):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.server = PgServer(tcp=True)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()

    def test_two_databases_come_back_and_are_proved_each(self):
        for db in ("shop", "stock"):
            self.server.create_db(db)
            self.server.psql(f"CREATE TABLE {db}_items AS SELECT generate_series(1, 100) n", db=db)
        self.holdfast("backup", self.server.uri("shop"), self.server.uri("stock")).expect(OK)
        self.holdfast("restore", "latest", self.server.uri("shop_r"), self.server.uri("stock_r")).expect(OK)
        self.assertEqual(self.server.psql("SELECT count(*) FROM stock_items", db="stock_r").strip(), "100")
        self.holdfast("restore", "latest", self.server.uri("alone"), "--source", "stock").expect(OK)
        self.assertEqual(self.server.psql("SELECT count(*) FROM stock_items", db="alone").strip(), "100")
        verify = ("verify", "latest", "--level", "restore", "--restored", self.server.uri("alone"))
        self.holdfast(*verify, "--source", "stock").expect(OK)
        done = self.holdfast(*verify, "--source", "shop").expect(FAULT)
        self.assertIn("shop_items", done.stdout)
        self.holdfast("verify", "latest", "--level", "restore").expect(OK)


if __name__ == "__main__":
    harness.main()
