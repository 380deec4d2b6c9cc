"""Drivers written in Python: their URIs work, and their backups are proven at level restore."""

import datetime
import subprocess
import sys
import threading

import holdfast
import pytest
from conftest import KEY, ROOT
from helpers import Texts


class Notes(Texts):
    def describe(self):
        return holdfast.SourceInfo(name="notes", uri="app:notes", driver="notes-app")


class Copy(holdfast.Target):
    def __init__(self):
        self.texts = {}

    def restore(self, backup):
        for entry in backup.entries:
            self.texts[entry.name] = backup.open(entry).read()
        return holdfast.RestoreReport(entries=len(self.texts), where="a dictionary")


class NotesDriver(holdfast.CustomDriver):
    name, scheme = "notes-app", "app"
    texts = {"a": b"1" * 100_000, "b": b"2"}

    def __init__(self):
        self.copy, self.requests, self.options = Copy(), [], None

    def open_source(self, uri, options):
        self.options = dict(options)
        return Notes(**self.texts)

    def open_target(self, uri, options):
        return self.copy

    def prove(self, backup, request):
        self.requests.append((request, threading.current_thread()))
        scratch = Copy()
        scratch.restore(backup)
        faults = tuple(holdfast.Fault(object=name, what="it is another text") for name, text in self.texts.items() if scratch.texts[name] != text)
        queries = tuple(holdfast.QueryResult(statement=query, ok=True, result="42") for query in request.queries)
        return holdfast.Proof(level="content-equal", counts={"texts": len(scratch.texts)}, where="a dictionary", faults=faults, queries=queries)


@pytest.mark.parametrize("layout", list(holdfast.Layout))
def test_its_uris_work_and_its_backups_are_proven(tmp_path, layout):
    driver = NotesDriver()
    with holdfast.create(tmp_path / "r", key=KEY, layout=layout, drivers=[driver]) as repo:
        made = repo.backup("app:notes", options={"speed": "11"})
        assert made.sources[0].driver == "notes-app" and driver.options == {"speed": "11"}
        report = repo.verify(level="restore", queries=["SELECT 6 * 7"])
        assert report.proof.level is holdfast.ProofLevel.CONTENT_EQUAL and report.counts == {"texts": 2} and (report.tables, report.rows) == (0, 0)
        assert report.proof.queries[0].result == "42" and report.proof.where == "a dictionary"
        assert driver.requests[0][0] == holdfast.ProofRequest(queries=("SELECT 6 * 7",))
        repo.verify(level="restore", options={"speed": "11"})
        assert driver.requests[1][0].options == {"speed": "11"}
        assert repo.find(made).level is holdfast.ProofLevel.CONTENT_EQUAL
        assert repo.restore(made, "app:copy").entries == 2 and driver.copy.texts == driver.texts
    with holdfast.open(tmp_path / "r", key=KEY, drivers=[driver]) as repo:
        driver.texts = {"a": b"another"}
        with pytest.raises(holdfast.VerificationError, match="another text"):
            repo.verify(level="restore")
    with holdfast.open(tmp_path / "r", key=KEY) as repo:
        with pytest.raises(holdfast.InvalidArgumentError, match="notes-app"):
            repo.verify(level="restore")


class Mine(Exception):
    """An exception that only this test knows."""


@pytest.mark.parametrize("exception", [Mine("mine"), holdfast.TargetError("no room"), KeyboardInterrupt()], ids=repr)
def test_what_its_proof_raises_comes_back_unchanged(tmp_path, exception):
    class Raising(NotesDriver):
        def prove(self, backup, request):
            raise exception

    with holdfast.create(tmp_path / "r", key=KEY, drivers=[Raising()]) as repo:
        repo.backup("app:notes")
        with pytest.raises(type(exception)) as raised:
            repo.verify(level="restore")
        assert raised.value is exception
        assert repo.find("latest").level is holdfast.ProofLevel.STORED
    exception.__traceback__ = None


@pytest.mark.parametrize("answer", [None, True, holdfast.Proof(level="stored"), holdfast.Proof(level="checksummed")], ids=repr)
def test_what_proves_nothing_is_no_proof(tmp_path, answer):
    class Silent(NotesDriver):
        def prove(self, backup, request):
            return answer

    with holdfast.create(tmp_path / "r", key=KEY, drivers=[Silent()]) as repo:
        repo.backup("app:notes")
        with pytest.raises((TypeError, holdfast.InvalidArgumentError)):
            repo.verify(level="restore")
        assert repo.find("latest").level is holdfast.ProofLevel.STORED


def test_queries_that_were_not_run_are_an_error(tmp_path):
    class Deaf(NotesDriver):
        def prove(self, backup, request):
            return super().prove(backup, holdfast.ProofRequest())

    with holdfast.create(tmp_path / "r", key=KEY, drivers=[Deaf()]) as repo:
        repo.backup("app:notes")
        with pytest.raises(holdfast.UnsupportedError, match="queries"):
            repo.verify(level="restore", queries=["SELECT 1"])


def test_wrong_drivers_are_refused(tmp_path):
    class Nameless(NotesDriver):
        name = ""

    class Taken(NotesDriver):
        name = "exec"

    for wrong in ([Nameless()], [Taken()], [NotesDriver(), NotesDriver()], [object()]):
        with pytest.raises(holdfast.InvalidArgumentError):
            holdfast.create(tmp_path / "r", key=KEY, drivers=wrong)
    with holdfast.create(tmp_path / "r", key=KEY, drivers=[NotesDriver()]) as repo:
        with pytest.raises(holdfast.UnsupportedError, match="whole sources"):
            repo.backup("app:notes", include=["a"])


def test_a_function_gives_the_password(tmp_path):
    asked = []

    def vault(place):
        asked.append(place)
        return "correct horse"

    holdfast.create(tmp_path / "r", password=vault).close()
    holdfast.open(tmp_path / "r", password="correct horse").close()
    assert asked == [str(tmp_path / "r")]


class Declaring(NotesDriver):
    option_specs = (
        holdfast.DriverOption(name="speed", type="integer", default="3", minimum=1, maximum=9, calls=("backup", "verify")),
        holdfast.DriverOption(name="kind", type="choice", default="all", choices=("all", "some"), calls=("backup",)),
        holdfast.DriverOption(name="age", type="duration", default="1h30m", calls=("backup",)),
        holdfast.DriverOption(name="words", type="list", calls=("backup",)),
        holdfast.DriverOption(name="dry", type="boolean", calls=("restore",)),
    )


def test_declared_options_are_checked_and_come_as_values(tmp_path):
    driver = Declaring()
    with holdfast.create(tmp_path / "r", key=KEY, drivers=[driver]) as repo:
        repo.backup("app:notes", options={"speed": "9", "words": '["a", "b"]'})
        assert driver.options == {"speed": 9, "kind": "all", "age": datetime.timedelta(minutes=90), "words": ("a", "b")}
        repo.verify(level="restore", options={"speed": "2"})
        assert driver.requests[0][0].options == {"speed": 2}
        for given, message in (({"speed": "10"}, "from 1 to 9"), ({"kind": "none"}, "all or some"), ({"nothing": "1"}, "no option 'nothing'"),
                               ({"dry": "yes"}, "not for backup")):
            with pytest.raises(holdfast.InvalidArgumentError, match=message):
                repo.backup("app:notes", options=given)
        with pytest.raises(holdfast.InvalidArgumentError, match="not for verify"):
            repo.verify(level="restore", options={"kind": "some"})
        with pytest.raises(holdfast.InvalidArgumentError, match="yes or no"):
            repo.restore("latest", "app:copy", options={"dry": "perhaps"})
    listed = holdfast.drivers([driver])[-1]
    assert (listed.name, listed.schemes, listed.options) == ("notes-app", ("app",), Declaring.option_specs)


def test_counts_keep_the_order_of_the_driver(tmp_path):
    class Counting(NotesDriver):
        def prove(self, backup, request):
            return holdfast.Proof(level="content-equal", counts={"zebras": 1, "apes": 2})

    with holdfast.create(tmp_path / "r", key=KEY, drivers=[Counting()]) as repo:
        repo.backup("app:notes")
        assert list(repo.verify(level="restore").counts.items()) == [("zebras", 1), ("apes", 2)]


def test_the_example_of_a_driver_is_short_and_runs(tmp_path):
    main = ROOT / "examples/python_custom_driver/main.py"
    assert len(main.read_text().splitlines()) <= 120
    done = subprocess.run([sys.executable, main, tmp_path], capture_output=True, text=True, check=True, timeout=120)
    assert "PROVED 2 settings, 2 restored" in done.stdout
    for line in ("postgresql", "settings", "  strict (boolean): fail on a line that is not a setting"):
        assert line in done.stdout.splitlines()
    assert (tmp_path / "app.conf").read_text() == "app.color=green\napp.size=7\n"
