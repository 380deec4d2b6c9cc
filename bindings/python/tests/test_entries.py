"""An entry is a file that other files can wrap, and an unfinished one is never a silent loss."""

import contextlib
import csv
import gc
import gzip
import io
import os
import subprocess
import sys
import tarfile
import textwrap
import zipfile

import holdfast
import pytest
from conftest import KEY
from helpers import Texts


def plain_close(entry):
    entry.write(b"hello")
    entry.close()


def text(entry):
    file = io.TextIOWrapper(entry, "utf-8")
    file.write("hello")
    file.close()


def buffered(entry):
    with io.BufferedWriter(entry) as file:
        file.write(b"hello")


def closing(entry):
    with contextlib.closing(entry):
        entry.write(b"hello")


def lines(entry):
    with entry:
        entry.writelines([b"hel", b"lo"])


def gzipped(entry):
    with entry, gzip.GzipFile(fileobj=entry, mode="wb") as file:
        file.write(b"hello")


def zipped(entry):
    with entry, zipfile.ZipFile(entry, "w") as file:
        file.writestr("a", b"hello")


def tarred(entry):
    with entry, tarfile.open(fileobj=entry, mode="w|") as file:
        file.addfile(tarfile.TarInfo("a"))


def csv_rows(entry):
    with io.TextIOWrapper(entry, newline="") as file:
        csv.writer(file).writerow(["hello", "world"])


def encoded(entry):
    with contextlib.closing(holdfast.Pipeline(holdfast.compression("gzip:6")).encode(entry)) as file:
        file.write(b"hello")


WANTED = {
    plain_close: lambda data: data == b"hello",
    text: lambda data: data == b"hello",
    buffered: lambda data: data == b"hello",
    closing: lambda data: data == b"hello",
    lines: lambda data: data == b"hello",
    gzipped: lambda data: gzip.decompress(data) == b"hello",
    zipped: lambda data: zipfile.ZipFile(io.BytesIO(data)).read("a") == b"hello",
    tarred: lambda data: tarfile.open(fileobj=io.BytesIO(data)).getnames() == ["a"],
    csv_rows: lambda data: data == b"hello,world\r\n",
    encoded: lambda data: gzip.decompress(data) == b"hello",
}


@pytest.mark.parametrize("write", WANTED, ids=lambda write: write.__name__)
def test_an_entry_is_a_file_that_others_stand_on(repo, write):
    with repo.begin() as session:
        write(session.add_source("s").open("e"))
    assert WANTED[write](repo.open_entry("latest", "e").read())


def test_an_entry_behaves_as_pythons_files_for_writing_do(repo, tmp_path):
    """What libraries look at before they write to a file, and what they try."""
    with repo.begin() as session, open(tmp_path / "file", "wb") as file:
        entry = session.add_source("s").open("e")
        assert isinstance(entry, io.IOBase) and entry.writable() and not entry.readable() and not entry.seekable() and not entry.isatty()
        for attempt in (lambda of: of.read(), lambda of: of.fileno() if of is entry else of.read(), lambda of: next(of)):
            for of in (entry, file):
                with pytest.raises(io.UnsupportedOperation):
                    attempt(of)
        file.close()
        entry.close()
        for attempt in (lambda of: of.write(b""), lambda of: of.__enter__()):
            for of in (entry, file):
                with pytest.raises(ValueError, match="closed|ended|committed|finished"):
                    attempt(of)


def test_what_is_closed_can_not_be_entered(repo, tmp_path):
    session = repo.begin()
    session.close()
    with holdfast.create(tmp_path / "other", key=KEY) as other:
        pass
    for closed in (session, other):
        with pytest.raises(holdfast.InvalidStateError, match="closed"), closed:
            pass


def forgotten(out):
    out.open("torn").write(b"half")


def forgotten_text(out):
    file = io.TextIOWrapper(out.open("torn"))
    file.write("half")
    file.flush()


def forgotten_buffer(out):
    io.BufferedWriter(out.open("torn")).write(b"half")


def forgotten_pipeline(out):
    holdfast.Pipeline(holdfast.compression("gzip:6")).encode(out.open("torn")).write(b"half")


def swallowed_with(out):
    with contextlib.suppress(ZeroDivisionError), out.open("torn") as entry:
        entry.write(b"half")
        1 / 0


def swallowed_closing(out):
    with contextlib.suppress(ZeroDivisionError), contextlib.closing(out.open("torn")) as entry:
        entry.write(b"half")
        1 / 0


def swallowed_finally(out):
    entry = out.open("torn")
    try:
        try:
            entry.write(b"half")
            1 / 0
        finally:
            entry.close()
    except ZeroDivisionError:
        pass


def swallowed_text(out):
    with contextlib.suppress(ZeroDivisionError), io.TextIOWrapper(out.open("torn")) as file:
        file.write("half")
        1 / 0


def swallowed_pipeline(out):
    with contextlib.suppress(ZeroDivisionError), holdfast.Pipeline(holdfast.compression("gzip:6")).encode(out.open("torn")) as file:
        file.write(b"half")
        1 / 0


def half_a_zip(out):
    zipfile.ZipFile(out.open("torn"), "w").writestr("a", b"half")


TORN = [forgotten, forgotten_text, forgotten_buffer, forgotten_pipeline, swallowed_with, swallowed_closing, swallowed_finally, swallowed_text,
        swallowed_pipeline, half_a_zip]


class Doing(Texts):
    def __init__(self, what):
        super().__init__("doing", whole=b"1")
        self.what = what

    def backup(self, out):
        super().backup(out)
        self.what(out)
        gc.collect()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("layout", ["packed", "plain"])
@pytest.mark.parametrize("what", TORN, ids=lambda what: what.__name__)
def test_an_entry_that_was_not_finished_leaves_no_backup(what, layout):
    with holdfast.create("memory:", key=KEY, layout=layout) as repo:
        with pytest.raises(holdfast.InvalidStateError, match="'torn' was begun and not finished"):
            repo.backup(Doing(what))
        with pytest.raises(holdfast.InvalidStateError, match="'torn'"), repo.begin() as session:
            what(session.add_source("s"))
            gc.collect()
        assert repo.backups() == []


def test_an_entry_is_left_out_on_purpose(repo):
    def unwanted(out):
        with out.open("early") as entry:
            entry.write(b"half")
            entry.abort()
        entry.abort()
        with contextlib.suppress(ZeroDivisionError), out.open("late") as entry:
            1 / 0
        entry.abort()
        piped = holdfast.Pipeline(holdfast.compression("gzip:6")).encode(out.open("piped"))
        piped.write(b"half")
        piped.abort()

    made = repo.backup(Doing(unwanted))
    assert [entry.name for entry in repo.view(made).entries] == ["whole"]


def test_what_is_opened_while_an_exception_is_handled_is_no_part_of_that(repo):
    def recovering(out):
        try:
            1 / 0
        except ZeroDivisionError:
            io.TextIOWrapper(out.open("instead")).close()

    assert repo.backup(Doing(recovering)).entries == 2


def test_a_closed_entry_stays_what_it_is(repo):
    with repo.begin() as session:
        source = session.add_source("s")
        for end in ("close", "commit", "abort"):
            entry = source.open(end)
            getattr(entry, end)()
            entry.close()
            assert entry.closed
            with pytest.raises(holdfast.InvalidStateError):
                entry.write(b"more")
            with pytest.raises(holdfast.InvalidStateError):
                entry.commit()
        kept = source.open("kept")
        kept.close()
        kept.abort()
    assert sorted(entry.name for entry in repo.view("latest").entries) == ["close", "commit", "kept"]
    kept.close()


def test_an_entry_that_is_open_at_the_end_of_the_process_is_no_backup(tmp_path):
    holdfast.create(tmp_path / "r", key=KEY).close()
    program = textwrap.dedent(f"""
        import io, holdfast
        repo = holdfast.open({str(tmp_path / "r")!r}, key=bytes(range(32)))
        session = repo.begin()
        file = io.TextIOWrapper(session.add_source("s").open("e"))
        file.write("half")
        """)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == 0, done.stderr
    with holdfast.open(tmp_path / "r", key=KEY) as repo:
        assert repo.backups() == []
