"""libholdfast.so exports what symbols.txt lists, the headers compile as every version of C and C++, and old programs
keep working."""

import itertools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
from c_headers import DECLARATION, HEADERS, INCLUDE, constants, declarations, header_text, structs, without_comments

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIBRARY = os.environ.get("HOLDFAST_CAPI", "")
CC, CXX = os.environ.get("CC") or "gcc", os.environ.get("CXX") or "g++"


def symbols():
    """name → (introduced, deprecated, removed)."""
    lines = [line.split() for line in (ROOT / "capi" / "symbols.txt").read_text().splitlines() if line and not line.startswith("#")]
    return {line[0]: tuple(line[1:]) for line in lines}


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


class Exports(unittest.TestCase):
    def test_symbols_file_is_well_formed(self):
        for name, lifecycle in symbols().items():
            self.assertEqual(len(lifecycle), 3, name)
            self.assertRegex(lifecycle[0], r"^\d+\.\d+$")
        names = list(symbols())
        self.assertEqual(names, sorted(set(names)))

    def test_headers_declare_exactly_what_is_in_the_symbols_file(self):
        self.assertEqual(sorted(declarations()), sorted(name for name, life in symbols().items() if life[2] == "-"))

    def test_version_script_lists_exactly_the_same(self):
        script = without_comments((ROOT / "capi" / "holdfast.map").read_text())
        self.assertEqual(sorted(re.findall(r"\b(holdfast_\w+);", script)), sorted(declarations()))
        self.assertNotIn("holdfast_*", script)

    @unittest.skipUnless(LIBRARY and shutil.which("nm"), "no library or no nm here")
    def test_library_exports_exactly_the_same(self):
        lines = run("nm", "-D", "--defined-only", "--with-symbol-versions", LIBRARY).stdout.splitlines()
        exported = {line.split()[2] for line in lines if line.split()[1] != "A"}
        wanted = {f"{name}@@HOLDFAST_{life[0]}" for name, life in symbols().items() if life[2] == "-"}
        self.assertEqual(exported, wanted)

    @unittest.skipUnless(LIBRARY and shutil.which("readelf"), "no library or no readelf here")
    def test_soname_has_the_minor_version(self):
        major, minor = (re.search(rf"#define HOLDFAST_VERSION_{part} (\d+)", header_text()).group(1) for part in ("MAJOR", "MINOR"))
        self.assertIn(f"[libholdfast.so.{major}.{minor}]", run("readelf", "-d", LIBRARY).stdout)

    def test_every_function_is_called_by_a_test_in_c(self):
        called = "".join(path.read_text() for path in HERE.glob("*_test.c"))
        self.assertEqual([name for name in declarations() if not re.search(rf"\b{name}\(", called)], [])


class Headers(unittest.TestCase):
    def check(self, compiler, language, standard):
        if not shutil.which(compiler):
            self.skipTest(f"no {compiler} here")
        strict = ["-Wstrict-prototypes"] if language == "c" else []
        for header in HEADERS:
            with self.subTest(header):
                source = f'#include "{header}"\n#include "{header}"\nextern int unused_here;\n'
                done = run(compiler, f"-std={standard}", "-x", language, "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-pedantic-errors",
                           *strict, "-Werror", "-I", INCLUDE, "-", input=source)
                self.assertEqual(done.stderr, "")

    @unittest.skipUnless(shutil.which("cmake"), "no cmake here")
    def test_all_headers_as_one(self):
        """The one file declares everything that the headers do, and needs none of them."""
        with tempfile.TemporaryDirectory() as place:
            one = pathlib.Path(place) / "holdfast_all.h"
            done = run("cmake", f"-DFROM={INCLUDE}", f"-DTO={one}", "-P", ROOT / "capi" / "amalgamate.cmake")
            self.assertEqual(done.returncode, 0, done.stderr)
            text = one.read_text()
            self.assertEqual({name for _, name in DECLARATION.findall(without_comments(text))}, set(declarations()))
            self.assertNotIn('#include "', text)
            for compiler, language, standard in ((CC, "c", "c89"), (CC, "c", "c17"), (CXX, "c++", "c++11")):
                done = run(compiler, f"-std={standard}", "-x", language, "-fsyntax-only", "-Wall", "-Wextra", "-pedantic-errors", "-Werror", "-I", place,
                           "-", input='#include "holdfast_all.h"\n#include "holdfast_all.h"\nextern int unused_here;\n')
                self.assertEqual(done.stderr, "")

    def test_c_and_cpp_headers_go_together(self):
        source = '#include <holdfast/holdfast.hpp>\n#include <holdfast_driver.h>\nstatic_assert(HOLDFAST_VERSION_MINOR >= 0);\n'
        done = run(CXX, "-std=c++20", "-x", "c++", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-I", INCLUDE,
                   "-I", ROOT / "include", "-", input=source)
        self.assertEqual(done.stderr, "")


for compilers, language, standards in ((("gcc", "clang"), "c", ("c89", "c99", "c11", "c17")),
                                       (("g++", "clang++"), "c++", ("c++11", "c++14", "c++17", "c++20"))):
    for compiler, standard in itertools.product(compilers, standards):
        def case(self, compiler=compiler, language=language, standard=standard):
            self.check(compiler, language, standard)
        setattr(Headers, f"test_headers_compile_alone_{compiler}_{standard}".replace("+", "p"), case)


class Frozen(unittest.TestCase):
    """Each folder of frozen/ has the headers of one version; the interface that a program was built with must not
    change."""

    folders = sorted(path.parent for path in (HERE / "frozen").glob("*/holdfast.h"))

    def layout(self, folder, wanted):
        """Size of each struct and offset of each field, as the compiler sees them."""
        lines = ["#include <stdio.h>", '#include "holdfast_driver.h"', "int main(void) {"]
        for name, fields in wanted.items():
            lines.append(f'  printf("%s %u\\n", "{name}", (unsigned)sizeof({name}));')
            for field in fields:
                lines.append(f'  printf("%s.%s %u\\n", "{name}", "{field}", (unsigned)offsetof({name}, {field}));')
        with tempfile.TemporaryDirectory() as place:
            source, program = pathlib.Path(place) / "layout.c", pathlib.Path(place) / "layout"
            source.write_text("\n".join([*lines, "  return 0;", "}", ""]))
            done = run(CC, "-std=c99", "-I", folder, source, "-o", program)
            self.assertEqual(done.stderr, "")
            return dict(line.split() for line in run(program).stdout.splitlines())

    @unittest.skipUnless(shutil.which(CC), "no C compiler here")
    def test_structs_only_grow_at_their_end(self):
        self.assertTrue(self.folders)
        for folder in self.folders:
            wanted = {name: [field.name for field in fields] for name, fields in structs(folder).items()}
            self.assertIn("holdfast_storage_driver", wanted)
            before, now = self.layout(folder, wanted), self.layout(INCLUDE, wanted)
            for what, number in before.items():
                with self.subTest(f"{folder.name} {what}"):
                    if "." in what:
                        self.assertEqual(now[what], number)
                    else:
                        self.assertGreaterEqual(int(now[what]), int(number))

    def test_functions_and_constants_stay(self):
        for folder in self.folders:
            with self.subTest(folder.name):
                now = declarations()
                self.assertEqual({name: now.get(name) for name in declarations(folder)}, declarations(folder))
                self.assertLessEqual(constants(folder).items(), constants(INCLUDE).items())


if __name__ == "__main__":
    harness.main()
