"""The ABI of libholdfast.so is frozen within a minor version: abidiff compares it with the dump that is kept beside the
frozen headers. Functions may be added, and structs may grow at their end. `abidiff_test.py --write` keeps what was added.

The dump is of a library of empty functions with the same headers and symbol versions: the compiler refuses definitions
that differ from the headers, abi_test.py compares the exported names, and builds have no debug information of types."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import c_headers
import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "capi" / "include"
VERSION = re.search(r'HOLDFAST_VERSION_STRING "(\d+)\.(\d+)', (INCLUDE / "holdfast.h").read_text()).groups()
FROZEN = ROOT / "tests" / "capi" / "frozen" / f"{'_'.join(VERSION)}.abi"
PRESENT = ["--no-show-locs", "--no-comp-dir-path", "--no-corpus-path", "--no-elf-needed", "--no-parameter-names"]
# Bits of abidiff's exit status: it failed, wrong usage, an incompatible change.
FAILED, USAGE, INCOMPATIBLE = 1, 2, 8
# A struct that grew, as `abidiff --leaf-changes-only` tells it: the old size, and the offsets of the new members.
GROWTH = re.compile(r"'struct holdfast_\w+' changed:\n  type size changed from (\d+) to \d+ \(in bits\)\n  \d+ data member insertions?:\n"
                    r"((?:    '.*', at offset \d+ \(in bits\)\n)+)")
SUMMARY = re.compile(r".* summary: .*\n|\n")


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def dump(to):
    with tempfile.TemporaryDirectory(prefix="hfabi.") as folder:
        library = pathlib.Path(folder, "libholdfast.so")
        c_headers.empty_library(library, f"libholdfast.so.{'.'.join(VERSION)}", ROOT / "capi" / "holdfast.map")
        done = run("abidw", *PRESENT, "--out-file", to, library)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)


class AbiDiff(unittest.TestCase):
    def setUp(self):
        if not shutil.which("abidiff"):
            self.skipTest("no abidiff here (Debian: abigail-tools)")
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="hfabi."))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)

    def difference(self, before, after):
        """What abidiff says of an incompatible change; empty if there is none."""
        done = run("abidiff", "--leaf-changes-only", "--no-added-syms", before, after)
        if done.returncode & (FAILED | USAGE | INCOMPATIBLE):
            return done.stdout + done.stderr

        def unless_grown(found):
            size, offsets = int(found[1]), re.findall(r"at offset (\d+)", found[2])
            return "" if all(int(offset) >= size for offset in offsets) else found[0]

        return SUMMARY.sub("", GROWTH.sub(unless_grown, done.stdout))

    def test_nothing_incompatible_since_the_frozen_dump(self):
        self.assertTrue(FROZEN.exists(), f"{FROZEN.name} is missing: write it with --write")
        dump(self.place / "now.abi")
        self.assertEqual(self.difference(FROZEN, self.place / "now.abi"), "")

    def test_the_comparison_can_fail_and_lets_a_struct_grow(self):
        now = self.place / "now.abi"
        dump(now)
        text = now.read_text()
        struct = re.search(r"<class-decl name='holdfast_progress' size-in-bits='(\d+)'.*?</class-decl>", text, re.DOTALL)
        last = re.findall(r"      <data-member .*?</data-member>\n", struct[0], re.DOTALL)[-1]
        shorter = struct[0].replace(last, "").replace(f"size-in-bits='{struct[1]}'", f"size-in-bits='{int(struct[1]) - 64}'", 1)
        for what, old, new, compatible in (
                ("a function that went", "name='holdfast_error_free'", "name='holdfast_error_gone'", False),
                ("a member of another type", "name='warnings' type-id='type-id-21'", "name='warnings' type-id='type-id-5'", False),
                ("a parameter that was not there", "<parameter type-id='type-id-", "<parameter type-id='type-id-5'/>\n      <parameter type-id='type-id-", False),
                ("a member that was put elsewhere", struct[0], struct[0].replace("layout-offset-in-bits='64'", "layout-offset-in-bits='96'"), False),
                ("a struct that was shorter", struct[0], shorter, True)):
            with self.subTest(what):
                self.assertIn(old, text)
                earlier = self.place / "earlier.abi"
                earlier.write_text(text.replace(old, new))
                self.assertEqual(self.difference(earlier, now) == "", compatible, self.difference(earlier, now))


if __name__ == "__main__":
    if "--write" in sys.argv:
        dump(FROZEN)
        sys.exit()
    harness.main()
