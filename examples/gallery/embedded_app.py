"""An application that keeps its own backups, as it keeps its data: in a folder next to it. embedded_app.py EMPTY-DIRECTORY."""

import datetime
import json
import pathlib
import sys

import holdfast


class Notebook:
    """Notes in a folder. Every close() leaves a backup; open() can go back to any of them."""

    def __init__(self, home, password):
        self.notes = home / "notes"
        self.notes.mkdir(parents=True, exist_ok=True)
        place = home / "backups"
        enter = holdfast.open if place.exists() else holdfast.create
        self.backups = enter(place, password=password)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        with self.backups as repo:
            repo.backup(f"dir://{self.notes}")
            repo.expire(keep_last=10, keep_daily=30)
            repo.collect_garbage(grace=datetime.timedelta(days=1))

    def write(self, name, text):
        (self.notes / f"{name}.json").write_text(json.dumps({"text": text}))

    def read(self, name):
        return json.loads((self.notes / f"{name}.json").read_text())["text"]


def main(home):
    with Notebook(home, "correct horse") as book:
        book.write("milk", "buy milk")
    with Notebook(home, "correct horse") as book:
        book.write("milk", "overwritten by mistake")
    with Notebook(home, "correct horse") as book:
        newest, older = book.backups.backups()
        restored = home / "restored"
        book.backups.restore(older, f"dir://{restored}")
        print(f"now: {book.read('milk')}; before: {json.loads((restored / 'milk.json').read_text())['text']}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
