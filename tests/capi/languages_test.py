"""The examples in other languages build against the C interface and work, each if its tools are available."""

import glob
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
import koffi
from budget import LONG

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = pathlib.Path(os.environ.get("HOLDFAST_CAPI", ""))
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

    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="hflang."))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)

    def need(self, *programs):
        for program in programs:
            if not shutil.which(program):
                self.skipTest(f"no {program} here")

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

    def go(self, *arguments, at):
        """Runs go without a network, with a cache that the next run finds."""
        self.need("go", "gcc", "pkg-config")
        pc = (ROOT / "capi" / "holdfast-capi.pc.in").read_text()
        pc = re.sub(r"^libdir=.*$", f"libdir={LIBRARY.parent}", pc, flags=re.MULTILINE)
        pc = re.sub(r"^includedir=.*$", f"includedir={ROOT / 'capi' / 'include'}", pc, flags=re.MULTILINE)
        (self.place / "holdfast-capi.pc").write_text(pc.replace("@PROJECT_VERSION@", "0"))
        done = subprocess.run(["go", *map(str, arguments)], cwd=at, capture_output=True, text=True, check=False, timeout=500, env={
            **os.environ, "LD_LIBRARY_PATH": str(LIBRARY.parent), "PKG_CONFIG_PATH": str(self.place), "CGO_ENABLED": "1",
            "GOFLAGS": "-mod=readonly -buildvcs=false", "GOCACHE": str(LIBRARY.parent / "go-cache"), "GOPROXY": "off", "GOTOOLCHAIN": "local"})
        self.built(done)

    def test_go_example(self):
        self.go("build", "-o", self.place / "program", ".", at=ROOT / "examples" / "go_minimal")
        self.check(self.place / "program")

    def test_go_module(self):
        """Its own tests: what a host of each language must be able to do."""
        if LONG:  # compiles all that it uses once more
            self.go("vet", ".", at=ROOT / "bindings" / "go")
        self.go("test", "-count=1", ".", at=ROOT / "bindings" / "go")

    def test_rust(self):
        self.need("rustc")
        self.built(run("rustc", "--edition", "2021", "-D", "warnings", "-L", LIBRARY.parent, "-o", self.place / "program",
                       ROOT / "examples" / "rust_minimal" / "main.rs"))
        self.check(self.place / "program")

    def test_java(self):
        self.need("java", "javac")
        if not JNA:
            self.skipTest("no JNA here (Debian: libjna-java)")
        self.built(run("javac", "-Xlint:all", "-Werror", "-cp", JNA, "-d", self.place, ROOT / "examples" / "java_minimal" / "Minimal.java"))
        self.check("java", "-cp", f"{JNA}:{self.place}", f"-Djna.library.path={LIBRARY.parent}", f"-Djava.io.tmpdir={self.place}", "Minimal")

    def test_node(self):
        self.need("node")
        try:
            modules = koffi.modules()
        except koffi.KoffiError as error:
            self.skipTest(str(error))
        self.check("node", ROOT / "examples" / "node_minimal" / "main.js", HOLDFAST_LIBRARY=str(LIBRARY), NODE_PATH=str(modules))


if __name__ == "__main__":
    harness.main()
