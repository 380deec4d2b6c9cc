"""Sources written in Python."""

import gc
import sqlite3
import threading
import weakref

import holdfast
import pytest
from helpers import Texts


def test_it_is_backed_up_and_read_back(repo):
    repo.backup(Texts(a=b"first", b=b"second" * 100_000))
    view = repo.view("latest")
    assert {each.name: view.open(each).read() for each in view.entries} == {"a": b"first", "b": b"second" * 100_000}


def test_it_is_called_on_the_callers_thread(repo, tmp_path):
    """Objects that belong to one thread, such as a connection of sqlite3, therefore work."""
    class Table(holdfast.Source):
        def __init__(self):
            self.connection = sqlite3.connect(":memory:")
            self.connection.execute("CREATE TABLE t AS SELECT 1 AS a")
            self.threads = set()

        def describe(self):
            self.threads.add(threading.get_ident())
            return holdfast.SourceInfo(name="table")

        def backup(self, out):
            self.threads.add(threading.get_ident())
            with out.open("dump.sql") as entry:
                for line in self.connection.iterdump():
                    entry.write(line.encode())

    source = Table()
    repo.backup(source)
    source.connection.close()
    assert source.threads == {threading.get_ident()}
    assert b"CREATE TABLE t" in repo.open_entry("latest", "dump.sql").read()


class Mine(Exception):
    """An exception that only this test knows."""


class Failing(Texts):
    def __init__(self, where, exception):
        super().__init__(a=b"1" * 100_000)
        self.where, self.exception = where, exception

    def describe(self):
        if self.where == "describe":
            raise self.exception
        return super().describe()

    def backup(self, out):
        super().backup(out)
        if self.where == "backup":
            raise self.exception
        with out.open("b") as entry:
            entry.write(b"2")
            raise self.exception


@pytest.mark.parametrize("where", ["describe", "backup", "entry"])
@pytest.mark.parametrize("exception", [Mine("mine"), Mine(), KeyError("k"), KeyboardInterrupt(), SystemExit(3), MemoryError(),
                                       holdfast.NetworkError("net", retryable=True), holdfast.Cancelled("stop")], ids=repr)
def test_what_it_raises_comes_back_unchanged_and_leaves_no_backup(repo, where, exception):
    with pytest.raises(type(exception)) as raised:
        repo.backup(Texts("good", x=b"1"), Failing(where, exception))
    assert raised.value is exception
    assert any(entry.name in ("describe", "backup") for entry in raised.traceback)
    assert repo.backups() == []
    exception.__traceback__ = None


def test_an_exception_whose_text_raises_comes_back_too(repo):
    class Broken(Exception):
        def __str__(self):
            raise RuntimeError("no text")

    exception = Broken()
    with pytest.raises(Broken) as raised:
        repo.backup(Failing("backup", exception))
    assert raised.value is exception


def test_it_must_describe_itself(repo):
    class Wrong(Texts):
        def describe(self):
            return {"name": "x"}

    with pytest.raises(TypeError, match="describe"):
        repo.backup(Wrong())
    with pytest.raises(TypeError, match="abstract"):
        holdfast.Source()


def test_an_entry_it_forgets_is_no_silent_loss(repo):
    class Forgetful(Texts):
        def backup(self, out):
            self.entry = out.open("forgotten")
            self.out = out

    source = Forgetful()
    with pytest.raises(holdfast.InvalidStateError, match="'forgotten'"):
        repo.backup(source)
    assert repo.backups() == [] and source.entry.closed
    with pytest.raises(holdfast.InvalidStateError, match="has ended"):
        source.out.open("late")


def test_its_writers_kept_after_the_end_refuse(repo):
    class Keeping(Texts):
        def backup(self, out):
            super().backup(out)
            self.out = out

    source = Keeping(a=b"1")
    repo.backup(source)
    gc.collect()
    with pytest.raises(holdfast.InvalidStateError):
        source.out.open("late")
    with pytest.raises(holdfast.InvalidStateError):
        source.out.encrypted


def test_it_may_use_threads_and_other_repositories(repo, tmp_path):
    class Threads(Texts):
        def backup(self, out):
            workers = [threading.Thread(target=self.write, args=(out, n)) for n in range(4)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            with holdfast.create("memory:", encrypted=False) as other:
                other.backup(Texts(x=b"nested"))
                out.note("nested", other.open_entry("latest", "x").read().decode())

        def write(self, out, number):
            with out.open(str(number)) as entry:
                entry.write(bytes([number]) * 100_000)

    made = repo.backup(Threads())
    assert made.sources[0].notes == {"nested": "nested"} and made.entries == 4


def test_progress_is_told_while_it_writes(repo):
    class Long(Texts):
        def backup(self, out):
            with out.open("long") as entry:
                while not any(event.kind is holdfast.EventKind.PROGRESS for event in events):
                    entry.write(bytes(100_000))
                    assert len(events) < 10_000

    events = []
    repo.backup(Long(), progress=events.append)
    assert {event.kind for event in events} >= {holdfast.EventKind.PHASE, holdfast.EventKind.PROGRESS}
    assert all(str(event) for event in events)


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_kept_of_it_afterwards(repo, fails):
    source = Failing("backup", Mine("mine")) if fails else Texts(a=b"1")
    gone = weakref.ref(source)
    heard = []

    def hear(event):
        heard.append(event.kind)

    heard_gone = weakref.ref(hear)
    try:
        repo.backup(source, progress=hear)
    except Mine:
        assert fails
    del source, hear
    gc.collect()
    assert heard and gone() is None and heard_gone() is None
