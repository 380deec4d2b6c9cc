"""Repositories: life, backups, entries, retention, keys, copies."""

import copy
import datetime
import io
import os
import pathlib
import pickle

import holdfast
import pytest
from conftest import KEY
from helpers import Texts


def test_a_backup_is_listed_found_and_read_back(repo):
    made = repo.backup(Texts(a=b"first", b=b"x" * 300_001), tags={"env": "test"})
    assert [each.id for each in repo] == [made.id] == [repo.find("latest").id, ] == [repo.find(made.id[:-2]).id]
    listed = repo.backups()[0]
    assert (listed.tags, listed.entries, listed.plain_bytes, str(listed)) == ({"env": "test"}, 2, 300_006, made.id)
    assert listed.time.tzinfo is datetime.UTC
    assert abs(datetime.datetime.now(datetime.UTC) - listed.time) < datetime.timedelta(minutes=5)
    with repo.open_entry("latest", "b") as entry:
        assert entry.read(7) == b"x" * 7
        assert len(entry.read()) == 300_001 - 7
        assert entry.read() == b""
    assert entry.closed
    view = repo.view(made)
    assert [(each.name, each.plain_bytes) for each in view.entries] == [("a", 5), ("b", 300_001)]
    assert io.TextIOWrapper(view.open(view.entries[0])).read() == "first"


def test_several_sources_are_one_backup(repo):
    made = repo.backup(Texts("one", a=b"1"), "exec:printf two", Texts("three", a=b"3"))
    assert [source.name for source in made.sources][::2] == ["one", "three"]
    assert len(repo.backups()) == 1
    assert repo.open_entry(made, "a", source=2).read() == b"3"
    with pytest.raises(holdfast.NotFoundError, match="has no entry"):
        repo.open_entry(made, "b", source=2)
    with pytest.raises(holdfast.NotFoundError, match="3 sources"):
        repo.view(made, source=3)


def test_what_was_opened_outlives_its_repository_and_its_names(tmp_path):
    repo = holdfast.create(tmp_path / "r", key=KEY)
    repo.backup(Texts(a=b"kept"))
    entry = repo.open_entry("latest", "a")
    repo.close()
    repo.close()
    del repo
    assert entry.read() == b"kept"


def test_a_closed_repository_refuses_every_call(tmp_path):
    with holdfast.create(tmp_path / "r", key=KEY) as repo:
        pass
    assert repo.closed and repr(repo) == "<holdfast.Repository closed>"
    for call in (repo.backups, lambda: repo.info, lambda: repo.backup("exec:true"), lambda: repo.begin(), lambda: repo.find("latest"),
                 lambda: repo.verify("x"), repo.verify_all, repo.anchor, repo.collect_garbage, repo.keys):
        with pytest.raises(holdfast.InvalidStateError, match="closed"):
            call()


def test_an_unclosed_repository_warns(tmp_path):
    repo = holdfast.create(tmp_path / "r", key=KEY)
    with pytest.warns(ResourceWarning, match="unclosed <holdfast.Repository"):
        del repo


def test_places_are_paths_uris_and_storages(tmp_path):
    place = tmp_path / "r"
    holdfast.create(place, key=KEY).close()
    for same in (place, str(place), place.as_uri(), holdfast.open_storage(place)):
        with holdfast.open(same, key=KEY) as repo:
            assert repo.info.encrypted and repo.info.layout is holdfast.Layout.PACKED
    storage = holdfast.memory_storage()
    with holdfast.create(storage, encrypted=False, layout="plain") as repo:
        repo.backup(Texts(a=b"1"))
    assert any(info.name.endswith("manifest.json") for info in storage.list())
    with holdfast.open(storage) as repo:
        assert len(repo.backups()) == 1 and not repo.info.encrypted


def test_keys_are_asked_for_checked_and_changed(tmp_path):
    with pytest.raises(holdfast.InvalidArgumentError, match="encrypted=False"):
        holdfast.create(tmp_path / "r")
    with pytest.raises(holdfast.InvalidArgumentError, match="leave out one"):
        holdfast.create(tmp_path / "r", key=KEY, encrypted=False)
    with pytest.raises(holdfast.InvalidArgumentError, match="not both"):
        holdfast.create(tmp_path / "r", key=KEY, password="x")
    with pytest.raises(holdfast.InvalidArgumentError):
        holdfast.create(tmp_path / "r", key=b"short")
    assert not (tmp_path / "r").exists()
    with holdfast.create(tmp_path / "r", key=KEY) as repo:
        slot = repo.add_key(password="pass wörd")
        assert slot in [each.id for each in repo.keys()] and len(repo.keys()) == 2
    with pytest.raises(holdfast.WrongKeyError):
        holdfast.open(tmp_path / "r", password="wrong")
    with holdfast.open(tmp_path / "r", password="pass wörd".encode()) as repo:
        repo.rotate_data_key()
        first = next(each for each in repo.keys() if each.kind == "raw key")
        repo.remove_key(first)
        assert [each.id for each in repo.keys()] == [slot]
    with pytest.raises(holdfast.WrongKeyError):
        holdfast.open(tmp_path / "r", key=KEY)


def test_retention_decides_shows_and_removes(repo):
    backups = [repo.backup(Texts(a=bytes([n])), tags={"n": str(n)}) for n in range(4)]
    plan = repo.plan(keep_last=1, keep_tags=["n=0"])
    assert {each.id for each in plan.kept} == {backups[0].id, backups[3].id}
    assert len(repo.backups()) == 4
    assert all(decision.reasons for decision in plan.decisions if decision.action is holdfast.RetentionAction.KEEP)
    policy = holdfast.RetentionPolicy(keep_last=1, keep_tags=("n=0",))
    now = datetime.datetime.now(datetime.UTC)
    assert holdfast.plan_retention(repo.backups(), policy, now) == plan == repo.plan(policy)
    with pytest.raises(holdfast.InvalidArgumentError, match="not both"):
        repo.plan(policy, keep_last=2)
    assert repo.expire(policy) == plan
    assert {each.id for each in repo} == {backups[0].id, backups[3].id}
    assert holdfast.plan_retention([], policy, now).decisions == ()
    for plan in (lambda: repo.expire(), lambda: repo.plan(minimum=3), lambda: holdfast.plan_retention([], holdfast.RetentionPolicy(), now)):
        with pytest.raises(holdfast.InvalidArgumentError, match="no rule says what to keep"):
            plan()


def test_a_removed_backup_comes_back_until_it_is_collected(repo):
    made = repo.backup(Texts(a=b"1" * 100_000))
    repo.remove(made)
    assert repo.backups() == []
    repo.undo_remove(made)
    assert len(repo.backups()) == 1
    repo.remove("latest")
    assert repo.collect_garbage(dry_run=True).backups == 0
    for _ in range(3):
        repo.collect_garbage(grace=datetime.timedelta(0))
    with pytest.raises((holdfast.ConflictError, holdfast.NotFoundError)):
        repo.undo_remove(made)


def test_a_copy_keeps_time_and_tags_and_a_diff_sees_what_changed(repo, tmp_path):
    first = repo.backup(Texts(same=b"s", gone=b"g", other=b"1"), tags={"k": "v"})
    second = repo.backup(Texts(same=b"s", new=b"n", other=b"2"))
    diff = repo.diff(first, second)
    assert [[each.name for each in part] for part in (diff.added, diff.removed, diff.changed)] == [["new"], ["gone"], ["other"]]
    assert diff.unchanged == 1
    with holdfast.create(tmp_path / "plain", encrypted=False, layout="plain") as other:
        copied = repo.copy(first, other, tags={"more": "1"})
        assert (copied.time, copied.tags) == (first.time, {"k": "v", "more": "1"})
        assert copied.id != first.id
        assert other.open_entry(copied, "gone").read() == b"g"


@pytest.mark.parametrize("level", ["quick", "full", holdfast.VerifyLevel.FULL])
def test_verification_finds_what_is_damaged(repo, tmp_path, level):
    made = repo.backup(Texts(a=b"payload" * 10_000))
    report = repo.verify(made, level=level)
    assert report.ok and report.id == made.id and report.proof is None and (report.tables, report.rows) == (0, 0)
    assert repo.verify_repository().ok
    pack = max((tmp_path / "repository").rglob("packs/**/*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    pack.chmod(0o600)
    if level == "quick":
        pack.unlink()
    else:
        damaged = bytearray(pack.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        pack.write_bytes(damaged)
    with pytest.raises(holdfast.VerificationError, match="damaged") as raised:
        repo.verify(level=level)
    assert isinstance(raised.value, holdfast.IntegrityError) and raised.value.report.faults
    assert not repo.verify(level=level, check=False).ok


def test_all_backups_are_verified_in_one_pass(repo, tmp_path):
    for _ in range(2):
        repo.backup(Texts(a=b"payload" * 10_000, b=os.urandom(200_000)))
    newer, older = sorted(repo.backups(), key=lambda backup: backup.id, reverse=True)  # an id begins with its second
    heard = []
    reports = repo.verify_all(level="full", progress=heard.append)
    assert [report.id for report in reports] == ["", newer.id, older.id] and all(report.ok for report in reports) and heard
    assert all(each.level is holdfast.ProofLevel.CHECKSUMMED for each in repo.backups())
    with pytest.raises(holdfast.InvalidArgumentError, match="one by one"):
        repo.verify_all(level="restore")
    for pack in (tmp_path / "repository").rglob("packs/**/*"):
        if pack.is_file():
            pack.unlink()
    with pytest.raises(holdfast.VerificationError, match="damaged") as raised:
        repo.verify_all()
    assert raised.value.report.id == newer.id
    assert [report.ok for report in repo.verify_all(check=False)] == [True, False, False]


@pytest.mark.parametrize("layout", ["packed", "plain"])
def test_an_anchor_finds_that_the_newest_backup_was_taken_away(tmp_path, layout):
    with holdfast.create(tmp_path / "r", key=KEY, layout=layout) as repo, holdfast.create(tmp_path / "other", key=KEY) as other:
        repo.backup(Texts(a=b"1"))
        newest = repo.backup(Texts(a=b"2"))
        anchor = repo.anchor()
        assert anchor.startswith("holdfast anchor 1\n") and newest.id in anchor
        assert repo.check_anchor(anchor).ok and repo.check_anchor(anchor).objects == 2
        with pytest.raises(holdfast.InvalidArgumentError, match="another repository"):
            other.check_anchor(anchor)
        with pytest.raises(holdfast.InvalidArgumentError, match="no anchor"):
            repo.check_anchor("junk")
        for path in (tmp_path / "r").rglob("*"):
            if path.is_file() and newest.id in str(path):
                path.unlink()
        assert all(report.ok for report in repo.verify_all(level="full"))
        with pytest.raises(holdfast.VerificationError, match=f"{newest.id}: is gone") as raised:
            repo.check_anchor(anchor)
        assert len(raised.value.report.faults) == 1
        assert not repo.check_anchor(anchor, check=False).ok


def test_a_good_full_verification_is_on_record(repo):
    repo.backup(Texts(a=b"1"))
    assert repo.find("latest").level is holdfast.ProofLevel.STORED and repo.find("latest").proven is None
    repo.verify(level="full")
    found = repo.find("latest")
    assert found.level is holdfast.ProofLevel.CHECKSUMMED and found.proven.tzinfo is datetime.UTC


def test_an_export_is_a_new_file_whole_or_not_at_all(repo, tmp_path):
    repo.backup("exec:seq 1 1000")
    with pytest.raises(holdfast.UnsupportedError):
        repo.export("latest", tmp_path / "out.sql", format="archive")
    assert not (tmp_path / "out.sql").exists()
    (tmp_path / "there").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        repo.export("latest", tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == b"mine"


def test_a_target_written_in_python_is_checked_before_it_is_filled(repo):
    class Memory(holdfast.Target):
        def __init__(self):
            self.calls, self.files = [], {}

        def preflight(self, backup):
            self.calls.append("preflight")

        def restore(self, backup):
            self.calls.append("restore")
            for entry in backup.entries:
                self.files[entry.name] = backup.open(entry).read()
            return holdfast.RestoreReport(entries=len(self.files), where="memory")

    repo.backup(Texts(a=b"1", b=b"2"))
    target = Memory()
    assert repo.restore("latest", target).entries == 2
    assert (target.calls, target.files) == (["preflight", "restore"], {"a": b"1", "b": b"2"})


def test_values_are_frozen_equal_hashable_and_travel(repo):
    made = repo.backup(Texts(a=b"1"), tags={"k": "v"})
    listed = repo.find("latest")
    assert listed == made and hash(listed) == hash(made) and "tags={'k': 'v'}" in repr(made)
    with pytest.raises(AttributeError):
        made.id = "other"
    for value in (made, repo.manifest(made), repo.info, repo.plan(keep_last=1), repo.verify()):
        assert pickle.loads(pickle.dumps(value)) == value == copy.deepcopy(value)
    levels = list(holdfast.ProofLevel)
    assert sorted(reversed(levels)) == levels and holdfast.ProofLevel.CONTENT_EQUAL >= "restored" > holdfast.ProofLevel.STORED


def test_the_version_is_the_librarys():
    header = (pathlib.Path(__file__).resolve().parents[3] / "include/holdfast/version.hpp").read_text()
    assert f'HOLDFAST_VERSION_STRING "{holdfast.__version__}"' in header


def test_drivers_and_what_they_need_are_told():
    names = {driver.name: driver for driver in holdfast.drivers()}
    assert "postgresql" in names["postgresql"].schemes
    assert all(option.help and option.calls for driver in names.values() for option in driver.options)
    options = {(driver.name, option.name): option for driver in names.values() for option in driver.options}
    assert options["postgresql", "globals"].type == "boolean" and options["postgresql", "globals"].default == "yes"
    assert options["postgresql", "bin_dir"].calls == ("backup", "verify", "export", "doctor")
    assert options["files", "changed"].type == "choice" and options["files", "changed"].choices == ("warn", "fail")
    assert options["exec", "argv"].type == "list"
    assert all(finding.state in ("ok", "warning", "missing") for finding in holdfast.diagnose("postgresql"))
    with pytest.raises(holdfast.InvalidArgumentError):
        holdfast.diagnose()
    with pytest.raises(holdfast.InvalidArgumentError, match="globals is for backup, not for doctor"):
        holdfast.diagnose("postgresql", options={"globals": "no"})


def test_storages_and_their_options_are_told():
    kinds = {kind.scheme: {option.name: option for option in kind.options} for kind in holdfast.storages()}
    assert kinds[""]["quota"].type == "size" and kinds[""]["quota"].minimum == 1 and kinds[""]["quota"].maximum is None
    assert (kinds["s3"]["max_parts"].minimum, kinds["s3"]["max_parts"].maximum, kinds["s3"]["max_parts"].default) == (9, 10000, "10000")
    assert kinds["s3"]["secret_access_key"].secret and not kinds["s3"]["region"].secret
    assert kinds["file"] == {} and kinds["sftp"]["program"].default == "ssh"


def test_a_replication_copies_what_is_missing_verifies_it_and_ends_with_its_token(repo, tmp_path):
    ids = [repo.backup(Texts(a=text)).id for text in (b"1", b"2")]
    with holdfast.create(tmp_path / "there", key=KEY) as there:
        report = repo.replicate(there, verify="full")
        assert [(one.backup, one.error, one.copy.time) for one in report.copied] == [(id, "", repo.find(id).time) for id in ids]
        assert {each.level for each in there} == {"checksummed"} and not report.failed
        token = holdfast.CancelToken()
        repo.backup(Texts(a=b"3"))

        def stop_after_a_copy(event):
            if event.record and event.record.operation == "copy" and event.record.outcome == "succeeded":
                token.cancel()

        repo.replicate(there, every=datetime.timedelta(seconds=1), progress=stop_after_a_copy, cancel=token)
        assert len(there.backups()) == 3
        with pytest.raises(holdfast.Cancelled):
            repo.replicate(there, cancel=token)
        with pytest.raises(ValueError, match="at least a second"):
            repo.replicate(there, every=datetime.timedelta(0))
        with pytest.raises(ValueError, match="not one of quick, full, restore"):
            repo.replicate(there, verify="deep")
