"""Other things that a host may do: fork, start processes, pickle, collect garbage at odd moments, run other
interpreters."""

import copy
import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import holdfast
import pytest
from conftest import KEY
from helpers import DictStorage, Texts


def run(code, timeout=60):
    """Runs a separate program, which must succeed soon."""
    head = "import os, sys, threading, time\n" + f"sys.path.insert(0, {os.path.dirname(__file__)!r})\nKEY = bytes(range(32))\n"
    done = subprocess.run([sys.executable, "-c", head + textwrap.dedent(code)], capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done
    return done


# --- processes


def back_up_there(place):
    """In another process: opens its own repository and makes a backup."""
    with holdfast.open(place, key=KEY) as repo:
        return repo.backup(Texts(a=b"1" * 100_000))


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_other_processes_open_the_repository_themselves(repo, tmp_path, method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        made = pool.map(back_up_there, [tmp_path / "repository"] * 4)
    assert {each.id for each in made} == {each.id for each in repo.backups()}


FORK = """
    import holdfast
    from helpers import DictStorage, Texts
    repo = holdfast.create(DictStorage(), key=KEY)
    {before}
    child = os.fork()
    if child == 0:
        begun = time.monotonic()
        {in_child}
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, status
    {after}
"""

RUNNING = """
    token, running = holdfast.CancelToken(), threading.Event()
    def hear(event):
        if event.kind is holdfast.EventKind.PROGRESS:
            running.set()
    def work():
        try:
            repo.backup("exec:cat /dev/zero", progress=hear, cancel=token)
        except holdfast.Cancelled:
            print("cancelled")
    worker = threading.Thread(target=work)
    worker.start()
    running.wait()
"""


def forked(before, in_child, after):
    return run(FORK.format(**{name: textwrap.indent(textwrap.dedent(code).strip(), " " * spaces).strip()
                              for name, code, spaces in (("before", before, 4), ("in_child", in_child, 8), ("after", after, 4))}))


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)", "os.execl('/bin/true', 'true')"])
def test_a_child_that_is_forked_during_a_backup_may_end(end):
    done = forked(RUNNING, end, "assert worker.is_alive()\ntoken.cancel()\nworker.join()\nassert repo.backups() == []")
    assert done.stdout == "cancelled\n"


def test_a_child_that_is_forked_during_a_backup_ends_at_once():
    done = forked(RUNNING, """
        import atexit
        atexit.register(lambda: print(f"waited {time.monotonic() - begun:.0f} s", flush=True))
        sys.exit(0)
    """, "token.cancel()\nworker.join()")
    assert done.stdout == "waited 0 s\ncancelled\n"


def test_a_child_may_end_while_its_parent_fills_a_backup():
    forked("session = repo.begin()\nentry = session.add_source('s').open('e')\nentry.write(os.urandom(5_000_000))", "sys.exit(0)",
           "entry.write(b'1')\nentry.commit()\nsession.commit()\nassert len(repo.backups()) == 1")


def test_a_child_of_a_quiet_process_uses_what_was_open():
    forked("repo.backup(Texts(a=b'1'))", "repo.backup(Texts(a=b'2'))\nassert len(repo.backups()) == 2\nrepo.close()\nsys.exit(0)",
           "assert len(repo.backups()) == 1")


# --- other interpreters


INTERPRETERS = """
    import _xxsubinterpreters as interpreters
    main_first = {main_first}
    if main_first:
        import holdfast
    other = interpreters.create()
    try:
        interpreters.run_string(other, "import holdfast")
        raise SystemExit("it was imported")
    except interpreters.RunFailedError as error:
        print(error)
    interpreters.destroy(other)
    import holdfast
    with holdfast.create("memory:", key=KEY) as repo:
        repo.backup("exec:true")
        assert len(repo.backups()) == 1
"""


@pytest.mark.skipif(sys.version_info[:2] > (3, 12), reason="the module of interpreters has another name since Python 3.13")
@pytest.mark.parametrize("main_first", [True, False])
def test_another_interpreter_is_refused_with_a_reason(main_first):
    said = run(INTERPRETERS.format(main_first=main_first)).stdout
    assert "ImportError" in said and "main interpreter" in said


# --- pickles and copies


def entry_of(session):
    entry = session.add_source("s").open("e")
    entry.session = session  # otherwise it would be discarded
    return entry


@pytest.mark.parametrize("make", [
    lambda repo: repo,
    lambda repo: repo.begin(),
    lambda repo: repo.begin().add_source("s"),
    lambda repo: entry_of(repo.begin()),
    lambda repo: repo.open_entry("latest", "a"),
    lambda repo: repo.view("latest"),
    lambda repo: holdfast.CancelToken(),
    lambda repo: holdfast.open_storage("memory:"),
    lambda repo: holdfast.memory_storage(),
    lambda repo: holdfast.compression("zstd"),
    lambda repo: holdfast.Pipeline(holdfast.compression("zstd")),
], ids=["Repository", "Session", "BackupWriter", "EntryWriter", "ObjectReader", "BackupView", "CancelToken", "open_storage", "memory_storage",
        "Transform", "Pipeline"])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_is_open_can_be_neither_pickled_nor_copied(repo, make):
    repo.backup(Texts(a=b"1"))
    thing = make(repo)
    for call in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="pickle"):
            call(thing)


# --- garbage


def test_a_listing_outlives_its_repository_and_collections_amid_it(tmp_path):
    repo = holdfast.create(tmp_path / "r", key=KEY)
    for n in range(5):
        repo.backup(Texts(a=bytes([n])))
    listing = iter(repo)
    first = next(listing)
    repo.close()
    dead = weakref.ref(repo)
    del repo
    gc.collect()
    rest = []
    for each in listing:
        gc.collect()
        rest.append(each)
    del listing
    gc.collect()
    assert dead() is None and len({first, *rest}) == 5


@pytest.mark.parametrize("place", ["disk", "python"])
def test_a_stream_outlives_everything_it_came_from(tmp_path, place):
    repo = holdfast.create(tmp_path / "r" if place == "disk" else DictStorage(), key=KEY)
    data = os.urandom(3_000_000)
    repo.backup(Texts(a=data))
    stream = repo.open_entry("latest", "a")
    got = [stream.read(10)]
    repo.close()
    del repo
    gc.collect()
    while part := stream.read(100_000):
        gc.collect()
        got.append(part)
    assert b"".join(got) == data


def test_cycles_with_callbacks_and_storages_are_collected():
    class Cyclic(DictStorage):
        repo = None

    storage = Cyclic()
    storage.repo = holdfast.create(storage, key=KEY)
    storage.repo.backup(Texts(a=b"1"), progress=lambda event, kept=storage: None)
    storage.repo.close()
    dead = weakref.ref(storage)
    del storage
    gc.collect()
    assert dead() is None


def test_collections_from_another_thread_amid_everything(repo):
    over = threading.Event()

    def collect():
        while not over.is_set():
            gc.collect()

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        for n in range(5):
            made = repo.backup(Texts(a=os.urandom(200_000)), progress=lambda event: [])
            assert len(repo.open_entry(made, "a").read()) == 200_000 and len(list(repo)) == n + 1
    finally:
        over.set()
        collector.join()


# --- two threads


def test_one_stream_read_by_many_threads_gives_each_byte_once(repo):
    data = bytes(range(256)) * 8000
    repo.backup(Texts(a=data))
    stream, parts = repo.open_entry("latest", "a"), []

    def read():
        while part := stream.read(1000):
            parts.append(part)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert sum(map(len, parts)) == len(data)


def test_a_stream_closed_by_another_thread_amid_reading_is_an_error_there(repo):
    repo.backup(Texts(a=bytes(range(256)) * 200_000))
    stream, outcome = repo.open_entry("latest", "a"), []

    def read():
        try:
            while stream.read(1000):
                outcome.append("read")
        except (holdfast.InvalidStateError, ValueError) as error:
            outcome.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    while not outcome:
        time.sleep(0.001)
    stream.close()
    reader.join()
    assert isinstance(outcome[-1], (holdfast.InvalidStateError, ValueError))


def test_a_repository_closed_by_another_thread_lets_running_work_end(repo):
    begun = threading.Event()

    class Slow(Texts):
        def backup(self, out):
            begun.set()
            time.sleep(0.2)
            super().backup(out)

    made = []
    worker = threading.Thread(target=lambda: made.append(repo.backup(Slow(a=b"1"))))
    worker.start()
    begun.wait()
    repo.close()
    worker.join()
    assert made and repo.closed
