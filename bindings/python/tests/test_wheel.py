"""`pip install ./bindings/python` gives a package that works without the source tree."""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest
from conftest import ROOT

# As the release preset's, so that ccache has most objects already.
FLAGS = ["-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O2 -g1 -DNDEBUG", "-DHOLDFAST_WERROR=ON",
         "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"]

TRY = """
import holdfast, pathlib, sys
with holdfast.create(sys.argv[1], password="x") as repo:
    repo.backup("exec:seq 1 1000")
    assert repo.verify(level="full").ok
print(holdfast.__file__)
"""


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout + done.stderr


def test_the_wheel_installs_and_works(tmp_path):
    if not shutil.which("ccache"):
        pytest.skip("without ccache the wheel compiles the whole library again: install ccache")
    failed, said = run(sys.executable, "-m", "venv", tmp_path / "venv")
    if failed:
        pytest.skip(f"no venv here: install python3-venv ({said.strip().splitlines()[-1]})")
    python = tmp_path / "venv/bin/python"
    failed, said = run(python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", tmp_path, "scikit-build-core", "--timeout", "15",
                       "--retries", "0")
    if failed:
        pytest.skip("the package index can't be reached, which pip needs for scikit-build-core")
    build = {**os.environ, "CMAKE_ARGS": " ".join(f"'{flag}'" if " " in flag else flag for flag in FLAGS), "SKBUILD_CMAKE_BUILD_TYPE": "RelWithDebInfo"}
    build.pop("PYTHONPATH")
    failed, said = run(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path / "out", ROOT / "bindings/python", env=build)
    assert not failed, said
    wheel, = pathlib.Path(tmp_path / "out").glob("holdfast-*.whl")
    names = [name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name]
    assert all(name.startswith("holdfast/") for name in names) and {"holdfast/py.typed", "holdfast/_core.pyi"} <= set(names)
    failed, said = run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    assert not failed, said
    failed, said = run(python, "-W", "error", "-c", TRY, tmp_path / "repository", env=build, cwd=tmp_path)
    assert not failed and str(tmp_path) in said, said
