"""Storages and sources written in Python, for the tests."""

import datetime
import io
import os
import threading
import time

import holdfast


class DictStorage(holdfast.Storage):
    """Objects in a dictionary."""

    atomic_create = True

    def __init__(self):
        self.objects = {}
        self.lock = threading.Lock()

    @property
    def uri(self):
        return "dict:"

    def put_new(self, name, data):
        with self.lock:
            if name in self.objects:
                return False
            self.objects[name] = (data, datetime.datetime.now(datetime.UTC))
            return True

    def open_writer(self, name):
        return DictWriter(self, name)

    def open_reader(self, name, offset=0, length=None):
        with self.lock:
            if name not in self.objects:
                raise holdfast.NotFoundError(f"there is no object {name}")
            data = self.objects[name][0]
        return io.BytesIO(data[offset:] if length is None else data[offset:offset + length])

    def stat(self, name):
        with self.lock:
            if name not in self.objects:
                return None
            data, modified = self.objects[name]
        return holdfast.ObjectInfo(name=name, size=len(data), modified=modified)

    def list(self, prefix=""):
        with self.lock:
            names = sorted(name for name in self.objects if name.startswith(prefix))
        return (info for info in map(self.stat, names) if info)

    def remove(self, name):
        with self.lock:
            if name not in self.objects:
                raise holdfast.NotFoundError(f"there is no object {name}")
            del self.objects[name]


class DictWriter:
    """Accepts at most 1000 bytes at once, so that short writes must be continued."""

    def __init__(self, storage, name):
        self.storage, self.name, self.parts = storage, name, []

    def write(self, data):
        self.parts.append(data[:1000])
        return len(self.parts[-1])

    def commit(self):
        if not self.storage.put_new(self.name, b"".join(self.parts)):
            raise holdfast.AlreadyExistsError(f"object {self.name} is there already")

    def abort(self):
        self.parts.clear()


class Texts(holdfast.Source):
    """Entries from a dictionary of names and bytes."""

    def __init__(self, name="texts", **texts):
        self.name, self.texts = name, texts

    def describe(self):
        return holdfast.SourceInfo(name=self.name, size_estimate=sum(map(len, self.texts.values())))

    def backup(self, out):
        for name, text in self.texts.items():
            with out.open(name, kind="text") as entry:
                entry.write(text)


def threads():
    """The number of threads of this process, as the kernel counts them."""
    return len(os.listdir("/proc/self/task"))


def settled(count, wanted, seconds=5):
    """Whether a count falls to a number in time: a joined thread may stay in the kernel's list for a moment."""
    deadline = time.monotonic() + seconds
    while count() != wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    return count() == wanted


class Wrapped(holdfast.Storage):
    """Passes everything on to a storage of the library: from C++ to Python and back."""

    def __init__(self, inner):
        self.inner = inner

    @property
    def uri(self):
        return self.inner.uri

    def put_new(self, name, data):
        return self.inner.put_new(name, data)

    def open_writer(self, name):
        return self.inner.open_writer(name)

    def open_reader(self, name, offset=0, length=None):
        return self.inner.open_reader(name, offset, length)

    def stat(self, name):
        return self.inner.stat(name)

    def list(self, prefix=""):
        return self.inner.list(prefix)

    def remove(self, name):
        self.inner.remove(name)
