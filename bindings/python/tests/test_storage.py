"""Storages: those of the library, used from Python, and those written in Python."""

import datetime
import gc
import weakref

import holdfast
import holdfast_conformance
import pytest
from conftest import KEY
from helpers import DictStorage, Texts, Wrapped


@pytest.mark.parametrize("make", [DictStorage, lambda: Wrapped(holdfast.memory_storage())], ids=["in Python", "there and back again"])
def test_it_passes_the_suite_that_every_storage_passes(make):
    failed, said = holdfast_conformance.run(make)
    assert not failed, said
    assert " 1 passed" in said, said


def test_the_suite_can_fail():
    class Overwriting(DictStorage):
        def put_new(self, name, data):
            self.remove(name) if name in self.objects else None
            return super().put_new(name, data)

    failed, said = holdfast_conformance.run(Overwriting)
    assert failed and "a name once taken" in said


@pytest.mark.parametrize("layout", list(holdfast.Layout))
def test_a_repository_lies_on_it(layout):
    storage = DictStorage()
    with holdfast.create(storage, key=KEY, layout=layout) as repo:
        made = repo.backup("exec:seq 1 200000", Texts(a=b"1" * 50_000))
        assert repo.verify(made, level="full").ok
    with holdfast.open(storage, key=KEY) as repo:
        assert repo.open_entry(made, "a", source=1).read() == b"1" * 50_000
        assert repo.expire(keep_last=1).removed == ()
        repo.remove(made)
        for _ in range(3):
            if layout is holdfast.Layout.PACKED:
                repo.collect_garbage(grace=datetime.timedelta(0))
        assert repo.backups() == []


def test_it_may_be_forgotten_while_it_is_used():
    storage = DictStorage()
    gone = weakref.ref(storage)
    repo = holdfast.create(storage, key=KEY)
    del storage
    gc.collect()
    repo.backup(Texts(a=b"1" * 100_000))
    entry = repo.open_entry("latest", "a")
    repo.close()
    del repo
    gc.collect()
    assert entry.read() == b"1" * 100_000
    entry.close()
    del entry
    gc.collect()
    assert gone() is None


class Mine(Exception):
    """An exception that only this test knows."""


class Breaking(DictStorage):
    """Raises from one method when it is told to."""

    def __init__(self, method, exception):
        super().__init__()
        self.method, self.exception, self.armed = method, exception, False

    def __getattribute__(self, name):
        if name in ("put_new", "open_writer", "open_reader", "stat", "list", "remove") and self.armed and name == self.method:
            raise self.exception
        return super().__getattribute__(name)


BACK_UP = lambda repo: repo.backup(Texts(a=b"2" * 100_000))  # noqa: E731
CALLS = [
    ("packed", "put_new", BACK_UP),
    ("plain", "put_new", BACK_UP),
    ("plain", "open_writer", BACK_UP),
    ("packed", "open_reader", lambda repo: repo.open_entry(repo.known, "a").read()),
    ("plain", "open_reader", lambda repo: repo.open_entry(repo.known, "a").read()),
    ("packed", "list", lambda repo: repo.backups()),
    ("plain", "list", lambda repo: repo.backups()),
    ("packed", "list", lambda repo: repo.collect_garbage()),
    ("plain", "remove", lambda repo: repo.expire(keep_last=1)),
]


@pytest.mark.parametrize("layout, method, call", CALLS, ids=[f"{layout}-{method}-{n}" for n, (layout, method, _) in enumerate(CALLS)])
@pytest.mark.parametrize("exception", [Mine("mine"), Mine(), holdfast.StorageError("disk on fire"), OSError(28, "No space left on device"),
                                       KeyboardInterrupt()], ids=repr)
def test_what_it_raises_comes_back_unchanged(layout, method, call, exception):
    storage = Breaking(method, exception)
    with holdfast.create(storage, key=KEY, layout=layout) as repo:
        for text in (b"1", b"2"):
            repo.known = repo.backup(Texts(a=text * 100_000))
        listed = repo.backups()
        storage.armed = True
        with pytest.raises(type(exception)) as raised:
            call(repo)
        assert raised.value is exception
        storage.armed = False
        assert repo.backups() == listed
        assert repo.verify(level="full").ok
    exception.__traceback__ = None


@pytest.mark.parametrize("method, answer", [
    ("put_new", None), ("put_new", "yes"), ("stat", 5), ("list", [1]), ("list", None), ("open_reader", None), ("open_writer", 3),
    ("uri", 5), ("stat", holdfast.ObjectInfo(name="format", size=1, modified=datetime.datetime(2026, 1, 1))),
])
def test_a_wrong_answer_is_an_error(method, answer):
    class Wrong(DictStorage):
        pass

    setattr(Wrong, method, answer if method == "uri" else lambda self, *_: answer)
    with pytest.raises((holdfast.Error, TypeError, AttributeError, ValueError)):
        with holdfast.create(Wrong(), key=KEY, layout="plain") as repo:
            repo.backup(Texts(a=b"1"))
            repo.backups()
            repo.open_entry("latest", "a").read()


@pytest.mark.parametrize("wrong", ["order", "prefix", "twice"])
def test_a_listing_out_of_order_is_refused(wrong):
    class Wrong(DictStorage):
        def list(self, prefix=""):
            found = list(super().list("" if wrong == "prefix" else prefix))
            return {"order": found[::-1], "prefix": found, "twice": found + found}[wrong]

    with pytest.raises(holdfast.StorageError, match="byte order"):
        with holdfast.create(Wrong(), key=KEY) as repo:
            for _ in range(3):
                repo.backup(Texts(a=b"1"))
            repo.backups()


def test_a_stream_that_lies_about_its_bytes_is_an_error():
    class Lying(DictStorage):
        def open_reader(self, name, offset=0, length=None):
            class Stream:
                def read(self, size):
                    return bytes(size + 1)
            return Stream()

    storage = Lying()
    with pytest.raises(holdfast.Error, match="more bytes"):
        holdfast.create(storage, key=KEY).close()
        holdfast.open(storage, key=KEY).close()


def test_the_librarys_storages_are_used_from_python(tmp_path):
    with pytest.raises(holdfast.NotFoundError):
        holdfast.open_storage(tmp_path / "s")
    storage = holdfast.open_storage(tmp_path / "s", create=True)
    assert isinstance(storage, holdfast.Storage) and storage.durable and str(tmp_path) in storage.uri
    assert storage.put_new("a/b", b"123") and not storage.put_new("a/b", b"4")
    writer = storage.open_writer("c")
    writer.write(b"456")
    assert storage.stat("c") is None
    writer.commit()
    writer = storage.open_writer("d")
    writer.write(b"7")
    writer.abort()
    with pytest.raises(holdfast.InvalidStateError):
        writer.write(b"8")
    assert [(info.name, info.size) for info in storage.list()] == [("a/b", 3), ("c", 3)]
    assert storage.open_reader("c", 1, 1).read() == b"5"
    storage.remove("c")
    with pytest.raises(holdfast.NotFoundError):
        storage.remove("c")
    with pytest.raises(holdfast.InvalidArgumentError):
        storage.stat("../x")
    with pytest.raises(TypeError, match="abstract"):
        holdfast.Storage()
