"""Forked workers, as in gunicorn: the parent opens nothing, each worker opens the repository itself. forked_workers.py EMPTY-DIRECTORY."""

import os
import pathlib
import sys

import holdfast

PASSWORD = "correct horse"


def work(place, number):
    """Runs in the child. Several processes may use one repository at once."""
    with holdfast.open(place, password=PASSWORD) as repo:
        repo.backup(f"exec:seq 1 {number * 10000}", tags={"worker": str(number)})


def main(place):
    holdfast.create(place / "repository", password=PASSWORD).close()  # closed before the fork
    children = []
    for number in range(1, 4):
        child = os.fork()
        if child == 0:
            try:
                work(place / "repository", number)
            except BaseException as error:
                print(error, file=sys.stderr)
                os._exit(1)
            os._exit(0)  # a forked child leaves the parent's exit handlers alone
        children.append(child)
    failed = [child for child in children if os.waitpid(child, 0)[1] != 0]
    with holdfast.open(place / "repository", password=PASSWORD) as repo:
        print(sorted(backup.tags["worker"] for backup in repo), "failed:", len(failed))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
