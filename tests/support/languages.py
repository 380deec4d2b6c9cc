"""Programs in other languages over the C interface of a build, made with the languages' own tools, without a network.

Each function raises unittest.SkipTest if a tool is not here, and AssertionError if the tool fails."""

import glob
import os
import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINDINGS = ROOT / "bindings"
JAVA = BINDINGS / "java" / "src" / "main" / "java"
QUICK_JAVA = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # a JVM of a short life


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise unittest.SkipTest(f"no {program} here")


def built(done):
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)


def node_headers():
    need("node", "gcc")
    headers = pathlib.Path(shutil.which("node")).resolve().parents[1] / "include" / "node"
    if not (headers / "node_api.h").is_file():
        raise unittest.SkipTest(f"no {headers}/node_api.h here")
    return headers


class Languages:
    """The tools of each language for one libholdfast.so. What they cache is beside it, for the next run."""

    def __init__(self, library):
        self.library = pathlib.Path(library)
        self.folder = self.library.parent
        self.environment = {**os.environ, "LD_LIBRARY_PATH": str(self.folder), "PKG_CONFIG_PATH": str(self.folder / "languages")}

    def run(self, *command, at=None, **environment):
        return subprocess.run([*map(str, command)], cwd=at, capture_output=True, text=True, check=False, timeout=500,
                              env={**self.environment, **environment})

    def gcc(self, *arguments):
        need("gcc")
        built(self.run("gcc", "-Wall", "-Wextra", "-Werror", "-D_POSIX_C_SOURCE=200809L", f"-I{ROOT / 'capi' / 'include'}", *arguments,
                       f"-L{self.folder}", "-l:libholdfast.so"))

    def package(self, folder, *command, **environment):
        """Runs a language's own tool in a folder, with pkg-config."""
        need(command[0], "gcc", "pkg-config")
        place = self.folder / "languages"
        place.mkdir(exist_ok=True)
        for name in ("holdfast-capi", "holdfast-c-static"):
            pc = (ROOT / "capi" / f"{name}.pc.in").read_text().replace("@PROJECT_VERSION@", "0")
            pc = re.sub(r"^libdir=.*$", f"libdir={self.folder}", pc, flags=re.MULTILINE)
            pc = re.sub(r"^includedir=.*$", f"includedir={ROOT / 'capi' / 'include'}", pc, flags=re.MULTILINE)
            (place / f"{name}.pc").write_text(pc)
        built(self.run(*command, at=folder, **environment))

    def go(self, *arguments, at, **environment):
        self.package(at, "go", *arguments, CGO_ENABLED="1", GOFLAGS="-mod=readonly -buildvcs=false", GOPROXY="off", GOTOOLCHAIN="local",
                     GOCACHE=str(self.folder / "go-cache"), **environment)

    def cargo(self, *arguments, at=BINDINGS / "rust", **environment):
        """Its programs are in self.rust_target."""
        self.package(at, "cargo", *arguments, CARGO_NET_OFFLINE="true", CARGO_TARGET_DIR=str(self.rust_target), CARGO_PROFILE_DEV_DEBUG="0",
                     CARGO_INCREMENTAL="0", **environment)

    @property
    def rust_target(self):
        return self.folder / "rust-target"

    def javac(self, to, *sources):
        """Compiles the package with programs of its own: a start of the compiler costs more than all classes."""
        need("java", "javac")
        built(self.run("javac", *(f"-J{option}" for option in QUICK_JAVA), "-Xlint:all", "-Werror", "-cp", self.jna, "-d", to, *JAVA.rglob("*.java"),
                       *sources))

    def java(self, classes, *options, libraries=None):
        """The command that runs them with the library of a folder: this one if none is given."""
        return ("java", *options, "-cp", f"{self.jna}:{classes}", f"-Djna.library.path={libraries or self.folder}", f"-Djava.io.tmpdir={classes}")

    @property
    def jna(self):
        found = glob.glob("/usr/share/java/jna.jar")
        if not found:
            raise unittest.SkipTest("no JNA here (Debian: libjna-java)")
        return found[0]

    def addon(self, to):
        """Compiles Node's addon, as binding.gyp says. Programs find it by HOLDFAST_ADDON."""
        headers = node_headers()
        self.gcc("-std=c11", "-O1", "-fPIC", "-shared", "-fno-strict-aliasing", "-Wl,-z,now", f"-I{headers}", *sorted((BINDINGS / "node" / "native").glob("*.c")),
                 "-o", to)
