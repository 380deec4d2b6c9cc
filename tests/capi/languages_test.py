"""The examples in other languages build against the C interface and work, each if its tools are available."""

import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

import c_headers
import harness
import languages
import servers
from budget import LONG
from languages import built, need

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings"))
import generate  # noqa: E402 - beside what it makes

LIBRARY = pathlib.Path(os.environ.get("HOLDFAST_CAPI", ""))
NODE = ROOT / "bindings" / "node"
SOURCE = "exec:seq 1 200000"


class Languages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not LIBRARY.is_file():
            raise unittest.SkipTest("no library")
        if harness.sanitized(LIBRARY):
            raise unittest.SkipTest("a sanitizer's library can't be loaded by another runtime")

    def setUp(self):
        self.tools = languages.Languages(LIBRARY)
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="hflang."))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)

    def check(self, *program, **environment):
        """Backs up, lists and verifies; then fails as expected because the repository exists already."""
        arguments = (self.place / "repository", "secret password", SOURCE)
        done = self.tools.run(*program, *arguments, **environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertRegex(done.stdout, r"\Abackup_\d{8}_\d{6}\w* 1288895 bytes\nverified\n\Z")
        again = self.tools.run(*program, *arguments, **environment)
        self.assertEqual(again.returncode, 1, again.stdout)
        self.assertRegex(again.stderr, "repository")

    def refused(self, command, **environment):
        """`command(folder)` runs a program with the library of a folder. One that is too old ends it before its first call, and the version
        or function that is missing is named. Libraries of empty functions stand for old ones: the first lacks all that the newest version
        added, the second one function that it should have."""
        need("gcc")
        script = (ROOT / "capi" / "holdfast.map").read_text()
        newest = re.findall(r"^HOLDFAST_[\d.]+ \{.*?^\}[^;]*;", script, re.DOTALL | re.MULTILINE)[-1]
        version, later = newest.split()[0], re.findall(r"(holdfast_\w+);", newest)
        soname = re.search(r"SONAME.*\[(.*)\]", self.tools.run("readelf", "-d", LIBRARY).stdout)[1]
        old = {f"version `{version}' not found|'({'|'.join(later)})'": (later, script.replace(newest, "")), "holdfast_job_step": (["holdfast_job_step"], script)}
        for number, (named, (without, exported)) in enumerate(old.items()):
            with self.subTest(number):
                folder = self.place / f"old{number}"
                folder.mkdir(exist_ok=True)
                (folder / "map").write_text(exported)
                c_headers.empty_library(folder / soname, soname, folder / "map", without)
                shutil.copy(folder / soname, folder / "libholdfast.so")
                done = self.tools.run(*command(folder), "place", "password", SOURCE, **{"LD_LIBRARY_PATH": str(folder), **environment})
                self.assertGreater(done.returncode, 0, done)  # a signal would mean that a function was called
                self.assertRegex(done.stderr, named)

    def test_declarations_are_those_of_the_headers(self):
        """Those in the tree are what the headers say now, and a compiler understands the headers as they were understood."""
        self.assertEqual(generate.differences(), [], "run bindings/generate.py --write")
        need("gcc")
        check = self.place / "check.c"
        check.write_text(generate.c_check())
        built(self.tools.run("gcc", "-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'capi' / 'include'}", check))

    def test_c_program_refuses_an_old_library(self):
        source = self.place / "program.c"
        source.write_text("#include <holdfast.h>\nint main(void) { return holdfast_job_step(0, 0, 0) + holdfast_writer_abort(0, 0); }\n")
        self.tools.gcc("-std=c99", "-Wl,-z,now", source, "-o", self.place / "program")
        self.refused(lambda _: [self.place / "program"])

    def test_go_example(self):
        self.tools.go("build", "-o", self.place / "program", ".", at=ROOT / "examples" / "go_minimal")
        self.check(self.place / "program")
        self.refused(lambda _: [self.place / "program"])

    def test_go_module(self):
        """Its own tests: what a host of each language must be able to do."""
        if LONG:  # compiles all that it uses once more
            self.tools.go("vet", ".", at=ROOT / "bindings" / "go")
        self.tools.go("test", "-count=1", ".", at=ROOT / "bindings" / "go")

    def test_rust_example(self):
        self.tools.cargo("build", "--quiet", "--locked", at=ROOT / "examples" / "rust_minimal")
        self.check(self.tools.rust_target / "debug" / "rust_minimal")
        self.refused(lambda _: [self.tools.rust_target / "debug" / "rust_minimal"])

    def test_rust_crate(self):
        """Its own tests, and those of its documentation; what counts open files and threads runs alone."""
        self.tools.cargo("test", "--quiet", "--locked")
        self.tools.cargo("test", "--quiet", "--locked", "--test", "host", "--", "--ignored")

    @unittest.skipUnless(LONG, "a short run leaves out Rust's own checks and the static library")
    def test_rust_crate_is_tidy(self):
        self.tools.cargo("fmt", "--all", "--check")
        self.tools.cargo("clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings")
        self.tools.cargo("doc", "--quiet", "--locked", "--no-deps", RUSTDOCFLAGS="-D warnings")
        self.tools.cargo("test", "--quiet", "--locked", "--features", "static", "--test", "host")

    def test_java_package(self):
        """Its own tests, and the example: compiled together, for a start of the compiler costs more than all classes."""
        self.tools.javac(self.place, *(ROOT / "bindings" / "java" / "src" / "test").rglob("*.java"), ROOT / "examples" / "java_minimal" / "Minimal.java")
        java = self.tools.java(self.place, *languages.QUICK_JAVA)
        self.check(*java, "Minimal")
        self.refused(lambda folder: [*self.tools.java(self.place, *languages.QUICK_JAVA, libraries=folder), "Minimal"])
        built(self.tools.run(*java, "org.example.holdfast.HostTest"))

    def node(self, *arguments):
        """Runs node with the addon."""
        addon = self.place / "holdfast.node"
        self.tools.addon(addon)
        return self.tools.run("node", *arguments, HOLDFAST_ADDON=str(addon))

    def test_node_example(self):
        built(self.node("--version"))
        program = "node", ROOT / "examples" / "node_minimal" / "main.js"
        self.check(*program, HOLDFAST_ADDON=str(self.place / "holdfast.node"))
        self.refused(lambda _: program, HOLDFAST_ADDON=str(self.place / "holdfast.node"))

    def test_node_package(self):
        """Its own tests."""
        built(self.node("--test", NODE / "test"))

    @unittest.skipUnless(LONG, "a short run does not install TypeScript")
    def test_node_types(self):
        """A program in TypeScript compiles with index.d.ts, and the mistakes in it are found."""
        need("node")
        try:
            place = servers.installed("typescript", "5.9.3", "npm", lambda npm, place: (
                [npm, "install", "--prefix", place, "--no-save", "--no-audit", "--no-fund", "typescript@5.9.3", "@types/node@20.19.25"], {}))
        except servers.ServerError as error:
            self.skipTest(str(error))
        modules = place / "node_modules"
        built(self.tools.run("node", modules / "typescript" / "bin" / "tsc", "--noEmit", "--strict", "--module", "node16", "--target", "es2022",
                       "--lib", "es2022", "--types", "node", "--typeRoots", modules / "@types", NODE / "test" / "types.ts"))


if __name__ == "__main__":
    harness.main()
