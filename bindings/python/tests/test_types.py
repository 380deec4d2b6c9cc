"""The types of the package, for users with a type checker."""

import pathlib
import subprocess
import sys

import holdfast
import pytest

PACKAGE = pathlib.Path(holdfast.__file__).parent


# Members that pybind11 adds to every class, and the constructors of classes that only _core makes.
ALLOWED = """
holdfast\\._core\\.[A-Za-z]+
holdfast\\._core\\.(EntryWriter|NativeStorage|NativeTransform|ObjectWriter|Repository|Session|SourceWriter|StreamReader|ViewReader)\\.__init__
"""


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("mypy")


def checked(cache, tmp_path, *command):
    if subprocess.run([sys.executable, "-c", "import mypy"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no mypy for this Python: install the package mypy")
    return subprocess.run([sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={"MYPYPATH": str(PACKAGE.parent), "PYTHONPATH": str(PACKAGE.parent), "MYPY_CACHE_DIR": str(cache)})


def test_the_package_is_strictly_typed(cache, tmp_path):
    done = checked(cache, tmp_path, "mypy", "--strict", "-p", "holdfast")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stub_is_what_the_module_has(cache, tmp_path):
    (tmp_path / "allowed").write_text(ALLOWED)
    done = checked(cache, tmp_path, "mypy.stubtest", "--allowlist", "allowed", "holdfast._core")
    assert done.returncode == 0, done.stdout + done.stderr


def test_users_code_is_checked_against_it(cache, tmp_path):
    (tmp_path / "good.py").write_text(
        "import pathlib\nimport holdfast\n"
        "def run(secret: str) -> list[str]:\n"
        "    with holdfast.create(pathlib.Path('x'), password=secret) as repo:\n"
        "        backup: holdfast.Backup = repo.backup('postgresql:///shop', progress=print)\n"
        "        repo.verify(backup, level='restore')\n"
        "        return [line.decode() for line in repo.open_entry(backup, 'a')]\n")
    done = checked(cache, tmp_path, "mypy", "--strict", "good.py")
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "bad.py").write_text("import holdfast\nholdfast.create(5, key='text').backup(6)\n")
    done = checked(cache, tmp_path, "mypy", "--strict", "bad.py")
    assert done.returncode == 1 and done.stdout.count("error:") == 3, done.stdout


def test_everything_public_is_documented():
    undocumented = []
    for name in holdfast.__all__:
        thing = getattr(holdfast, name)
        if name != "__version__" and not thing.__doc__:
            undocumented.append(name)
        if isinstance(thing, type):
            undocumented += [f"{name}.{member}" for member, value in vars(thing).items()
                             if not member.startswith("_") and callable(value) and not value.__doc__ and not hasattr(value, "value")]
    assert undocumented == []
