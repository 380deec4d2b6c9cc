"""Storages written in Python that lock objects, or pass calls on to one that does."""

import datetime

import holdfast
import pytest
from conftest import KEY
from helpers import DictStorage, Texts, Wrapped

servers = pytest.importorskip("servers")
FOREVER = holdfast.LOCKED_FOR_GOOD


class Vault(DictStorage):
    """Locks its objects."""

    locks = True
    uri = "vault:"

    def __init__(self):
        super().__init__()
        self.renewed = []

    def locked_until(self, name):
        if name not in self.objects:
            raise holdfast.NotFoundError(f"there is no object {name}")
        return FOREVER if name.endswith("x") else datetime.datetime(2030, 1, 2, tzinfo=datetime.UTC)

    def renew_lock(self, name):
        self.locked_until(name)
        self.renewed.append(name)


class Hiding(Wrapped):
    """Passes calls on, but no locks."""

    uri = "hiding:"


class Passing(Hiding):
    """Passes locks on, too."""

    uri = "passing:"

    @property
    def locks(self):
        return self.inner.locks

    def locked_until(self, name):
        return self.inner.locked_until(name)

    def renew_lock(self, name):
        self.inner.renew_lock(name)


def test_locks_pass_through_every_wrapper():
    vault = Vault()
    vault.put_new("packs/a", b"1")
    vault.put_new("packs/x", b"1")
    native = holdfast.retrying_storage(Passing(holdfast.quota_storage(vault, limit=10_000_000)))
    assert native.locks and not holdfast.memory_storage().locks and not DictStorage().locks
    assert native.locked_until("packs/a") == datetime.datetime(2030, 1, 2, tzinfo=datetime.UTC)
    assert native.locked_until("packs/x") == FOREVER
    native.renew_lock("packs/a")
    assert vault.renewed == ["packs/a"]
    for call in (native.locked_until, native.renew_lock):
        with pytest.raises(holdfast.NotFoundError):
            call("packs/gone")
    assert holdfast.memory_storage().put_new("o", b"") and DictStorage().locks is False


def test_a_backup_renews_locks_through_a_wrapper():
    vault = Vault()
    with holdfast.create(Passing(vault), key=KEY) as repo:
        repo.backup(Texts(a=b"1"))
        vault.renewed.clear()
        repo.backup(Texts(a=b"1"))
    assert {name.split("/")[0] for name in vault.renewed} >= {"packs", "keys", "format"}


def test_a_wrapper_that_hides_locks_is_refused():
    vault = Vault()
    seen = holdfast.retrying_storage(vault)  # the library notices this; it does not notice Python calling Python
    with pytest.raises(holdfast.UnsupportedError, match="hiding:.*vault:"):
        holdfast.create(Hiding(seen), key=KEY)
    assert vault.objects == {}
    holdfast.create(vault, key=KEY).close()
    with pytest.raises(holdfast.UnsupportedError, match="locks its objects"):
        holdfast.open(Hiding(seen), key=KEY)
    with pytest.raises(holdfast.UnsupportedError, match="locks its objects"):
        holdfast.open(holdfast.retrying_storage(Hiding(seen)), key=KEY)


def test_one_that_says_that_it_locks_and_can_not_is_an_error():
    class Boasting(DictStorage):
        locks = True

    repo = holdfast.create(Boasting(), key=KEY)
    with pytest.raises(holdfast.UnsupportedError, match="has no renew_lock"):
        repo.backup(Texts(a=b"1"))
    repo.close()


def test_what_its_locks_raise_comes_back_unchanged():
    class Mine(Exception):
        pass

    class Broken(DictStorage):
        @property
        def locks(self):
            raise Mine("mine")

    with pytest.raises(Mine):
        holdfast.create(Broken(), key=KEY)


@pytest.fixture(scope="module")
def bucket():
    """An S3 server that locks objects, and raw access to it."""
    s3 = pytest.importorskip("s3")
    try:
        server = s3.S3Server(versions=True)
    except servers.ServerError as error:
        pytest.skip(str(error))
    server.open()
    yield server
    server.close()


def test_on_a_bucket_that_locks(bucket):
    import s3_raw

    def opened(days):
        return holdfast.open_storage("s3://wrapped", create=True,
                                     options={**bucket.options(), "object_lock": "compliance", "lock_days": str(days)})

    with pytest.raises(holdfast.UnsupportedError, match="s3://wrapped, which locks its objects"):
        holdfast.create(Hiding(opened(3)), key=KEY)
    raw = s3_raw.RawS3(bucket)
    assert [key for key in raw.keys("wrapped") if not key.startswith(".tmp/")] == []
    with holdfast.create(Passing(opened(3)), key=KEY) as repo:
        repo.backup(Texts(a=b"1"))
    old = [key for key in raw.keys("wrapped") if key.startswith(("packs/", "keys/", "format"))]
    with holdfast.open(Passing(opened(10)), key=KEY) as repo:
        repo.backup(Texts(a=b"1"))
    least = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=19)
    assert len(old) > 2 and all(raw.locked_until("wrapped", key) > least for key in old)
