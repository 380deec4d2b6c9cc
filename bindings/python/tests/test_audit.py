"""The audit trail and sealed secrets, from Python."""

import datetime
import subprocess
import sys

import holdfast
import pytest
from conftest import KEY
from helpers import Texts

ADA = holdfast.Settings(principal="ada@example.org")


@pytest.fixture
def audited(tmp_path):
    """A repository on disk that requires audit records, with a backup."""
    with holdfast.create(tmp_path / "repository", key=KEY, settings=ADA) as made:
        made.audit.set_policy("required")
        made.backup(Texts(a=b"text"))
        yield made


def actions(repo):
    return [(record.action, record.outcome) for record in repo.audit.records()]


def test_a_repository_is_not_audited_until_it_is_told_to(repo):
    repo.backup(Texts(a=b"text"))
    assert repo.audit.policy == "off"
    assert repo.audit.records() == []
    with pytest.raises(holdfast.NotFoundError):
        repo.audit.anchor()


def test_records_say_who_did_what(audited):
    backup = audited.backups()[0]
    audited.remove(backup)
    assert audited.audit.policy == "required"
    assert actions(audited) == [("set_audit_policy", "succeeded"), ("backup", "running"), ("backup", "succeeded"),
                                ("remove", "running"), ("remove", "succeeded")]
    last = audited.audit.records()[-1]
    assert last.principal == "ada@example.org" and last.backups == (backup.id,) and last.host
    assert last.time.tzinfo is not None


def test_reading_an_entry_is_on_record(audited):
    with audited.open_entry("latest", "a") as entry:
        assert entry.read() == b"text"
    assert actions(audited)[-1] == ("read", "succeeded")


def test_a_removed_record_is_found_and_named(audited, tmp_path):
    anchor = audited.audit.anchor()
    assert audited.audit.verify(anchor=anchor).ok
    records = sorted((tmp_path / "repository" / "audit").iterdir())
    newest = records[0].read_bytes()
    records[0].unlink()
    assert audited.audit.verify().ok  # only an anchor finds this
    with pytest.raises(holdfast.VerificationError, match="record 3 is missing") as caught:
        audited.audit.verify(anchor=anchor)
    assert caught.value.report.anchored
    records[0].write_bytes(newest)
    records[1].unlink()
    report = audited.audit.verify(check=False)
    assert [fault.what for fault in report.faults] == ["record 2 is missing: record 3 continues it"]
    with pytest.raises(holdfast.IntegrityError):
        audited.audit.expire(datetime.datetime.now(datetime.UTC))


def test_old_records_expire(audited):
    assert audited.audit.expire(datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)) == 2
    assert actions(audited) == [("backup", "succeeded"), ("expire_audit", "succeeded")]
    assert audited.audit.records()[-1].kept_from == 3
    assert audited.audit.verify().first == 3


def test_an_unencrypted_repository_needs_a_key_to_sign_with(tmp_path):
    with holdfast.create(tmp_path / "open", encrypted=False) as repo, pytest.raises(holdfast.InvalidStateError, match="lend a signer"):
        repo.audit.set_policy("required")
    signing = holdfast.Settings(audit_key=b"s" * 32)
    assert "audit_key" not in repr(signing)
    with holdfast.open(tmp_path / "open", settings=signing) as repo:
        repo.audit.set_policy("required")
        assert repo.audit.verify().key_known
    with holdfast.open(tmp_path / "open") as repo:
        assert not repo.audit.verify().key_known
        with pytest.raises(holdfast.WrongKeyError):
            repo.backup(Texts(a=b"text"))
        assert repo.backups() == []


class OpenSslSigner(holdfast.AuditSigner):
    """Signs with a key in a file, as a program of a hardware module would."""

    def __init__(self, folder):
        self.key = folder / "key.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        self.broken = None

    @property
    def public_key(self):
        der = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        return der[-32:]

    def sign(self, message):
        if self.broken is not None:
            raise self.broken
        text = self.key.with_suffix(".message")
        text.write_bytes(message)
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in", text], check=True, capture_output=True).stdout


def test_a_signer_written_in_python_signs_and_its_exceptions_arrive_unchanged(tmp_path):
    signer = OpenSslSigner(tmp_path)
    with holdfast.create(tmp_path / "open", encrypted=False, settings=holdfast.Settings(audit_signer=signer)) as repo:
        repo.audit.set_policy("required")
        repo.backup(Texts(a=b"text"))
        assert repo.audit.verify(public_key=signer.public_key.hex()).ok
        signer.broken = KeyError("the module is locked")
        with pytest.raises(KeyError, match="the module is locked"):
            repo.backup(Texts(a=b"text"))
        signer.broken = None
        assert len(repo.backups()) == 1
        signer.sign = lambda _: bytes(64)
        with pytest.raises(holdfast.InvalidArgumentError, match="does not verify"):
            repo.audit.set_policy("off")
        signer.sign = lambda _: "text"
        with pytest.raises(holdfast.InvalidArgumentError, match="must give bytes"):
            repo.audit.set_policy("off")
        assert repo.audit.verify().records == 3
    with pytest.raises(holdfast.InvalidArgumentError, match="leave one out"):
        holdfast.Settings(audit_key=b"s" * 32, audit_signer=signer)


def test_anchors_are_kept_on_another_storage(audited):
    elsewhere = holdfast.memory_storage()
    assert audited.audit.kept_anchors(elsewhere) == ""
    first = audited.audit.put_anchor(elsewhere)
    audited.backup(Texts(a=b"text"))
    second = audited.audit.put_anchor(elsewhere)
    assert audited.audit.kept_anchors(elsewhere) == first + second
    assert audited.audit.verify(anchor=first + second).anchored
    with pytest.raises(holdfast.InvalidArgumentError, match="url"):
        audited.audit.send_anchor(holdfast.Channel("ops", "webhook"))


def test_exports_are_texts(audited):
    assert audited.audit.export("csv").startswith("number,time,action,")
    assert audited.audit.export("cef").count("CEF:0|Holdfast|") == 3
    with pytest.raises(holdfast.InvalidArgumentError):
        audited.audit.export("xml")


def test_an_envelope_seals_and_changes_its_keys():
    before, both = holdfast.Envelope({"2025": b"a" * 32}), holdfast.Envelope({"2026": b"b" * 32, "2025": b"a" * 32})
    sealed = before.seal("hunter2", "smtp")
    assert both.open(sealed, "smtp") == b"hunter2"
    assert not both.is_current(sealed)
    rotated = both.rotate(sealed, "smtp")
    assert both.is_current(rotated)
    assert holdfast.Envelope({"2026": b"b" * 32}).open(rotated, "smtp") == b"hunter2"
    with pytest.raises(holdfast.WrongKeyError, match="2026"):
        before.open(rotated, "smtp")
    with pytest.raises(holdfast.IntegrityError):
        both.open(sealed, "imap")
    with pytest.raises(holdfast.InvalidArgumentError):
        holdfast.Envelope({})


def test_fernet_tokens_have_an_age():
    key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
    fernet, sealed_at = holdfast.Fernet(key), datetime.datetime(2026, 11, 29, tzinfo=datetime.UTC)
    token = fernet.seal(b"hello", now=sealed_at)
    assert fernet.open(token) == fernet.open(token.encode()) == b"hello"
    minute = datetime.timedelta(minutes=1)
    assert fernet.open(token, ttl=minute, now=sealed_at + minute) == b"hello"
    with pytest.raises(holdfast.IntegrityError, match="too old"):
        fernet.open(token, ttl=minute, now=sealed_at + 2 * minute)


def test_fernet_tokens_are_those_of_cryptography():
    """Both ways, with the interpreter that has it."""
    script = ("import sys; from cryptography.fernet import Fernet; f = Fernet(sys.argv[1]);"
              "print(f.decrypt(sys.argv[2]).decode(), f.encrypt(b'theirs').decode())")
    key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
    token = holdfast.Fernet(key).seal("ours")
    done = subprocess.run([sys.executable, "-c", script, key, token], capture_output=True, text=True, check=False)
    if "No module named 'cryptography'" in done.stderr:
        pytest.skip("no python3-cryptography here")
    assert done.stderr == ""
    ours, theirs = done.stdout.split()
    assert ours == "ours" and holdfast.Fernet(key).open(theirs) == b"theirs"
