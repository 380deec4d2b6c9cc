"""Backups that the host fills itself."""

import concurrent.futures
import datetime
import gc
import random

import holdfast
import pytest
from helpers import settled, threads


def test_streams_that_are_pushed_come_back(repo):
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    data = random.Random(seed).randbytes(3_000_017)
    instant = datetime.datetime(2026, 11, 20, 18, 4, 11, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
    with repo.begin(tags={"by": "hand"}) as session:
        source = session.add_source(holdfast.SourceInfo(name="mine", uri="app:mine", driver="app", notes={"version": "7"}))
        assert source.encrypted and not source.cancelled
        source.set_instant(instant)
        source.note("rows", "12")
        with source.open("data/big", kind="blob", attributes={"a": "1"}) as entry:
            at = 0
            while at < len(data):
                step = random.Random(at).randrange(1, 200_000)
                assert entry.write(memoryview(data)[at:at + step]) == min(step, len(data) - at)
                at += step
            entry.note("sum", "x")
        assert entry.closed
        with source.open("empty"):
            pass
        assert session.backup is None and repo.backups() == []
    made = session.backup
    assert made == repo.find("latest") and made.id == session.id and made.tags == {"by": "hand"}
    record = made.sources[0]
    assert (record.uri, record.driver, record.instant, record.notes) == ("app:mine", "app", instant, {"version": "7", "rows": "12"})
    view = repo.view(made)
    assert view.entries[0].attributes == {"a": "1", "sum": "x"} and view.entries[0].kind == "blob"
    assert view.open("data/big").read() == data and view.open("empty").read() == b""


def test_an_exception_gives_the_backup_up(repo):
    with pytest.raises(ZeroDivisionError), repo.begin() as session:
        with session.add_source("s").open("e") as entry:
            entry.write(b"1")
        1 / 0
    assert session.closed and session.backup is None and repo.backups() == []


def test_an_entry_left_by_an_exception_is_left_out_only_on_purpose(repo):
    with repo.begin() as session:
        source = session.add_source("s")
        with pytest.raises(ZeroDivisionError), source.open("torn") as entry:
            entry.write(b"1")
            1 / 0
        with pytest.raises(holdfast.InvalidStateError, match="'torn'"):
            session.commit()
        entry.abort()
        with source.open("whole") as entry:
            entry.write(b"2")
    assert [each.name for each in repo.view("latest").entries] == ["whole"]


def test_an_entry_that_was_forgotten_is_no_silent_loss(repo):
    with pytest.raises(holdfast.InvalidStateError, match="'forgotten'"), repo.begin() as session:
        entry = session.add_source("s").open("forgotten")
        entry.write(b"1")
    assert repo.backups() == [] and entry.closed


def test_after_its_end_everything_of_a_backup_refuses(repo):
    with repo.begin() as session:
        source = session.add_source("s")
        with source.open("e") as entry:
            entry.write(b"1")
    for call in (lambda: entry.write(b"2"), entry.commit, lambda: entry.note("a", "b"), lambda: source.open("f"), session.commit,
                 lambda: source.note("a", "b"), lambda: session.add_source("t"), lambda: source.encrypted):
        with pytest.raises(holdfast.InvalidStateError):
            call()
    session.close()
    entry.close()


def test_objects_collected_in_any_order_crash_nothing_and_warn(repo):
    for order in range(6):
        session = repo.begin()
        source = session.add_source("s")
        entry = source.open("e")
        entry.write(b"x" * 100_000)
        names = [["session", "source", "entry"], ["session", "entry", "source"], ["source", "session", "entry"],
                 ["source", "entry", "session"], ["entry", "session", "source"], ["entry", "source", "session"]][order]
        things = {"session": session, "source": source, "entry": entry}
        del session, source, entry
        with pytest.warns(ResourceWarning, match="neither committed"):
            for name in names:
                del things[name]
                gc.collect()
    assert repo.backups() == []


def test_a_child_keeps_its_parents_alive(repo):
    with repo.begin() as session:
        source = session.add_source("s")
        entry = source.open("e")
        del source
        gc.collect()
        with entry:
            entry.write(b"1")
    assert repo.open_entry("latest", "e").read() == b"1"


def test_entries_are_written_from_many_threads(repo):
    with repo.begin() as session:
        source = session.add_source("s")

        def write(number):
            with source.open(f"e/{number}") as entry:
                for _ in range(20):
                    entry.write(bytes([number]) * 10_000)

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(24)))
    view = repo.view("latest")
    assert sorted(each.name for each in view.entries) == sorted(f"e/{n}" for n in range(24))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: view.open(f"e/{n}").read(), range(24))) == [bytes([n]) * 200_000 for n in range(24)]


def test_one_entry_from_two_threads_takes_turns(repo):
    with repo.begin() as session, session.add_source("s").open("e") as entry, concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: entry.write(b"abc"), range(1000)))
    assert repo.open_entry("latest", "e").read() == b"abc" * 1000


def test_a_backup_given_up_leaves_no_thread(repo):
    before = threads()
    with pytest.raises(ZeroDivisionError), repo.begin() as session, session.add_source("s").open("e") as entry:
        entry.write(b"x" * 5_000_000)
        1 / 0
    assert settled(threads, before)


@pytest.mark.parametrize("data", ["text", 5, None, [1]])
def test_only_bytes_are_written(repo, data):
    with repo.begin() as session, session.add_source("s").open("e") as entry, pytest.raises(TypeError):
        entry.write(data)


def test_every_buffer_can_be_written(repo):
    import array
    with repo.begin() as session, session.add_source("s").open("e") as entry:
        for data in (b"ab", bytearray(b"cd"), memoryview(b"_ef_")[1:3], array.array("B", [103])):
            entry.write(data)
        with pytest.raises((BufferError, ValueError)):
            entry.write(memoryview(b"abcdef")[::2])
    assert repo.open_entry("latest", "e").read() == b"abcdefg"
