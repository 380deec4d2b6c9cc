"""The ABI of libholdfast.so has no incompatible change since the last release: compares builds of its tag and of this
tree with abidiff."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = os.environ.get("HOLDFAST_CAPI", "")
# Bits of abidiff's exit status: it failed, wrong usage, a change, an incompatible change.
FAILED, USAGE, INCOMPATIBLE = 1, 2, 8


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def last_release():
    """The nearest tag of a release before this commit; empty if there is none."""
    return run("git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD").stdout.strip()


class AbiDiff(unittest.TestCase):
    def build(self, tag, place):
        """The C interface of that tag, with debug information as here."""
        source = place / "source"
        source.mkdir()
        archive = subprocess.run(["git", "archive", tag], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "x", "-C", source], input=archive, check=True)
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        for command in (["cmake", "--preset", "release", "-S", source, "-B", place / "build", "-DHOLDFAST_BUILD_TESTS=OFF",
                         "-DHOLDFAST_UNITY=ON", *launcher],
                        ["cmake", "--build", place / "build", "--target", "holdfast-capi"]):
            done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
        return next(path for path in (place / "build").rglob("libholdfast.so") if path.is_file()), source / "capi" / "include"

    def test_nothing_incompatible_since_the_last_release(self):
        if not LIBRARY or harness.sanitized(LIBRARY):
            self.skipTest("no library here that is built as a release is")
        if not shutil.which("abidiff"):
            self.skipTest("no abidiff here (Debian: abigail-tools)")
        tag = last_release()
        if not tag:
            self.skipTest("there is no release yet: no tag v…")
        minor = [line for line in (ROOT / "capi" / "include" / "holdfast.h").read_text().splitlines() if "HOLDFAST_VERSION_STRING" in line][0]
        if tag[1:].split(".")[:2] != minor.split('"')[1].split(".")[:2]:
            self.skipTest(f"{tag} has another SONAME: below 1.0 a minor version is an ABI of its own")
        with tempfile.TemporaryDirectory(prefix="hfabi.") as place:
            before, headers = self.build(tag, pathlib.Path(place))
            done = run("abidiff", "--headers-dir1", headers, "--headers-dir2", ROOT / "capi" / "include", before, LIBRARY)
        self.assertEqual(done.returncode & (FAILED | USAGE | INCOMPATIBLE), 0, done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
