"""A caller's slip loses neither data nor secrecy: the call does what it says, or an exception tells why not."""

import datetime
import os
import subprocess
import sys
import threading

import holdfast
import pytest
from conftest import KEY
from helpers import Texts

INVALID = holdfast.InvalidArgumentError


# --- secrecy


@pytest.mark.parametrize("layout", ["packed", "plain"])
@pytest.mark.parametrize("password", [lambda place: None, lambda place: "", lambda place: 5, "", b"", None, os.environ.get])
def test_no_password_is_no_reason_not_to_encrypt(tmp_path, password, layout):
    with pytest.raises(INVALID):
        holdfast.create(tmp_path / "r", password=password, layout=layout)
    assert not (tmp_path / "r").exists()


def test_no_encryption_is_asked_for_by_name(tmp_path):
    for encrypted in (0, None, "", "no"):
        with pytest.raises(INVALID):
            holdfast.create(tmp_path / "r", encrypted=encrypted)
    with pytest.raises(INVALID):
        holdfast.create(tmp_path / "r", encrypted=False, key=KEY)
    with holdfast.create(tmp_path / "r", encrypted=False) as repo:
        assert not repo.info.encrypted


@pytest.mark.parametrize("password", [lambda place: None, lambda place: 5, 5])
def test_who_is_asked_for_a_password_has_one(tmp_path, password):
    holdfast.create(tmp_path / "r", encrypted=False).close()
    with pytest.raises(INVALID):
        holdfast.open(tmp_path / "r", password=password)


def test_a_name_that_would_be_cut_is_refused(tmp_path):
    for place in (f"{tmp_path}/r\0x", f"file:{tmp_path}/r\0x"):
        with pytest.raises(INVALID, match="NUL"):
            holdfast.create(place, key=KEY)
    with pytest.raises(INVALID, match="NUL"):
        holdfast.open_storage(str(tmp_path), options={"quota": "1G\0"})
    with pytest.raises(INVALID, match="NUL"):
        holdfast.Settings(temp_directory="/tmp\0x")
    with holdfast.create(tmp_path / "r", password="abc\0def") as repo, pytest.raises(INVALID, match="NUL"):
        repo.backup("exec:echo\0 x")
    with pytest.raises(holdfast.WrongKeyError):
        holdfast.open(tmp_path / "r", password="abc")
    holdfast.open(tmp_path / "r", password="abc\0def").close()
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


# --- nothing that is passed is ignored


class Memory(holdfast.Target):
    def __init__(self):
        self.files = {}

    def restore(self, backup):
        for entry in backup.entries:
            with backup.open(entry) as file:
                self.files[entry.name] = file.read()
        return holdfast.RestoreReport(entries=len(self.files), where="memory")


class Vault(holdfast.CustomDriver):
    name = "vault"

    def __init__(self):
        self.target, self.options = Memory(), None

    def open_target(self, uri, options):
        self.options = dict(options)
        return self.target

    def prove(self, backup, request):
        raise NotImplementedError


@pytest.mark.parametrize("asked", [{"include": ["a"]}, {"exclude": ["b"]}, {"owner": False}, {"options": {"speed": "1"}}], ids=str)
def test_what_a_target_of_ones_own_can_not_be_asked_for_is_refused(asked):
    driver = Vault()
    with holdfast.create("memory:", key=KEY, drivers=[driver]) as repo:
        repo.backup(Texts(a=b"1", b=b"2"))
        target = Memory()
        with pytest.raises(holdfast.UnsupportedError):
            repo.restore("latest", target, **asked)
        assert target.files == {}
        if "options" in asked:
            assert repo.restore("latest", "vault:x", **asked).entries == 2 and driver.options == {"speed": "1"}
            return
        with pytest.raises(holdfast.UnsupportedError):
            repo.restore("latest", "vault:x", **asked)
        assert driver.target.files == {}


def test_a_target_of_ones_own_is_cancelled_and_tells_its_progress(repo):
    repo.backup(Texts(a=b"1" * 1_000_000, b=b"2" * 1_000_000))
    token = holdfast.CancelToken()
    token.cancel()
    target = Memory()
    with pytest.raises(holdfast.Cancelled):
        repo.restore("latest", target, cancel=token)
    assert target.files == {}

    class Cancelling(Memory):
        def restore(self, backup):
            with backup.open("a") as file:
                assert file.read(10) == b"1" * 10 and not backup.cancelled
                token.cancel()
                assert backup.cancelled
                file.read()

    token = holdfast.CancelToken()
    with pytest.raises(holdfast.Cancelled):
        repo.restore("latest", Cancelling(), cancel=token)

    events = []
    repo.restore("latest", target, progress=events.append)
    assert {event.kind for event in events} >= {holdfast.EventKind.PHASE, holdfast.EventKind.PROGRESS}
    assert max(event.bytes_done for event in events) > 0 and max(event.bytes_total for event in events) == 2_000_000


def test_what_a_target_raises_comes_back_unchanged(repo):
    class Mine(Exception):
        pass

    class Failing(Memory):
        def restore(self, backup):
            raise Mine("mine")

    class Wrong(Memory):
        def restore(self, backup):
            return {"entries": 1}

    repo.backup(Texts(a=b"1"))
    with pytest.raises(Mine):
        repo.restore("latest", Failing())
    with pytest.raises(TypeError, match="restore"):
        repo.restore("latest", Wrong())
    with pytest.raises(INVALID, match="target"):
        repo.restore("latest", 5)


def test_the_source_that_is_named_is_restored_whatever_the_target(repo, tmp_path):
    repo.backup("exec:printf one", "exec:printf two")
    for number, wanted in enumerate((b"one", b"two")):
        repo.restore("latest", f"exec:tee {tmp_path}/{number}", source=number)
        assert (tmp_path / str(number)).read_bytes() == wanted
        target = Memory()
        repo.restore("latest", target, source=number)
        assert list(target.files.values()) == [wanted]
        named = repo.find("latest").sources[number].uri
        repo.restore("latest", f"exec:tee {tmp_path}/named{number}", source=named)
        assert (tmp_path / f"named{number}").read_bytes() == wanted
    for target in (Memory(), f"exec:tee {tmp_path}/never"):
        with pytest.raises(holdfast.NotFoundError):
            repo.restore("latest", target, source=2)
        with pytest.raises(holdfast.NotFoundError):
            repo.restore("latest", target, source=-1)
    with pytest.raises(INVALID, match="no option"):
        repo.restore("latest", f"dir:{tmp_path}/d", options={"speed": "1"}, source=0)


@pytest.mark.parametrize("asked", [{"include": ["a"]}, {"exclude": ["b"]}, {"options": {"speed": "1"}}], ids=str)
def test_what_a_source_of_ones_own_can_not_be_asked_for_is_refused(repo, asked):
    with pytest.raises(holdfast.UnsupportedError):
        repo.backup(Texts(a=b"1"), **asked)
    assert repo.backups() == []


def test_queries_without_a_restore_and_a_negative_time_are_refused(repo):
    repo.backup(Texts(a=b"1"))
    for asked in ({"queries": ["SELECT 1"]}, {"target": "postgresql:///x"}, {"restored": "postgresql:///x"}, {"options": {"a": "1"}}):
        with pytest.raises(INVALID, match="level restore"):
            repo.verify(level="full", **asked)
    with pytest.raises(INVALID, match="negative"):
        repo.collect_garbage(grace=datetime.timedelta(days=-1))


@pytest.mark.parametrize(("call", "what"), [
    (lambda repo: repo.plan(keep_last=2**40), "keep_last is at most"),
    (lambda repo: repo.plan(keep_last="3"), "keep_last is a whole number, not str"),
    (lambda repo: holdfast.Settings(jobs=10**12), "jobs is at most"),
    (lambda repo: holdfast.Settings(bandwidth=-1), "bandwidth is negative"),
    (lambda repo: holdfast.Settings(program_path="/usr/bin"), "program_path is a sequence"),
    (lambda repo: holdfast.Settings(pass_environment="HOME"), "pass_environment is a sequence"),
    (lambda repo: repo.backup("exec:true", compression=holdfast.compression("zstd")), "compression is a text"),
    (lambda repo: repo.backup("exec:true", cancel=threading.Event()), "cancel is a holdfast.CancelToken, not Event"),
])
def test_a_value_of_the_wrong_kind_is_named(repo, call, what):
    with pytest.raises(INVALID, match=what):
        call(repo)


def test_a_plan_is_made_of_what_a_host_knows_of_its_backups():
    now = datetime.datetime.now(datetime.UTC)
    made = holdfast.Backup(id="backup_20260101_000000", time=now)
    plan = holdfast.plan_retention([made], holdfast.RetentionPolicy(keep_last=1), now)
    assert [each.id for each in plan.kept] == [made.id]


def test_a_repository_of_a_module_may_stay_open_to_the_end(tmp_path):
    code = "import holdfast, sys\nrepo = holdfast.create(sys.argv[1], encrypted=False)"
    done = subprocess.run([sys.executable, "-W", "default", "-c", code, tmp_path / "r"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Exception" not in done.stderr and "ResourceWarning: unclosed <holdfast.Repository file:" in done.stderr
