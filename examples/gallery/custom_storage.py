"""A storage of your own: repositories in a table of SQLite. custom_storage.py EMPTY-DIRECTORY."""

import contextlib
import datetime
import io
import pathlib
import sqlite3
import sys
import threading

import holdfast

TABLE = "CREATE TABLE IF NOT EXISTS object (name TEXT PRIMARY KEY, data BLOB NOT NULL, modified TEXT NOT NULL) WITHOUT ROWID"
LARGEST = 2**31 - 1


class TableStorage(holdfast.Storage):
    """Each object is a row. Each thread has a connection of its own, because all methods are called from many threads."""

    atomic_create = True  # of two INSERTs of one name exactly one succeeds
    durable = True  # SQLite syncs each commit

    def __init__(self, path):
        self.path, self.local = path, threading.local()
        self.run(TABLE)

    @property
    def uri(self):
        return f"sqlite:{self.path}"

    def run(self, statement, *values):
        if not hasattr(self.local, "connection"):
            self.local.connection = sqlite3.connect(self.path, timeout=60)
            self.local.connection.execute("PRAGMA synchronous = FULL")
        try:
            with self.local.connection as connection:
                return connection.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise holdfast.StorageError(f"{self.uri}: {error}") from error

    def put_new(self, name, data):
        try:
            self.run("INSERT INTO object VALUES (?, ?, ?)", name, data, datetime.datetime.now(datetime.UTC).isoformat())
        except sqlite3.IntegrityError:
            return False
        return True

    def open_writer(self, name):
        return RowWriter(self, name)

    def open_reader(self, name, offset=0, length=None):
        most = LARGEST if length is None else length
        found = self.run("SELECT substr(data, ?, ?) FROM object WHERE name = ?", offset + 1, most, name).fetchone()
        if found is None:
            raise holdfast.NotFoundError(f"there is no object {name}")
        return io.BytesIO(found[0])

    def stat(self, name):
        return next(self.found("name = ?", name), None)

    def list(self, prefix=""):
        return self.found("substr(name, 1, ?) = ? ORDER BY name", len(prefix), prefix)

    def found(self, condition, *values):
        for name, size, modified in self.run(f"SELECT name, length(data), modified FROM object WHERE {condition}", *values).fetchall():
            yield holdfast.ObjectInfo(name=name, size=size, modified=datetime.datetime.fromisoformat(modified))

    def remove(self, name):
        if self.run("DELETE FROM object WHERE name = ?", name).rowcount == 0:
            raise holdfast.NotFoundError(f"there is no object {name}")


class RowWriter:
    """A row appears whole, at commit()."""

    def __init__(self, storage, name):
        self.storage, self.name, self.data = storage, name, bytearray()

    def write(self, data):
        self.data += data

    def commit(self):
        if not self.storage.put_new(self.name, bytes(self.data)):
            raise holdfast.AlreadyExistsError(f"object {self.name} exists already")

    def abort(self):
        self.data.clear()


def main(place):
    storage = TableStorage(place / "backups.db")
    with holdfast.create(storage, password="correct horse") as repo:
        backup = repo.backup("exec:seq 1 100000")
        repo.verify(backup, level="full")
    with contextlib.closing(sqlite3.connect(place / "backups.db")) as connection:
        print(connection.execute("SELECT count(*) > 0 FROM object").fetchone()[0], "verified on", storage.uri)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
