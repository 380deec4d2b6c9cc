"""Pipelines: anything that can be read, through transforms, into anything that can be written, forwards and backwards."""

import datetime
import io

import holdfast
import pytest
from conftest import KEY
from helpers import Texts

INVALID = holdfast.InvalidArgumentError
SEQ = "".join(f"{number}\n" for number in range(1, 10001)).encode()


class Rot13(holdfast.Transform):
    name, suffix = "rot13", ".rot13"

    class Codec:
        def process(self, data):
            return bytes((byte + 13) % 256 for byte in data)

        def finish(self):
            return b""

    class Back(Codec):
        def process(self, data):
            return bytes((byte - 13) % 256 for byte in data)

    def encoder(self):
        return self.Codec()

    def decoder(self):
        return self.Back()


STAGES = holdfast.compression("gzip") | Rot13() | holdfast.aes256gcm(KEY)


def test_a_command_becomes_an_object_and_comes_back():
    storage, events, back = holdfast.memory_storage(), [], io.BytesIO()
    report = (holdfast.Command("seq", "1", "10000") | STAGES | holdfast.StoredObject(storage, "x")).run(progress=events.append)
    assert report.bytes_in == len(SEQ) == max(event.bytes_done for event in events)
    assert 0 < report.bytes_out < report.bytes_in == len(SEQ)
    done = (holdfast.StoredObject(storage, "x") | STAGES | back).run(backwards=True)
    assert back.getvalue() == SEQ and (done.bytes_in, done.bytes_out) == (report.bytes_out, report.bytes_in)


def test_files_sessions_commands_and_targets_are_ends(repo, tmp_path):
    (tmp_path / "in").write_bytes(SEQ)
    with repo.begin() as session, open(tmp_path / "in", "rb") as file:
        (file | holdfast.throttle(2**30) | session.add_source("notes").open("seq")).run()
        assert not file.closed
    with repo.open_entry("latest", "seq") as entry, open(tmp_path / "out", "wb") as out:
        (entry | holdfast.Pipeline() | holdfast.Command("sh", "-c", "cat > $0", str(tmp_path / "shell"))).run()
        (holdfast.SourceEntry(Texts(a=b"1", b=b"2"), "b") | holdfast.Pipeline() | out).run()
    assert (tmp_path / "shell").read_bytes() == SEQ and (tmp_path / "out").read_bytes() == b"2"
    (holdfast.SourceEntry("exec:seq 1 10000") | holdfast.Pipeline() | holdfast.IntoTarget(f"exec:tee {tmp_path}/tee")).run()
    assert (tmp_path / "tee").read_bytes() == SEQ
    storage = holdfast.memory_storage()
    assert holdfast.split_source(Texts(a=b"1", b=b"23"), STAGES, storage, prefix="all/").bytes_in == 3
    back = io.BytesIO()
    (holdfast.StoredObject(storage, "all/b.gz.rot13.enc") | STAGES | back).run(backwards=True)
    assert back.getvalue() == b"23"


def test_a_failure_leaves_nothing_and_comes_back_unchanged():
    class Mine(Exception):
        pass

    class Failing:
        def read(self, size):
            raise Mine("mine")

    storage = holdfast.memory_storage()
    with pytest.raises(Mine):
        (Failing() | STAGES | holdfast.StoredObject(storage, "x")).run()
    with pytest.raises(holdfast.SourceError):
        (holdfast.Command("false") | STAGES | holdfast.StoredObject(storage, "x")).run()
    with pytest.raises(holdfast.TargetError):
        (io.BytesIO(SEQ) | STAGES | holdfast.Command("false")).run()
    token = holdfast.CancelToken()
    token.cancel()
    with pytest.raises(holdfast.Cancelled):
        (holdfast.Command("sleep", "1000") | STAGES | holdfast.StoredObject(storage, "x")).run(cancel=token)
    with pytest.raises(holdfast.NotFoundError):
        (holdfast.SourceEntry(Texts(a=b"1"), "z") | STAGES | io.BytesIO()).run()
    assert list(storage.list()) == []


def test_what_is_no_pipeline_is_refused():
    with pytest.raises(INVALID, match="source"):
        STAGES.run()
    with pytest.raises(INVALID, match="begin"):
        holdfast.IntoTarget("exec:cat") | STAGES
    with pytest.raises(INVALID, match="end"):
        STAGES | holdfast.SqlDump("postgresql:///x")
    with pytest.raises(TypeError):
        STAGES | 5
    with pytest.raises(TypeError):
        5 | STAGES
    with pytest.raises(INVALID, match="already"):
        STAGES | io.BytesIO() | holdfast.compression("gzip")
    with pytest.raises(INVALID):
        holdfast.Command()
    with pytest.raises(INVALID):
        holdfast.throttle(0)


def test_times_are_planned_without_a_repository():
    now = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)
    times = [now - datetime.timedelta(hours=hours) for hours in (1, 50, 2)]
    plan = holdfast.plan_times(times, holdfast.RetentionPolicy(keep_last=1), now)
    assert [(each.time, each.keep) for each in plan] == [(times[0], True), (times[2], False), (times[1], False)]
    assert plan[0].reasons == ("last 1",)
    with pytest.raises(holdfast.UnsupportedError):
        holdfast.plan_times(times, holdfast.RetentionPolicy(keep_tags=("a",)), now)
    # A Backup as a host makes it: with the class's own defaults.
    backups = [holdfast.Backup(id=str(number), time=time) for number, time in enumerate(times)]
    assert [each.id for each in holdfast.plan_retention(backups, holdfast.RetentionPolicy(keep_last=1), now).kept] == ["0"]


def test_keys_on_paper_open_the_repository(tmp_path):
    text = holdfast.new_recovery_key()
    with holdfast.create(tmp_path / "r", key=KEY) as repo:
        repo.add_key(key=holdfast.recovery_key(text))
        assert repo.repair().unreadable_packs == 0
    holdfast.open(tmp_path / "r", key=holdfast.recovery_key(text.upper().replace("-", " "))).close()
    with pytest.raises(INVALID, match="digit"):
        holdfast.recovery_key("1" + text[1:] if text[0] != "1" else "2" + text[1:])


def test_plan_and_expire_are_cancelled(repo):
    token = holdfast.CancelToken()
    token.cancel()
    repo.backup(Texts(a=b"1"))
    for call in (repo.plan, repo.expire):
        with pytest.raises(holdfast.Cancelled):
            call(keep_last=1, cancel=token)


def test_the_catalog_has_everything():
    table = holdfast.catalog()
    assert {driver["name"] for driver in table["drivers"]} == {driver.name for driver in holdfast.drivers()}
    assert {storage["scheme"] for storage in table["storages"]} == {storage.scheme for storage in holdfast.storages()}
    assert [level["level"] for level in table["proof_levels"]] == list(holdfast.ProofLevel)
    assert "zstd" in {transform["name"] for transform in table["transforms"]}
