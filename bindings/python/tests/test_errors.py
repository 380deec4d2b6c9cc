"""Exceptions, and bad input: a code and a message, never a crash."""

import datetime
import io
import pickle

import holdfast
import pytest
from conftest import KEY
from helpers import Texts

KINDS = [kind for kind in vars(holdfast).values() if isinstance(kind, type) and issubclass(kind, holdfast.Error)]


def test_every_code_has_an_exception_under_one_base():
    assert {kind.code for kind in KINDS} == set(holdfast.ErrorCode)
    assert all(kind.__module__ == "holdfast" and kind.__doc__ for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_exception_tells_and_travels(kind):
    error = kind("what failed")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind and str(again) == str(error) == error.message == "what failed" and again.retryable is False


@pytest.mark.parametrize("kind, builtin", [
    (holdfast.NotFoundError, FileNotFoundError), (holdfast.AlreadyExistsError, FileExistsError), (holdfast.TimeoutError, TimeoutError),
    (holdfast.InvalidArgumentError, ValueError), (holdfast.InvalidStateError, ValueError), (holdfast.NetworkError, ConnectionError),
    (holdfast.PermissionDeniedError, PermissionError), (holdfast.UnsupportedError, NotImplementedError), (holdfast.StorageError, OSError),
])
def test_exceptions_are_also_the_builtin_that_fits(kind, builtin):
    with pytest.raises(builtin):
        raise kind("x")


def test_what_is_not_there_or_is_there_already(tmp_path, repo):
    with pytest.raises(FileNotFoundError) as raised:
        holdfast.open(tmp_path / "missing", key=KEY)
    assert raised.value.code is holdfast.ErrorCode.NOT_FOUND and "missing" in str(raised.value)
    with pytest.raises(holdfast.AlreadyExistsError):
        holdfast.create(tmp_path / "repository", key=KEY)
    with pytest.raises(holdfast.NotFoundError):
        repo.find("latest")
    with pytest.raises(holdfast.NotFoundError):
        repo.verify("2020")
    with pytest.raises(holdfast.SourceError):
        repo.backup("exec:false")


def test_times_need_a_zone(repo):
    naive = datetime.datetime(2026, 1, 1)
    with pytest.raises(ValueError, match="time zone"):
        holdfast.plan_retention(repo.backups(), holdfast.RetentionPolicy(keep_last=1), naive)
    with repo.begin() as backup, pytest.raises(holdfast.InvalidArgumentError, match="time zone"):
        backup.add_source("s").set_instant(naive)


@pytest.mark.parametrize("call", [
    lambda repo: repo.backup(),
    lambda repo: repo.backup("nonsense:///x"),
    lambda repo: repo.backup(None),
    lambda repo: repo.backup(b"exec:true"),
    lambda repo: repo.backup("exec:true", compression="zip"),
    lambda repo: repo.backup("exec:true", include="one.text"),
    lambda repo: repo.backup("exec:true", options={"no_such": "option"}),
    lambda repo: repo.backup("exec:true", progress=3),
    lambda repo: repo.verify(level="deep"),
    lambda repo: repo.verify_repository(level="deep"),
    lambda repo: repo.export("latest", io.BytesIO(), format="zip"),
    lambda repo: repo.plan(keep_last=-1),
    lambda repo: repo.plan(minimum_level="perfect"),
    lambda repo: repo.plan(keep_tags="one text"),
    lambda repo: repo.add_key(),
    lambda repo: repo.add_key(key=b"short"),
    lambda repo: holdfast.Settings(jobs=-1),
    lambda repo: holdfast.Settings(stall_timeout=datetime.timedelta(0)),
    lambda repo: holdfast.open_storage("ftp://host/x"),
    lambda repo: holdfast.open_storage("memory:", options={"a": "b"}),
    lambda repo: holdfast.create("memory:", key=KEY, layout="heap"),
    lambda repo: holdfast.SourceInfo(name=""),
])
def test_a_wrong_argument_is_a_value_error(repo, call):
    repo.backup(Texts(a=b"1"))
    listed = repo.backups()
    with pytest.raises(ValueError):
        call(repo)
    assert repo.backups() == listed


@pytest.mark.parametrize("call", [
    lambda repo: repo.backup("exec:true", tags={"a": 1}),
    lambda repo: repo.backup("exec:true", 5),
    lambda repo: repo.backup("exec:true", options={"a": None}),
    lambda repo: repo.backup("exec:true", include=[1]),
    lambda repo: repo.plan(keep_last=1.5),
    lambda repo: repo.begin(tags={1: "a"}),
    lambda repo: holdfast.SourceInfo(name="x", notes={"a": 1}),
    lambda repo: repo.copy("latest", None),
    lambda repo: repo.collect_garbage(grace=5),
    lambda repo: repo.find(None),
    lambda repo: repo.add_key(key="text"),
    lambda repo: holdfast.create(7, key=KEY),
    lambda repo: holdfast.create(object(), key=KEY),
    lambda repo: holdfast.open(tuple(), key=KEY),
    lambda repo: holdfast.plan_retention([1], holdfast.RetentionPolicy(keep_last=1), datetime.datetime.now(datetime.UTC)),
    lambda repo: holdfast.plan_retention([], None, datetime.datetime.now(datetime.UTC)),
])
def test_a_wrong_type_is_refused(repo, call):
    repo.backup(Texts(a=b"1"))
    with pytest.raises((TypeError, ValueError, AttributeError, holdfast.NotFoundError)):
        call(repo)
    assert len(repo.backups()) == 1
