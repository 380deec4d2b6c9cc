"""A real PostgreSQL: backed up, proven, restored, and interrupted."""

import os
import signal
import subprocess
import sys
import threading
import time

import holdfast
import pytest
from conftest import KEY, ROOT
from helpers import DictStorage, Texts, settled, threads

MINIMAL = ROOT / "examples/python_minimal/main.py"


def test_it_is_backed_up_proven_and_restored(repo, server):
    made = repo.backup(server.uri("shop"), tags={"env": "test"}, options={})
    assert made.sources[0].driver == "postgresql" and made.sources[0].instant is not None
    report = repo.verify(made, level="restore", queries=["SELECT count(*) FROM customer"])
    assert (report.tables, report.rows, report.proof.level) == (2, 7000, holdfast.ProofLevel.CONTENT_EQUAL)
    assert "2000" in report.proof.queries[0].result
    assert repo.find(made).level is holdfast.ProofLevel.CONTENT_EQUAL
    restored = repo.restore(made, server.uri("copy"))
    assert (restored.tables, restored.rows) == (2, 7000)
    assert server.psql("SELECT count(*), sum(id) FROM note", db="copy") == server.psql("SELECT count(*), sum(id) FROM note", db="shop")
    with pytest.raises(holdfast.VerificationError) as raised:
        server.psql("UPDATE note SET text = 'changed' WHERE id = 17", db="copy")
        repo.verify(made, level="restore", restored=server.uri("copy"))
    assert any("note" in str(fault) for fault in raised.value.report.all_faults)
    with pytest.raises(holdfast.VerificationError, match="SELECT 1/0"):
        repo.verify(made, level="restore", queries=["SELECT 1/0"])
    server.drop_db("copy")


def test_what_a_restore_leaves_out_is_in_its_report(repo, server):
    server.create_db("torn")
    server.psql("""CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (parent int REFERENCES parent);
      SET session_replication_role = replica; INSERT INTO child VALUES (99)""", db="torn")
    made = repo.backup(server.uri("torn"))
    with pytest.raises(holdfast.TargetError, match="child_parent_fkey"):
        repo.restore(made, server.uri("copy"), strict=True)
    report = repo.restore(made, server.uri("copy"))
    (item,) = report.left_out
    assert (item.object, item.instead) == ("FK CONSTRAINT public.child child_parent_fkey", "NOT VALID")
    assert "is not present in table" in item.reason and item.statement.startswith("ALTER TABLE ONLY public.child")
    server.drop_db("copy")
    server.drop_db("torn")


def test_a_mask_replaces_values_on_restore_and_export(repo, server, tmp_path):
    rules = "version: 1\ntables:\n  public.note: {columns: {text: {rule: hash, length: 20}}}\n"
    made = repo.backup(server.uri("shop"))
    assert repo.check_mask(made, rules, mask_key="0123456789abcdef") == ()
    (fault,) = repo.check_mask(made, rules)
    assert fault.object == "column public.note.text" and "needs a key" in fault.what
    assert '"public.note"' in repo.suggest_mask(made)
    report = repo.restore(made, server.uri("copy"), mask=rules, mask_key="0123456789abcdef")
    (column,) = report.masked
    assert (column.table, column.column, column.rule, report.dropped_rows) == ("public.note", "text", "hash", {})
    assert column.values == int(server.psql("SELECT count(text) FROM note", db="copy"))
    assert server.psql("SELECT DISTINCT length(text) FROM note", db="copy") == "20"
    report = repo.verify(made, level="restore", restored=server.uri("copy"), mask=rules, mask_key="0123456789abcdef")
    assert (report.proof.level, report.proof.masked, report.proof.kept_rows) == ("restored", (column,), ())
    with pytest.raises(holdfast.VerificationError):
        repo.verify(made, level="restore", restored=server.uri("copy"))
    server.drop_db("copy")
    report = repo.restore(made, server.uri("copy"), mask="version: 1\ntables: {public.note: {rows: {keep: 3}}}\n")
    assert report.kept_rows == (holdfast.KeptRows(table="public.note", chosen=3, referred=0),)
    server.drop_db("copy")
    file = tmp_path / "masked.sql"
    repo.export(made, file, mask=rules, mask_key=b"0123456789abcdef")
    assert server.psql("SELECT text FROM note WHERE id = 17", db="shop") not in file.read_text()
    with pytest.raises(holdfast.InvalidArgumentError, match="give mask, too"):
        repo.restore(made, server.uri("copy"), mask_key="0123456789abcdef")


def test_it_goes_onto_a_storage_written_in_python_with_other_sources(server):
    with holdfast.create(DictStorage(), key=KEY) as repo:
        made = repo.backup(server.uri("shop"), Texts(a=b"1"))
        assert [source.driver for source in made.sources] == ["postgresql", "python"]
        assert repo.verify(made, level="full").ok
        assert repo.restore(made, server.uri("copy")).rows == 7000
    server.drop_db("copy")


def test_an_export_is_what_psql_reads(repo, server, tmp_path):
    repo.backup(server.uri("shop"))
    repo.export("latest", tmp_path / "shop.sql")
    server.create_db("copy")
    server.run("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", server.uri("copy"), "-f", tmp_path / "shop.sql")
    assert server.psql("SELECT count(*) FROM note", db="copy") == "5000"
    server.drop_db("copy")

    class Short:
        """Accepts at most 3000 bytes at once."""

        def __init__(self):
            self.data, self.threads = bytearray(), set()

        def write(self, data):
            self.threads.add(threading.get_ident())
            self.data += data[:3000]
            return len(data[:3000])

    def lines(data):  # except pg_dump's random words
        return [line for line in data.splitlines() if not line.startswith((b"\\restrict", b"\\unrestrict"))]

    out = Short()
    repo.export("latest", out)
    assert lines(bytes(out.data)) == lines((tmp_path / "shop.sql").read_bytes())
    assert out.threads == {threading.get_ident()}

    class Full:
        def write(self, data):
            raise problem

    problem = OSError(28, "No space left on device")
    with pytest.raises(OSError) as raised:
        repo.export("latest", Full())
    assert raised.value is problem


def test_ctrl_c_leaves_no_backup_no_thread_and_no_session(repo, server):
    server.psql("CREATE TABLE big AS SELECT n, repeat(md5(n::text), 20) AS text FROM generate_series(1, 300000) n", db="shop")
    before = threads()

    def stop(event):
        if event.kind is holdfast.EventKind.PROGRESS:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        repo.backup(server.uri("shop"), progress=stop)
    assert settled(threads, before) and repo.backups() == []
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'holdfast%'"
    deadline = time.monotonic() + 15
    while server.psql(sessions) != "0":
        assert time.monotonic() < deadline, "a session is left"
    server.psql("DROP TABLE big", db="shop")


def test_an_unreachable_or_missing_database_is_told(repo, server):
    with pytest.raises(holdfast.NotFoundError, match="nowhere"):
        repo.backup(server.uri("nowhere"))
    with pytest.raises(holdfast.Error) as raised:
        repo.backup("postgresql://nobody:hunter2@127.0.0.1:1/x")
    assert "hunter2" not in str(raised.value)
    assert repo.backups() == []


def test_the_minimal_example_runs_twice(server, tmp_path):
    assert len([line for line in MINIMAL.read_text().splitlines() if line.strip()]) <= 20
    for backups in (1, 2):
        done = subprocess.run([sys.executable, MINIMAL, server.uri("shop"), tmp_path / "backups"], capture_output=True, text=True, check=False,
                              env={**os.environ, "HOLDFAST_PASSWORD": "secret"})
        assert done.returncode == 0, done.stderr
        assert "PROVED 2 tables, 7000 rows" in done.stdout and done.stdout.count("backup_20") >= backups
    with holdfast.open(tmp_path / "backups", password="secret") as repo:
        assert repo.info.encrypted and len(repo.backups()) == 1  # one a day is kept


def test_the_custom_source_example_runs(tmp_path):
    done = subprocess.run([sys.executable, ROOT / "examples/python_custom_source/main.py", tmp_path / "there"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0 and "1000 notes restored" in done.stdout, done.stderr
