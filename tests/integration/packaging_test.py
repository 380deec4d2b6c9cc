"""The recipes of packaging/ name the version and the libraries that CMake names, and the real Conan makes a package of one
of them that a host can use."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import harness
from budget import LONG

ROOT = pathlib.Path(__file__).resolve().parents[2]
CMAKE = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
# What CMake calls a library, and what vcpkg calls it.
PORTS = {"OpenSSL": "openssl", "ZLIB": "zlib", "PostgreSQL": "libpq", "nlohmann_json": "nlohmann-json", "fmt": "fmt", "libzstd": "zstd",
         "liblz4": "lz4", "libxxhash": "xxhash", "libcurl": "curl", "yaml-0.1": "libyaml", "re2": "re2", "libarchive": "libarchive",
         "pugixml": "pugixml", "absl": "abseil", "CLI11": "cli11"}
OF_CMAKE = {"Threads", "PkgConfig"}
NO_INDEX = ("No matching distribution", "Could not find a version", "Failed to establish a new connection")


def libraries():
    """Those that CMakeLists.txt looks for, by CMake's and pkg-config's names."""
    packages = set(re.findall(r"find_package\((\w+)", CMAKE)) - OF_CMAKE
    return packages | set(re.findall(r"pkg_check_modules\(\w+ REQUIRED IMPORTED_TARGET ([\w.-]+?)(?:>=|\))", CMAKE))


def debian_list(path, pattern):
    return set(re.split(r"[\s,]+", re.search(pattern, (ROOT / path).read_text(encoding="utf-8"), re.DOTALL)[1].strip()))


def conan_recipe():
    """The lists at the top of the recipe, without Conan."""
    text = (ROOT / "packaging/conan/conanfile.py").read_text(encoding="utf-8")
    space = {}
    exec(re.search(r"^LIBRARIES.*?(?=^class)", text, re.DOTALL | re.MULTILINE)[0], space)
    return space


class Recipes(unittest.TestCase):
    def test_the_vcpkg_port_keeps_the_rules_of_its_format(self):
        port = json.loads((ROOT / "packaging/vcpkg/holdfast/vcpkg.json").read_text(encoding="utf-8"))
        self.assertEqual(port["name"], "holdfast")
        self.assertEqual(port["version"], re.search(r"project\(holdfast VERSION (\S+)", CMAKE)[1])
        self.assertLessEqual(set(port), {"name", "version", "description", "license", "supports", "dependencies", "features"})
        for part in (port, *port["features"].values()):
            names = [each if isinstance(each, str) else each["name"] for each in part["dependencies"]]
            self.assertEqual(names, sorted(set(names)))
            for name in names:
                self.assertRegex(name, r"^[a-z0-9]+(-[a-z0-9]+)*$")
            self.assertTrue(part["description"])

    def test_the_vcpkg_port_has_each_library(self):
        port = json.loads((ROOT / "packaging/vcpkg/holdfast/vcpkg.json").read_text(encoding="utf-8"))
        named = {each for part in (port, *port["features"].values()) for each in part["dependencies"] if isinstance(each, str)}
        self.assertEqual(named, {PORTS[library] for library in libraries()})

    def test_the_conan_recipe_has_each_package(self):
        recipe = conan_recipe()
        hosts = debian_list("cmake/packages.cmake", r'DEVELOPMENT_PACKAGE_RECOMMENDS "([^"]*)"')
        self.assertEqual(set(recipe["LIBRARIES"]), hosts)
        for_all = debian_list("tests/support/packages.sh", r"build_packages=\(([^)]*)\)")
        self.assertLessEqual(hosts | set(recipe["FOR_THE_BUILD"]) | set(recipe["FOR_THE_COMMAND"]), for_all)

    @unittest.skipUnless(LONG, "a long run does it: it compiles the library once more")
    def test_conan_makes_a_package_that_a_host_can_use(self):
        with tempfile.TemporaryDirectory() as place:
            subprocess.run([sys.executable, "-m", "venv", f"{place}/venv"], check=True)
            got = subprocess.run([f"{place}/venv/bin/pip", "install", "--quiet", "conan>=2,<3"], capture_output=True, text=True, check=False)
            if any(reason in got.stderr for reason in NO_INDEX):
                self.skipTest("the package index can't be reached, which has Conan")
            self.assertEqual(got.returncode, 0, got.stderr)
            conan = [f"{place}/venv/bin/conan"]
            environment = {**os.environ, "CONAN_HOME": f"{place}/home"}
            subprocess.run([*conan, "profile", "detect"], env=environment, capture_output=True, check=True)
            # Without the C interface, and linked against the system's libraries, which tests/run has installed.
            done = subprocess.run([*conan, "create", ROOT / "packaging/conan", "-o", "holdfast/*:capi=False", "-s", "compiler.cppstd=20",
                                   "-c", f"tools.cmake.cmake_layout:test_folder={place}/test"],
                                  env=environment, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
            self.assertIn("read back equal", done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
