"""What a fresh installation of the package must do without a compiler or any other program: back up and prove a folder, verify, cancel; each
storage's library loads. try_wheel.py NEW-DIRECTORY"""

import asyncio
import pathlib
import sys

import holdfast

PACKAGE = pathlib.Path(holdfast.__file__).parent

place = pathlib.Path(sys.argv[1])
folder = place.with_suffix(".folder")
folder.mkdir()
(folder / "note").write_text("remember")
with holdfast.create(place, password="x") as repo:
    backup = repo.backup(f"dir://{folder}")
    proof = repo.verify(backup, level="restore").proof
    assert proof is not None and proof.level == holdfast.ProofLevel.CONTENT_EQUAL, proof
    assert asyncio.run(asyncio.wait_for(repo.averify(backup), 60)).ok
assert {"postgresql", "files", "exec"} <= {driver.name for driver in holdfast.drivers()}
try:
    with holdfast.create("memory:", password="x") as other:
        other.backup("postgresql:///nowhere?host=/nonexistent")
except holdfast.Error as error:
    assert "/nonexistent" in str(error), error  # libpq said so
print(PACKAGE, holdfast.__version__)
