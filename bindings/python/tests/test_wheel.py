"""The wheels that `bindings/python/wheels` makes need nothing of the system but its C library."""

import os
import pathlib
import re
import subprocess
import sys
import zipfile

import holdfast
import pytest
from conftest import ROOT

BUILD = pathlib.Path(holdfast.__file__).parents[3]
NO_INDEX = ("No matching distribution", "Could not find a version", "Failed to establish a new connection")


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(not os.environ.get("HOLDFAST_TESTS_LONG"), reason="a long run does it: it compiles the whole extension module once more")
def test_a_wheel_carries_its_libraries_and_works_in_a_bare_environment(tmp_path):
    """Made against the installed library of this build, so that the library is not compiled again."""
    failed, said = run("cmake", "--install", BUILD, "--prefix", tmp_path / "installed")
    if failed:
        pytest.skip(f"only a complete build can be installed: {said.strip().splitlines()[-1]}")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    failed, said = run(ROOT / "bindings/python/wheels", tmp_path / "out", sys.executable,
                       env={**environment, "HOLDFAST_PREFIX": str(tmp_path / "installed")})
    if failed and any(reason in said for reason in NO_INDEX):
        pytest.skip("the package index can't be reached, which pip needs for scikit-build-core and auditwheel")
    assert not failed, said
    wheel, = (tmp_path / "out").glob("holdfast-*.whl")
    assert re.search(r"-manylinux_2_\d+_\w+\.whl$", wheel.name)
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0].partition(".")[0] for name in names} == {"holdfast"}
    assert {"holdfast/py.typed", "holdfast/_core.pyi"} <= set(names)
    assert {"libpq", "libcurl", "libre2"} <= {match.group(1) for name in names if (match := re.match(r"holdfast\.libs/(lib\w+)-", name))}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_an_sdist_has_all_that_a_build_reads(tmp_path):
    """Its files, without the build itself: the wheel's test builds."""
    failed, said = run(sys.executable, "-m", "venv", tmp_path / "venv")
    if failed:
        pytest.skip(f"no venv here: install python3-venv ({said.strip().splitlines()[-1]})")
    failed, said = run(tmp_path / "venv/bin/pip", "install", "--quiet", "--timeout", "15", "--retries", "0", "build", "scikit-build-core", "pybind11")
    if failed:
        pytest.skip("the package index can't be reached, which pip needs for scikit-build-core")
    failed, said = run(tmp_path / "venv/bin/python", "-m", "build", "--sdist", "--no-isolation", "--outdir", tmp_path, ROOT)
    assert not failed, said
    archive, = tmp_path.glob("holdfast-*.tar.gz")
    _, listed = run("tar", "tzf", archive)
    names = {name.partition("/")[2] for name in listed.splitlines()}
    _, tracked = run("git", "-C", ROOT, "ls-files", "CMakeLists.txt", "pyproject.toml", "LICENSE", "README.md", "cmake", "include", "src",
                     "bindings/python/CMakeLists.txt", "bindings/python/src", "bindings/python/holdfast")
    assert set(tracked.split()) - names == set()
    assert not [name for name in names if name.startswith(("tests/", "build/", "docs/"))]
