"""`pip install ./bindings/python` gives a package that works without the source tree."""

import os
import pathlib
import subprocess
import sys
import zipfile

import holdfast
import pytest
from conftest import ROOT

BUILD = pathlib.Path(holdfast.__file__).parents[3]

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
    """Builds against the installed library of this build, so that the library is not compiled again."""
    failed, said = run(sys.executable, "-m", "venv", tmp_path / "venv")
    if failed:
        pytest.skip(f"no venv here: install python3-venv ({said.strip().splitlines()[-1]})")
    python = tmp_path / "venv/bin/python"
    failed, said = run(python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", tmp_path, "scikit-build-core", "--timeout", "15",
                       "--retries", "0")
    if failed:
        pytest.skip("the package index can't be reached, which pip needs for scikit-build-core")
    failed, said = run("cmake", "--install", BUILD, "--prefix", tmp_path / "installed")
    if failed:
        pytest.skip(f"only a complete build can be installed: {said.strip().splitlines()[-1]}")
    build = {**os.environ, "SKBUILD_CMAKE_SOURCE_DIR": ".", "CMAKE_ARGS": f"-DCMAKE_PREFIX_PATH={tmp_path}/installed -DHOLDFAST_UNITY=ON"}
    build.pop("PYTHONPATH")
    failed, said = run(python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", tmp_path / "out", ROOT / "bindings/python", env=build)
    assert not failed, said
    wheel, = pathlib.Path(tmp_path / "out").glob("holdfast-*.whl")
    names = [name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name]
    assert all(name.startswith("holdfast/") for name in names) and {"holdfast/py.typed", "holdfast/_core.pyi"} <= set(names)
    failed, said = run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    assert not failed, said
    failed, said = run(python, "-W", "error", "-c", TRY, tmp_path / "repository", env=build, cwd=tmp_path)
    assert not failed and str(tmp_path) in said, said
