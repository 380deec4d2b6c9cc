"""A custom source and target: backs up, loses and restores a SQLite database. main.py NEW-DIRECTORY."""

import pathlib
import sqlite3
import sys

import holdfast


class SqliteSource(holdfast.Source):
    """One entry with all tables as SQL, read in one transaction."""

    def __init__(self, path):
        self.path = path

    def describe(self):
        size = self.path.stat().st_size  # a file that can't be read fails now, not later
        return holdfast.SourceInfo(name=self.path.name, uri=f"sqlite-text:{self.path.name}", driver="sqlite-text", size_estimate=size)

    def backup(self, out):
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            connection.execute("BEGIN")
            with out.open("dump.sql", kind="sql", restore_with='sqlite3 "$TARGET"') as entry:
                for line in connection.iterdump():
                    entry.write(f"{line}\n".encode())
            tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
            out.note("tables", str(tables))
        finally:
            connection.close()


class SqliteTarget(holdfast.Target):
    """A database that does not exist yet."""

    def __init__(self, path):
        self.path = path

    def preflight(self, backup):
        if self.path.exists():
            raise holdfast.AlreadyExistsError(f"{self.path} exists already")

    def restore(self, backup):
        connection = sqlite3.connect(self.path)
        try:
            with backup.open("dump.sql") as entry:
                connection.executescript(entry.read().decode())
        finally:
            connection.close()
        return holdfast.RestoreReport(entries=1, bytes=sum(entry.plain_bytes for entry in backup.entries), where=str(self.path))


def contents(path):
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT * FROM note ORDER BY id").fetchall()
    finally:
        connection.close()


def main(place):
    place.mkdir()
    database = place / "notes.db"
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO note (text) VALUES (?)", [(f"note {n}",) for n in range(1000)])
    connection.close()
    before = contents(database)
    with holdfast.create(place / "repository", password="correct horse battery staple") as repo:
        backup = repo.backup(SqliteSource(database), tags={"app": "notes"})
        repo.verify(backup, level="full")
        database.unlink()
        report = repo.restore(backup, SqliteTarget(database))
    assert contents(database) == before
    print(f"{len(before)} notes restored into {report.where}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
