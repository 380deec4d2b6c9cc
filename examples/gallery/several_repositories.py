"""Several repositories: one reading of the source, a copy for another place, with a key of its own. several_repositories.py EMPTY-DIRECTORY."""

import pathlib
import sys

import holdfast


def main(place):
    (place / "data").mkdir()
    (place / "data" / "orders.csv").write_text("milk,1.20\nbread,2.40\n")
    with (
        holdfast.create(place / "here", password="correct horse") as here,
        holdfast.create(place / "vault", password="battery staple") as vault,
        holdfast.create(place / "plain", encrypted=False, layout="plain") as plain,
    ):
        backup = here.backup(f"dir://{place / 'data'}")
        for other in (vault, plain):
            copied = here.copy(backup, other)  # keeps its time and tags; the source is not read again
            other.verify(copied, level="full")
        here.expire(keep_last=3)  # each repository keeps what its own rules say
        vault.expire(keep_monthly=12)
        print([len(repo.backups()) for repo in (here, vault, plain)], "backups")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
