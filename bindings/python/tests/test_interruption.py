"""Ctrl-C, cancelling, callbacks that raise, and the end of the interpreter: no listed backup, no thread, no crash."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import holdfast
import pytest
from conftest import KEY
from helpers import DictStorage, Texts, settled, threads

ENDLESS = "exec:cat /dev/zero"


def when_it_runs(action):
    """A progress callback that does something once, at the first progress."""
    done = []

    def hear(event):
        if event.kind is holdfast.EventKind.PROGRESS and not done:
            done.append(event)
            action()

    return hear


def children():
    return [line for line in subprocess.run(["ps", "-o", "comm=", "--ppid", str(os.getpid())], capture_output=True, text=True,
                                            check=False).stdout.split() if line != "ps"]


@pytest.fixture(autouse=True)
def nothing_left():
    before = threads()
    yield
    assert settled(threads, before)
    assert children() == []


@pytest.mark.parametrize("from_outside", [True, False])
def test_ctrl_c_during_a_backup_leaves_no_backup_and_no_thread(repo, from_outside):
    before = threads()
    if from_outside:
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            repo.backup(ENDLESS)
        timer.join()
    else:
        with pytest.raises(KeyboardInterrupt):
            repo.backup(ENDLESS, progress=when_it_runs(lambda: os.kill(os.getpid(), signal.SIGINT)))
    assert settled(threads, before)
    assert repo.backups() == []
    repo.backup("exec:true")
    assert len(repo.backups()) == 1


def test_ctrl_c_during_a_source_written_in_python(repo):
    class Long(Texts):
        def backup(self, out):
            with out.open("long") as entry:
                for n in range(1_000_000):
                    entry.write(bytes(10_000))
                    if n == 100:
                        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        repo.backup(Long())
    assert repo.backups() == []


def test_ctrl_c_while_a_session_is_filled(repo):
    with pytest.raises(KeyboardInterrupt), repo.begin() as session, session.add_source("s").open("e") as entry:
        for n in range(1_000_000):
            entry.write(bytes(10_000))
            if n == 100:
                os.kill(os.getpid(), signal.SIGINT)
    assert repo.backups() == [] and session.closed


def test_another_signals_handler_runs_while_work_goes_on(repo):
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.append(threading.current_thread() is threading.main_thread()))
    try:
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        repo.backup("exec:sleep 1")
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert seen == [True] and len(repo.backups()) == 1


def test_a_token_cancels_from_another_thread(repo):
    token = holdfast.CancelToken()
    with pytest.raises(holdfast.Cancelled) as raised:
        repo.backup(ENDLESS, cancel=token, progress=when_it_runs(lambda: threading.Thread(target=token.cancel).start()))
    assert raised.value.code is holdfast.ErrorCode.CANCELLED and token.cancelled
    with pytest.raises(holdfast.Cancelled):
        repo.backup(Texts(a=b"1"), cancel=token)
    assert repo.backups() == []


class Mine(Exception):
    """An exception that only this test knows."""


@pytest.mark.parametrize("exception", [Mine("mine"), KeyboardInterrupt(), holdfast.NotFoundError("x")], ids=repr)
def test_what_progress_raises_cancels_and_comes_back_unchanged(repo, exception):
    def fail():
        raise exception

    with pytest.raises(type(exception)) as raised:
        repo.backup(ENDLESS, progress=when_it_runs(fail))
    assert raised.value is exception and repo.backups() == []
    exception.__traceback__ = None


def test_progress_is_called_on_the_callers_thread_and_may_use_the_repository(repo):
    heard = []

    def hear(event):
        heard.append(threading.get_ident())
        repo.backups()

    repo.backup("exec:seq 1 100000", progress=hear)
    assert set(heard) == {threading.get_ident()}


def test_many_operations_at_once(repo):
    results = []
    workers = [threading.Thread(target=lambda n=n: results.append(repo.backup(Texts(f"s{n}", a=bytes([n]) * 10_000)))) for n in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {each.id for each in repo} == {made.id for made in results} and len(results) == 8


HEAD = """
import pathlib, sys, threading, time
import holdfast
sys.path.insert(0, {tests!r})
from helpers import DictStorage, Texts
repo = holdfast.open({place!r}, key=bytes(range(32)))
running = threading.Event()
def hear(event):
    if event.kind is holdfast.EventKind.PROGRESS:
        running.set()
"""

ENDS = {
    "a daemon thread's backup": """
        threading.Thread(target=lambda: repo.backup("exec:cat /dev/zero", progress=hear), daemon=True).start()
        running.wait()
    """,
    "a daemon thread's backup onto a storage in Python": """
        slow = holdfast.create(DictStorage(), encrypted=False)
        threading.Thread(target=lambda: slow.backup("exec:cat /dev/urandom", progress=hear), daemon=True).start()
        running.wait()
    """,
    "a daemon thread's backup of a source in Python": """
        class Long(Texts):
            def backup(self, out):
                with out.open("long") as entry:
                    while True:
                        entry.write(bytes(10_000))
                        running.set()
        threading.Thread(target=lambda: repo.backup(Long()), daemon=True).start()
        running.wait()
    """,
    "a daemon thread that reads": """
        with repo.begin() as session, session.add_source("s").open("e") as entry:
            entry.write(bytes(1_000_000))
        def read():
            while True:
                repo.open_entry("latest", "e").read()
                running.set()
        threading.Thread(target=read, daemon=True).start()
        running.wait()
        repo.remove("latest")
    """,
    "an open session": """
        session = repo.begin()
        entry = session.add_source("s").open("e")
        entry.write(bytes(5_000_000))
    """,
    "an open session on a storage in Python": """
        session = holdfast.create(DictStorage(), encrypted=False).begin()
        entry = session.add_source("s").open("e")
        entry.write(__import__("os").urandom(20_000_000))
    """,
    "sys.exit in a callback": """
        repo.backup("exec:cat /dev/zero", progress=lambda event: sys.exit(0) if event.kind is holdfast.EventKind.PROGRESS else None)
    """,
}


@pytest.mark.parametrize("end", list(ENDS))
def test_the_interpreter_ends_during(tmp_path, end):
    place = tmp_path / "r"
    holdfast.create(place, key=KEY).close()
    code = HEAD.format(tests=os.path.dirname(__file__), place=str(place)) + textwrap.dedent(ENDS[end])
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    # A cancelled daemon thread may print its exception or not, because the interpreter is ending.
    assert done.returncode == 0 and not any(word in done.stderr for word in ("terminate", "Fatal", "FATAL")), done
    print(f"ended after {time.monotonic() - begun:.1f} s")
    with holdfast.open(place, key=KEY) as repo:
        assert repo.backups() == []
