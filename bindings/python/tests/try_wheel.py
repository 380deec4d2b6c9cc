"""What a fresh installation of the package must do: back up, verify, cancel, each storage's library loads. try_wheel.py NEW-DIRECTORY"""

import asyncio
import pathlib
import sys

import holdfast

with holdfast.create(sys.argv[1], password="x") as repo:
    backup = repo.backup("exec:seq 1 1000")
    assert repo.verify(backup, level="full").ok
    assert asyncio.run(asyncio.wait_for(repo.averify(backup), 60)).ok
assert {"postgresql", "files", "exec"} <= {driver.name for driver in holdfast.drivers()}
try:
    with holdfast.create("memory:", password="x") as other:
        other.backup("postgresql:///nowhere?host=/nonexistent")
except holdfast.Error as error:
    assert "/nonexistent" in str(error), error  # libpq said so
print(pathlib.Path(holdfast.__file__).parent, holdfast.__version__)
