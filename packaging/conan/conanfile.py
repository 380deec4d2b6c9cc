"""Conan 2 recipe: `conan create packaging/conan -c tools.system.package_manager:mode=install` in a clone.

The libraries that Holdfast needs are the system's: on Debian and Ubuntu the recipe asks apt for them. Hosts use
find_package(holdfast), as with an installed Holdfast."""

import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load
from conan.tools.system.package_manager import Apt

ROOT = os.path.join(os.pardir, os.pardir)
LIBRARIES = ["libarchive-dev", "libabsl-dev", "libcurl4-openssl-dev", "libfmt-dev", "liblz4-dev", "libpq-dev", "libpugixml-dev",
             "libre2-dev", "libssl-dev", "libxxhash-dev", "libyaml-dev", "libzstd-dev", "zlib1g-dev", "pkg-config"]
FOR_THE_BUILD = ["nlohmann-json3-dev"]
FOR_THE_COMMAND = ["libcli11-dev"]


class Holdfast(ConanFile):
    name = "holdfast"
    description = "Back up databases and files, keep them encrypted and deduplicated, and prove that they can be restored"
    license = "Apache-2.0"
    settings = "os", "arch", "compiler", "build_type"
    options = {"capi": [True, False], "command": [True, False]}
    default_options = {"capi": True, "command": False}

    def set_version(self):
        lists = load(self, os.path.join(self.recipe_folder, ROOT, "CMakeLists.txt"))
        self.version = re.search(r"project\(holdfast VERSION (\S+)", lists)[1]

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*", "capi/*"):
            copy(self, pattern, os.path.join(self.recipe_folder, ROOT), self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def system_requirements(self):
        Apt(self).install(LIBRARIES + FOR_THE_BUILD + (FOR_THE_COMMAND if self.options.command else []), check=True)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.variables["HOLDFAST_UNITY"] = True
        toolchain.variables["HOLDFAST_BUILD_CAPI"] = bool(self.options.capi)
        toolchain.variables["HOLDFAST_BUILD_COMMAND"] = bool(self.options.command)
        toolchain.variables["HOLDFAST_BUILD_TESTS"] = False
        toolchain.variables["HOLDFAST_BUILD_SERVICES"] = False
        toolchain.cache_variables["CMAKE_INSTALL_LIBDIR"] = "lib"
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        # The package's own CMake files, which also find the system's libraries.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "holdfast")]
        self.cpp_info.libs = []
