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
SKETCHES = ROOT / "docs" / "languages.md"
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

    def test_go_sketch(self):
        self.write_sketch("go", "main.go")
        replaced = f"example.org/holdfast => {ROOT / 'bindings' / 'go'}"
        (self.place / "go.mod").write_text(f"module sketch\n\ngo 1.19\n\nrequire example.org/holdfast v0.0.0\n\nreplace {replaced}\n")
        self.go("build", "-o", self.place / "sketch", ".", at=self.place)
        self.check_sketch(self.place / "sketch")

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

    def test_rust_sketch(self):
        self.write_sketch("rust", "main.rs")
        (self.place / "Cargo.toml").write_text(f"""[package]
name = "holdfast-sketch"
edition = "2024"
[[bin]]
name = "holdfast-sketch"
path = "main.rs"
[dependencies]
holdfast = {{ path = "{ROOT / 'bindings' / 'rust'}" }}
""")
        self.cargo("build", "--quiet", at=self.place)
        self.check_sketch(LIBRARY.parent / "rust-target" / "debug" / "holdfast-sketch")

    @unittest.skipUnless(LONG, "a short run leaves out Rust's own checks and the static library")
    def test_rust_crate_is_tidy(self):
        self.cargo("fmt", "--all", "--check")
        self.cargo("clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings")
        self.cargo("doc", "--quiet", "--locked", "--no-deps", RUSTDOCFLAGS="-D warnings")
        self.cargo("test", "--quiet", "--locked", "--features", "static", "--test", "host")
        self.cargo("package", "--quiet", "--locked", "--workspace", "--allow-dirty")  # builds what was packed

    def test_java_package(self):
        """Its own tests, the example and the sketch: compiled together, for a start of the compiler costs more than all classes."""
        self.need("java", "javac")
        if not JNA:
            self.skipTest("no JNA here (Debian: libjna-java)")
        quick = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # a JVM of a short life
        sources = [*(ROOT / "bindings" / "java" / "src").rglob("*.java"), ROOT / "examples" / "java_minimal" / "Minimal.java",
                   self.write_sketch("java", "Sketch.java")]
        self.built(run("javac", *(f"-J{option}" for option in quick), "-Xlint:all", "-Werror", "-cp", JNA, "-d", self.place, *sources))
        java = ("java", *quick, "-cp", f"{JNA}:{self.place}", f"-Djna.library.path={LIBRARY.parent}", f"-Djava.io.tmpdir={self.place}")
        self.check(*java, "Minimal")
        self.check_sketch(*java, "Sketch")
        with self.databases() as environment:
            self.built(run(*java, "org.example.holdfast.HostTest", **environment))

    @unittest.skipUnless(LONG, "a short run does not fetch Maven's plugins")
    def test_java_package_with_maven(self):
        """Maven builds, tests and installs the package, and a project that depends on it runs."""
        self.need("java", "mvn")
        artifacts = LIBRARY.parent / "maven"
        mvn = ("mvn", "--batch-mode", "--quiet", f"-Dmaven.repo.local={artifacts}")
        for folder, goal in ((ROOT / "bindings" / "java", "install"), (ROOT / "examples" / "java_minimal", "package")):
            copy = shutil.copytree(folder, self.place / folder.name, ignore=shutil.ignore_patterns("target"))
            done = run(*mvn, f"--file={copy / 'pom.xml'}", goal)
            if "Could not transfer artifact" in done.stdout:
                self.skipTest("Maven can't fetch its plugins here")
            self.built(done)
        jars = [self.place / "java_minimal" / "target" / "classes", *artifacts.glob("org/example/holdfast/*/*.jar"),
                *artifacts.glob("net/java/dev/jna/jna/*/jna-*.jar")]
        self.check("java", "-cp", ":".join(map(str, jars)), "Minimal")

    def node_headers(self):
        self.need("node", "gcc")
        headers = pathlib.Path(shutil.which("node")).resolve().parents[1] / "include" / "node"
        if not (headers / "node_api.h").is_file():
            self.skipTest(f"no {headers}/node_api.h here")
        return headers

    def addon(self):
        """Compiles the addon as its binding.gyp says, and returns the environment that names it."""
        addon = self.place / "holdfast.node"
        self.built(run("gcc", "-std=c11", "-O1", "-fPIC", "-shared", "-fno-strict-aliasing", "-Wall", "-Wextra", "-Werror", "-D_POSIX_C_SOURCE=200809L",
                       f"-I{self.node_headers()}", f"-I{ROOT / 'capi' / 'include'}", *sorted((NODE / "native").glob("*.c")), "-o", addon,
                       f"-L{LIBRARY.parent}", "-l:libholdfast.so"))
        return {"HOLDFAST_ADDON": str(addon)}

    def test_node_example(self):
        addon = self.addon()
        self.check("node", ROOT / "examples" / "node_minimal" / "main.js", **addon)
        sketch = self.write_sketch("js", "sketch.js")
        (self.place / "node_modules").mkdir()
        (self.place / "node_modules" / "holdfast").symlink_to(NODE)
        self.check_sketch("node", sketch, **addon)

    def test_node_package(self):
        """Its own tests."""
        with self.databases() as environment:
            self.built(run("node", "--test", NODE / "test", **self.addon(), **environment))

    @unittest.skipUnless(LONG, "a short run compiles the addon itself")
    def test_node_package_with_npm(self):
        """npm packs it, node-gyp compiles it in an empty project, and the example runs there."""
        self.need("npm")
        npm = {"npm_config_nodedir": str(self.node_headers().parents[1]), "npm_config_offline": "true", "npm_config_cache": str(self.place / "cache")}
        project = self.place / "project"
        project.mkdir()
        self.package(NODE, "npm", "pack", "--pack-destination", self.place, **npm)
        self.package(project, "npm", "install", "--no-audit", "--no-fund", *self.place.glob("holdfast-*.tgz"), **npm)
        example = (ROOT / "examples" / "node_minimal" / "main.js").read_text()
        (project / "main.js").write_text(example.replace("'../../bindings/node'", "'holdfast'"))
        self.check("node", project / "main.js")

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

    # --- Sketches: the programs of docs/languages.md

    def write_sketch(self, language, name):
        program = self.place / name
        program.write_text(sketches()[language])
        return program

    def check_sketch(self, *program, **environment):
        """Backs up, proves and expires with progress; the end of the time cancels it, and there is no backup then."""
        data, stopped = self.place / "data", self.place / "stopped"
        data.mkdir()
        (data / "note").write_text("remember")
        done = run(*program, self.place / "whole", "secret password", f"dir://{data}", "600", **environment)
        self.assertEqual((done.returncode, done.stdout), (0, "proved, 0 expired\n"), done.stderr)
        self.assertRegex(done.stderr, r"(?m)^\d+ bytes$")
        done = run(*program, stopped, "secret password", "exec:yes", "2", **environment)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr.lower(), "cancelled|aborted|deadline")  # while it runs; or before, on a slow machine
        self.assertEqual((done.stdout, [*stopped.glob("backups/*")]), ("", []))

    def test_c_sketch(self):
        self.need("gcc")
        sketch = self.write_sketch("c", "sketch.c")
        self.built(run("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'capi' / 'include'}", sketch, "-o", self.place / "sketch",
                       f"-L{LIBRARY.parent}", "-l:libholdfast.so"))
        self.check_sketch(self.place / "sketch")

    def test_python_sketch(self):
        package = LIBRARY.parents[1] / "bindings" / "python"
        if not package.is_dir():
            self.skipTest("the Python package is not built")
        self.check_sketch(sys.executable, self.write_sketch("python", "sketch.py"), PYTHONPATH=str(package))

    def test_lines_of_sketches_are_those_of_the_table(self):
        told = dict(re.findall(r"^\| ([\w.]+) \| (\d+) \|", SKETCHES.read_text(), re.MULTILINE))
        names = {"c": "C", "java": "Java", "go": "Go", "rust": "Rust", "js": "Node.js", "python": "Python"}
        self.assertEqual(told, {names[language]: str(lines_of_code(program)) for language, program in sketches().items()})


def sketches():
    """The programs by the names of their languages."""
    return dict(re.findall(r"^```(\w+)\n(.*?)^```$", SKETCHES.read_text(), re.MULTILINE | re.DOTALL))


def lines_of_code(program):
    return sum(not re.match(r"\s*($|//|/\*|\*|#\s)", line) for line in program.splitlines())


if __name__ == "__main__":
    harness.main()
