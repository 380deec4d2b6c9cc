"""The examples in other languages build against the C interface and work, each if its tools are available."""

import contextlib
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
import pg
import servers
from budget import LONG
from languages import built, need

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings"))
import generate  # noqa: E402 - beside what it makes

LIBRARY = pathlib.Path(os.environ.get("HOLDFAST_CAPI", ""))
NODE = ROOT / "bindings" / "node"
SKETCHES = ROOT / "docs" / "languages.md"
SOURCE = "exec:seq 1 200000"


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
        self.tools = languages.Languages(LIBRARY)
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="hflang."))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)

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
        check = self.place / "check.c"
        check.write_text(generate.c_check())
        self.tools.gcc("-std=c11", "-fsyntax-only", check)

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
        with self.databases() as environment:
            self.tools.go("test", "-count=1", ".", at=ROOT / "bindings" / "go", **environment)

    def test_go_sketch(self):
        self.write_sketch("go", "main.go")
        replaced = f"example.org/holdfast => {ROOT / 'bindings' / 'go'}"
        (self.place / "go.mod").write_text(f"module sketch\n\ngo 1.19\n\nrequire example.org/holdfast v0.0.0\n\nreplace {replaced}\n")
        self.tools.go("build", "-o", self.place / "sketch", ".", at=self.place)
        self.check_sketch(self.place / "sketch")

    def test_rust_example(self):
        self.tools.cargo("build", "--quiet", "--locked", at=ROOT / "examples" / "rust_minimal")
        self.check(self.tools.rust_target / "debug" / "rust_minimal")
        self.refused(lambda _: [self.tools.rust_target / "debug" / "rust_minimal"])

    def test_rust_crate(self):
        """Its own tests, and those of its documentation; what counts open files and threads runs alone."""
        with self.databases() as environment:
            self.tools.cargo("test", "--quiet", "--locked", **environment)
        self.tools.cargo("test", "--quiet", "--locked", "--test", "host", "--", "--ignored")

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
        self.tools.cargo("build", "--quiet", at=self.place)
        self.check_sketch(self.tools.rust_target / "debug" / "holdfast-sketch")

    @unittest.skipUnless(LONG, "a short run leaves out Rust's own checks and the static library")
    def test_rust_crate_is_tidy(self):
        self.tools.cargo("fmt", "--all", "--check")
        self.tools.cargo("clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings")
        self.tools.cargo("doc", "--quiet", "--locked", "--no-deps", RUSTDOCFLAGS="-D warnings")
        self.tools.cargo("test", "--quiet", "--locked", "--features", "static", "--test", "host")
        self.tools.cargo("package", "--quiet", "--locked", "--workspace", "--allow-dirty")  # builds what was packed

    def test_java_package(self):
        """Its own tests, the example and the sketch: compiled together, for a start of the compiler costs more than all classes."""
        self.tools.javac(self.place, *(ROOT / "bindings" / "java" / "src" / "test").rglob("*.java"), ROOT / "examples" / "java_minimal" / "Minimal.java",
                         self.write_sketch("java", "Sketch.java"))
        java = self.tools.java(self.place, *languages.QUICK_JAVA)
        self.check(*java, "Minimal")
        self.refused(lambda folder: [*self.tools.java(self.place, *languages.QUICK_JAVA, libraries=folder), "Minimal"])
        self.check_sketch(*java, "Sketch")
        with self.databases() as environment:
            built(self.tools.run(*java, "org.example.holdfast.HostTest", **environment))

    @unittest.skipUnless(LONG, "a short run does not fetch Maven's plugins")
    def test_java_package_with_maven(self):
        """Maven builds, tests and installs the package, and a project that depends on it runs."""
        need("java", "mvn")
        artifacts = LIBRARY.parent / "maven"
        mvn = ("mvn", "--batch-mode", "--quiet", f"-Dmaven.repo.local={artifacts}")
        for folder, goal in ((ROOT / "bindings" / "java", "install"), (ROOT / "examples" / "java_minimal", "package")):
            copy = shutil.copytree(folder, self.place / folder.name, ignore=shutil.ignore_patterns("target"))
            done = self.tools.run(*mvn, f"--file={copy / 'pom.xml'}", goal)
            if "Could not transfer artifact" in done.stdout:
                self.skipTest("Maven can't fetch its plugins here")
            built(done)
        jars = [self.place / "java_minimal" / "target" / "classes", *artifacts.glob("org/example/holdfast/*/*.jar"),
                *artifacts.glob("net/java/dev/jna/jna/*/jna-*.jar")]
        self.check("java", "-cp", ":".join(map(str, jars)), "Minimal")

    def addon(self):
        """Compiles Node's addon, and returns the environment that names it."""
        self.tools.addon(self.place / "holdfast.node")
        return {"HOLDFAST_ADDON": str(self.place / "holdfast.node")}

    def test_node_example(self):
        addon = self.addon()
        program = "node", ROOT / "examples" / "node_minimal" / "main.js"
        self.check(*program, **addon)
        self.refused(lambda _: program, **addon)
        sketch = self.write_sketch("js", "sketch.js")
        (self.place / "node_modules").mkdir()
        (self.place / "node_modules" / "holdfast").symlink_to(NODE)
        self.check_sketch("node", sketch, **addon)

    def test_node_package(self):
        """Its own tests."""
        with self.databases() as environment:
            built(self.tools.run("node", "--test", NODE / "test", **self.addon(), **environment))

    @unittest.skipUnless(LONG, "a short run compiles the addon itself")
    def test_node_package_with_npm(self):
        """npm packs it, node-gyp compiles it in an empty project, and the example runs there."""
        need("npm")
        npm = {"npm_config_nodedir": str(languages.node_headers().parents[1]), "npm_config_offline": "true", "npm_config_cache": str(self.place / "cache")}
        project = self.place / "project"
        project.mkdir()
        self.tools.package(NODE, "npm", "pack", "--pack-destination", self.place, **npm)
        self.tools.package(project, "npm", "install", "--no-audit", "--no-fund", *self.place.glob("holdfast-*.tgz"), **npm)
        example = (ROOT / "examples" / "node_minimal" / "main.js").read_text()
        (project / "main.js").write_text(example.replace("'../../bindings/node'", "'holdfast'"))
        self.check("node", project / "main.js")

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
        done = self.tools.run(*program, self.place / "whole", "secret password", f"dir://{data}", "600", **environment)
        self.assertEqual((done.returncode, done.stdout), (0, "proved, 0 expired\n"), done.stderr)
        self.assertRegex(done.stderr, r"(?m)^\d+ bytes$")
        done = self.tools.run(*program, stopped, "secret password", "exec:yes", "2", **environment)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr.lower(), "cancelled|aborted|deadline")  # while it runs; or before, on a slow machine
        self.assertEqual((done.stdout, [*stopped.glob("backups/*")]), ("", []))

    def test_c_sketch(self):
        sketch = self.write_sketch("c", "sketch.c")
        self.tools.gcc("-std=c11", sketch, "-o", self.place / "sketch")
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
