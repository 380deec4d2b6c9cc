"""Three ways to cancel: a token from another thread, a deadline of asyncio, Ctrl-C. No backup is left. cancel.py EMPTY-DIRECTORY."""

import asyncio
import pathlib
import sys
import threading

import holdfast

ENDLESS = "exec:cat /dev/zero"


def by_a_token(repo):
    token = holdfast.CancelToken()
    threading.Timer(0.2, token.cancel).start()  # a button, another thread
    try:
        repo.backup(ENDLESS, cancel=token)
    except holdfast.Cancelled as error:
        print("token:", error.code)


async def by_a_deadline(repo):
    try:
        async with asyncio.timeout(0.2):
            await repo.abackup(ENDLESS)
    except TimeoutError:
        print("deadline: over")


def by_ctrl_c(repo):
    def press(event):  # what Ctrl-C raises; any exception of a callback cancels in the same way
        if event.kind is holdfast.EventKind.PROGRESS:
            raise KeyboardInterrupt

    try:
        repo.backup(ENDLESS, progress=press)
    except KeyboardInterrupt:
        print("Ctrl-C: interrupted")


def main(place):
    with holdfast.create(place / "repository", password="correct horse") as repo:
        by_a_token(repo)
        asyncio.run(by_a_deadline(repo))
        by_ctrl_c(repo)
        print(len(repo.backups()), "backups")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
