"""The examples in other languages build against the C interface and work, each if its tools are available."""

import contextlib
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness
import pg
import servers
from budget import LONG

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings"))
import generate  # noqa: E402 - beside what it makes

LIBRARY = pathlib.Path(os.environ.get("HOLDFAST_CAPI", ""))
NODE = ROOT / "bindings" / "node"
SOURCE = "exec:seq 1 200000"
JNA = next(iter(glob.glob("/usr/share/java/jna.jar")), "")


def run(*command, **environment):
    env = {**os.environ, "LD_LIBRARY_PATH": str(LIBRARY.parent), **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=500)


class Languages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not LIBRARY.is_file():
            raise unittest.SkipTest("no library")
        if harness.sanitized(LIBRARY):
            raise unittest.SkipTest("a sanitizer's library can't be loaded by another runtime")
        try:
            cls.server = cls.enterClassContext(pg.PgServer())
        except pg.PgError as error:
            print(f"no PostgreSQL for the packages' tests: {error}")
            cls.server = None
            return
        cls.server.create_db("shop")
        cls.server.psql("CREATE TABLE item AS SELECT n AS id, 'item ' || n AS name FROM generate_series(1, 1000) n", db="shop")

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="hflang."))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)

    def need(self, *programs):
        for program in programs:
            if not shutil.which(program):
                self.skipTest(f"no {program} here")

    @contextlib.contextmanager
    def databases(self):
        """The environment of a package's tests: a database to back up, and one to restore it into, compared at the end."""
        if not self.server:
            yield {}
            return
        target = f"restored_{len(self.server.databases())}"
        self.server.create_db(target)
        yield {"HOLDFAST_TEST_POSTGRES": self.server.uri("shop"), "HOLDFAST_TEST_POSTGRES_TARGET": self.server.uri(target)}
        rows = "SELECT count(*), sum(hashtext(item::text)) FROM item"
        self.assertEqual(self.server.psql(rows, db=target), self.server.psql(rows, db="shop"))

    def built(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def check(self, *program, **environment):
        """Backs up, lists and verifies; then fails as expected because the repository exists already."""
        arguments = (self.place / "repository", "secret password", SOURCE)
        done = run(*program, *arguments, **environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertRegex(done.stdout, r"\Abackup_\d{8}_\d{6}\w* 1288895 bytes\nverified\n\Z")
        again = run(*program, *arguments, **environment)
        self.assertEqual(again.returncode, 1, again.stdout)
        self.assertRegex(again.stderr, "repository")

    def package(self, folder, *command, **environment):
        """Runs a language's own tool in a folder, without a network, with pkg-config and caches that the next run finds."""
        self.need(command[0], "gcc", "pkg-config")
        place = LIBRARY.parent / "languages"
        place.mkdir(exist_ok=True)
        for name in ("holdfast-capi", "holdfast-c-static"):
            pc = (ROOT / "capi" / f"{name}.pc.in").read_text().replace("@PROJECT_VERSION@", "0")
            pc = re.sub(r"^libdir=.*$", f"libdir={LIBRARY.parent}", pc, flags=re.MULTILINE)
            pc = re.sub(r"^includedir=.*$", f"includedir={ROOT / 'capi' / 'include'}", pc, flags=re.MULTILINE)
            (place / f"{name}.pc").write_text(pc)
        done = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True, check=False, timeout=500, env={
            **os.environ, "LD_LIBRARY_PATH": str(LIBRARY.parent), "PKG_CONFIG_PATH": str(place), **environment})
        self.built(done)

    def test_declarations_are_those_of_the_headers(self):
        """Those in the tree are what the headers say now, and a compiler understands the headers as they were understood."""
        self.assertEqual(generate.differences(), [], "run bindings/generate.py --write")
        self.need("gcc")
        check = self.place / "check.c"
        check.write_text(generate.c_check())
        self.built(run("gcc", "-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'capi' / 'include'}", check))

    def go(self, *arguments, at, **environment):
        self.package(at, "go", *arguments, CGO_ENABLED="1", GOFLAGS="-mod=readonly -buildvcs=false", GOPROXY="off", GOTOOLCHAIN="local",
                     GOCACHE=str(LIBRARY.parent / "go-cache"), **environment)

    def test_go_example(self):
        self.go("build", "-o", self.place / "program", ".", at=ROOT / "examples" / "go_minimal")
        self.check(self.place / "program")

    def test_go_module(self):
        """Its own tests: what a host of each language must be able to do."""
        if LONG:  # compiles all that it uses once more
            self.go("vet", ".", at=ROOT / "bindings" / "go")
        with self.databases() as environment:
            self.go("test", "-count=1", ".", at=ROOT / "bindings" / "go", **environment)

    def cargo(self, *arguments, at=ROOT / "bindings" / "rust", **environment):
        self.package(at, "cargo", *arguments, CARGO_NET_OFFLINE="true", CARGO_TARGET_DIR=str(LIBRARY.parent / "rust-target"),
                     CARGO_PROFILE_DEV_DEBUG="0", CARGO_INCREMENTAL="0", **environment)

    def test_rust_example(self):
        self.cargo("build", "--quiet", "--locked", at=ROOT / "examples" / "rust_minimal")
        self.check(LIBRARY.parent / "rust-target" / "debug" / "rust_minimal")

    def test_rust_crate(self):
        """Its own tests, and those of its documentation; what counts open files and threads runs alone."""
        with self.databases() as environment:
            self.cargo("test", "--quiet", "--locked", **environment)
        self.cargo("test", "--quiet", "--locked", "--test", "host", "--", "--ignored")

    @unittest.skipUnless(LONG, "a short run leaves out Rust's own checks and the static library")
    def test_rust_crate_is_tidy(self):
        self.cargo("fmt", "--all", "--check")
        self.cargo("clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings")
        self.cargo("doc", "--quiet", "--locked", "--no-deps", RUSTDOCFLAGS="-D warnings")
        self.cargo("test", "--quiet", "--locked", "--features", "static", "--test", "host")

    def test_java_package(self):
        """Its own tests, and the example: compiled together, for a start of the compiler costs more than all classes."""
        self.need("java", "javac")
        if not JNA:
            self.skipTest("no JNA here (Debian: libjna-java)")
        quick = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # a JVM of a short life
        sources = [*(ROOT / "bindings" / "java" / "src").rglob("*.java"), ROOT / "examples" / "java_minimal" / "Minimal.java"]
        self.built(run("javac", *(f"-J{option}" for option in quick), "-Xlint:all", "-Werror", "-cp", JNA, "-d", self.place, *sources))
        java = ("java", *quick, "-cp", f"{JNA}:{self.place}", f"-Djna.library.path={LIBRARY.parent}", f"-Djava.io.tmpdir={self.place}")
        self.check(*java, "Minimal")
        with self.databases() as environment:
            self.built(run(*java, "org.example.holdfast.HostTest", **environment))

    def node(self, *arguments, **environment):
        """Runs node with the addon, which is compiled as its binding.gyp says."""
        self.need("node", "gcc")
        headers = pathlib.Path(shutil.which("node")).resolve().parents[1] / "include" / "node"
        if not (headers / "node_api.h").is_file():
            self.skipTest(f"no {headers}/node_api.h here")
        addon = self.place / "holdfast.node"
        self.built(run("gcc", "-std=c11", "-O1", "-fPIC", "-shared", "-fno-strict-aliasing", "-Wall", "-Wextra", "-Werror", "-D_POSIX_C_SOURCE=200809L",
                       f"-I{headers}", f"-I{ROOT / 'capi' / 'include'}", *sorted((NODE / "native").glob("*.c")), "-o", addon,
                       f"-L{LIBRARY.parent}", "-l:libholdfast.so"))
        return run("node", *arguments, HOLDFAST_ADDON=str(addon), **environment)

    def test_node_example(self):
        self.built(self.node("--version"))
        self.check("node", ROOT / "examples" / "node_minimal" / "main.js", HOLDFAST_ADDON=str(self.place / "holdfast.node"))

    def test_node_package(self):
        """Its own tests."""
        with self.databases() as environment:
            self.built(self.node("--test", NODE / "test", **environment))

    @unittest.skipUnless(LONG, "a short run does not install TypeScript")
    def test_node_types(self):
        """A program in TypeScript compiles with index.d.ts, and the mistakes in it are found."""
        self.need("node")
        try:
            place = servers.installed("typescript", "5.9.3", "npm", lambda npm, place: (
                [npm, "install", "--prefix", place, "--no-save", "--no-audit", "--no-fund", "typescript@5.9.3", "@types/node@20.19.25"], {}))
        except servers.ServerError as error:
            self.skipTest(str(error))
        modules = place / "node_modules"
        self.built(run("node", modules / "typescript" / "bin" / "tsc", "--noEmit", "--strict", "--module", "node16", "--target", "es2022",
                       "--lib", "es2022", "--types", "node", "--typeRoots", modules / "@types", NODE / "test" / "types.ts"))


if __name__ == "__main__":
    harness.main()
