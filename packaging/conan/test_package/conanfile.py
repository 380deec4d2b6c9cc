"""Builds the example of a host against the package, and runs it."""

import os
import tempfile

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, cmake_layout


class HostTest(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps", "CMakeToolchain"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def build(self):
        cmake = CMake(self)
        cmake.configure(build_script_folder=os.path.join(self.recipe_folder, "..", "..", "..", "examples", "embed_find_package"))
        cmake.build()

    def test(self):
        if can_run(self):
            with tempfile.TemporaryDirectory() as place:
                self.run(f"{os.path.join(self.cpp.build.bindir, 'embed')} {os.path.join(place, 'repository')}", env="conanrun")
