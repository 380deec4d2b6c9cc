"""The program that c/host.c describes, in Python."""

import datetime
import io
import sys
import threading

import holdfast

KEPT = 1 << 20
SOME_TIME = datetime.datetime.now(datetime.UTC)


class Shelf(holdfast.Storage):
    atomic_create = durable = True

    def __init__(self):
        self.lock = threading.Lock()
        self.objects = {}

    @property
    def uri(self):
        return "shelf:"

    def add(self, name, size, data):
        with self.lock:
            if name in self.objects:
                return False
            self.objects[name] = (size, data)
            return True

    def get(self, name):
        with self.lock:
            if name not in self.objects:
                raise holdfast.NotFoundError(name)
            return self.objects[name]

    def put_new(self, name, data):
        return self.add(name, len(data), data if len(data) <= KEPT else None)

    def open_writer(self, name):
        return Writing(self, name)

    def open_reader(self, name, offset=0, length=None):
        data = self.get(name)[1]
        return io.BytesIO(data[offset:None if length is None else offset + length])

    def stat(self, name):
        with self.lock:
            return holdfast.ObjectInfo(name=name, size=self.objects[name][0], modified=SOME_TIME) if name in self.objects else None

    def list(self, prefix=""):
        with self.lock:
            return [holdfast.ObjectInfo(name=name, size=size, modified=SOME_TIME) for name, (size, _) in sorted(self.objects.items()) if name.startswith(prefix)]

    def remove(self, name):
        self.get(name)
        with self.lock:
            del self.objects[name]


class Writing:
    def __init__(self, shelf, name):
        self.shelf, self.name, self.size, self.parts = shelf, name, 0, []

    def write(self, data):
        self.size += len(data)
        if self.size <= KEPT:
            self.parts.append(data)

    def commit(self):
        if not self.shelf.add(self.name, self.size, b"".join(self.parts)):
            raise holdfast.AlreadyExistsError(self.name)

    def abort(self):
        self.parts.clear()


class Reading(holdfast.Source):
    def __init__(self, path, piece):
        self.path, self.piece = path, piece

    def describe(self):
        return holdfast.SourceInfo(name="file", uri="bench:file")

    def backup(self, out):
        with open(self.path, "rb", buffering=0) as file, out.open("data") as entry, memoryview(bytearray(self.piece)) as piece:
            while some := file.readinto(piece):
                entry.write(piece[:some])


def say(word):
    print(word, flush=True)
    sys.stdin.readline()


def main(path, piece):
    with holdfast.create(Shelf(), key=b"0123456789abcdef0123456789abcdef") as repository:
        say("ready")
        repository.backup(Reading(path, int(piece)))
        say("done")


main(*sys.argv[1:])
