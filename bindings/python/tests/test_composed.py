"""Composed storages, used from Python and made of storages written in Python; and the findings of a doctor."""

import datetime
import gc
import weakref

import holdfast
import pytest
from conftest import KEY
from helpers import DictStorage, Texts, Wrapped

ABC = "index/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


class Mine(Exception):
    """An exception that only this test knows."""


class Archive(DictStorage):
    """Archives its objects: they must be restored from the archive first."""

    def open_reader(self, name, offset=0, length=None):
        raise holdfast.InvalidStateError(f"{name} is archived")


class Failing(DictStorage):
    """Raises from put_new() as often as it is told to."""

    failures = 0
    exception = holdfast.NetworkError("the line is dead")

    def put_new(self, name, data):
        if self.failures:
            self.failures -= 1
            raise self.exception
        return super().put_new(name, data)


def test_what_may_succeed_is_tried_again():
    inner = Failing()
    inner.exception = holdfast.NetworkError("the line is dead", retryable=True)
    storage = holdfast.retrying_storage(inner, first_delay=datetime.timedelta(milliseconds=1))
    inner.failures = 2
    assert storage.put_new("o", b"1") and inner.failures == 0
    inner.failures, inner.exception = 1, Mine("mine")
    with pytest.raises(Mine) as raised:
        storage.put_new("p", b"1")
    assert raised.value is inner.exception
    inner.exception = None
    with pytest.raises(holdfast.InvalidArgumentError):
        holdfast.retrying_storage(inner, deadline=datetime.timedelta(0))


def test_a_cancelled_token_ends_the_waiting():
    inner, token = Failing(), holdfast.CancelToken()
    inner.exception, inner.failures = holdfast.NetworkError("the line is dead", retryable=True), 1000
    token.cancel()
    storage = holdfast.retrying_storage(inner, first_delay=datetime.timedelta(hours=1), longest_delay=datetime.timedelta(hours=1), cancel=token)
    with pytest.raises(holdfast.Error):
        storage.put_new("o", b"1")


def test_a_throttled_read_only_cached_storage():
    inner, cache = DictStorage(), DictStorage()
    storage = holdfast.cached_storage(inner, cache, "index/")
    inner.put_new(ABC, b"abc")
    assert storage.open_reader(ABC).read() == b"abc"
    assert ABC.rpartition("/")[2] in next(iter(cache.objects))
    storage = holdfast.read_only_storage(holdfast.throttled_storage(storage, up=1 << 40, down=1 << 40))
    with pytest.raises(holdfast.PermissionDeniedError):
        storage.put_new("o", b"1")
    assert [info.name for info in storage.list()] == [ABC]
    with pytest.raises(holdfast.InvalidArgumentError):
        holdfast.throttled_storage(inner, up=-1)


def test_a_quota_warns_once_and_then_refuses():
    heard = []
    storage = holdfast.quota_storage(holdfast.memory_storage(), 10, warn_at=0.5, warn=lambda *told: heard.append(told))
    storage.put_new("a", b"1234")
    storage.put_new("b", b"1234")
    assert heard == [(8, 10)]
    with pytest.raises(holdfast.NoSpaceError):
        storage.put_new("c", b"123")
    with pytest.raises(holdfast.InvalidArgumentError):
        holdfast.quota_storage(storage, 0)


def test_copies_are_made_alike_again():
    three = [DictStorage(), DictStorage(), Failing()]
    copies = holdfast.replicated_storage(three, use="create")
    with holdfast.create(copies, key=KEY) as repo:
        three[2].failures = 1 << 30
        made = repo.backup(Texts(a=b"1" * 100_000))
        assert [copy.state for copy in copies.replicas()][:2] == ["in sync"] * 2
        assert copies.replicas()[2].state is not holdfast.ReplicaState.IN_SYNC and copies.replicas()[2].why
    three[2].failures = 0
    copies = holdfast.replicated_storage(three)
    heard = []
    report = copies.repair(every_byte=True, progress=heard.append)
    assert report.copied_objects and report.copied_bytes and not report.problems
    assert {copy.state for copy in report.copies} == {"in sync"} and heard
    with holdfast.open(three[2], key=KEY) as repo:
        assert repo.verify(made, level="full").ok


def test_copies_by_uri(tmp_path):
    places = [tmp_path / "1", tmp_path / "2"]
    copies = holdfast.replicated_storage(places, use="create")
    copies.put_new("o", b"1")
    again = holdfast.replicated_storage([*places, tmp_path / "missing"], quorum=2)
    assert len(again.replicas()) >= 2 and again.stat("o").size == 1
    for wrong in ({"use": "perhaps"}, {"quorum": -1}, {"quorum": 9}):
        with pytest.raises(holdfast.InvalidArgumentError):
            holdfast.replicated_storage(places, **wrong)
    with pytest.raises(holdfast.InvalidArgumentError, match="all storages by URI"):
        holdfast.replicated_storage([tmp_path / "1", DictStorage()])


def test_what_is_old_moves_to_the_cold_storage():
    hot, cold = DictStorage(), DictStorage()
    both = holdfast.tiered_storage(hot, cold)
    both.put_new("packs/a", b"12345")
    both.put_new("b", b"1")
    report = both.move_old(age=datetime.timedelta(0))
    assert (report.moved_objects, report.moved_bytes) == (1, 5)
    assert [info.name for info in both.cold_objects()] == ["packs/a"] and list(hot.objects) == ["b"]
    assert both.open_reader("packs/a").read() == b"12345"


def test_what_is_archived_is_told_before_a_target_is_asked():
    class Untouched(holdfast.Target):
        def restore(self, backup):
            raise AssertionError("it was asked")

    both = holdfast.tiered_storage(DictStorage(), Archive())
    with holdfast.create(both, key=KEY) as repo:
        made = repo.backup(Texts(a=b"1"))
        assert both.move_old(age=datetime.timedelta(0)).moved_objects
        for read in (lambda: repo.restore(made, Untouched()), lambda: repo.verify_all(level="full")):
            with pytest.raises(holdfast.InvalidStateError, match="are archived"):
                read()


def test_a_wrapper_that_hides_what_is_archived_is_refused():
    with pytest.raises(holdfast.UnsupportedError, match="which objects are archived"):
        holdfast.create(Wrapped(holdfast.tiered_storage(DictStorage(), Archive())), key=KEY)
    holdfast.create(holdfast.tiered_storage(Wrapped(holdfast.retrying_storage(DictStorage())), Archive()), key=KEY).close()


def test_what_it_is_made_of_lives_as_long_as_it():
    inner = DictStorage()
    gone = weakref.ref(inner)
    storage = holdfast.read_only_storage(holdfast.retrying_storage(inner))
    del inner
    gc.collect()
    assert list(storage.list()) == []
    del storage
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("make", [holdfast.retrying_storage, holdfast.read_only_storage, holdfast.diagnose_storage], ids=lambda make: make.__name__)
@pytest.mark.parametrize("wrong", [None, 5, object()], ids=repr)
def test_what_is_no_storage_is_refused(make, wrong):
    with pytest.raises((holdfast.InvalidArgumentError, TypeError)):
        make(wrong)


def test_the_doctor_tries_a_storage():
    storage = DictStorage()
    found = holdfast.diagnose_storage(storage)
    assert found and "missing" not in {finding.state for finding in found} and not storage.objects
    broken = Failing()
    broken.failures = 1 << 30
    assert "missing" in {finding.state for finding in holdfast.diagnose_storage(broken)}
