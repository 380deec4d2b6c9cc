"""The logger "holdfast": silent until the host decides, then it has every event but progress."""

import logging
import subprocess
import sys

import holdfast
from helpers import DictStorage, Texts

SILENT = """
import sys
sys.path.insert(0, {tests!r})
import holdfast
from test_logging import Deaf
with holdfast.create(Deaf(), encrypted=False) as deaf:
    deaf.backup("exec:true")
    deaf.verify(level="full")
"""


class Deaf(DictStorage):
    """A storage that takes no proof, of which verify() warns."""

    def put_new(self, name, data):
        if "proof" in name:
            raise holdfast.PermissionDeniedError(f"may not write {name}")
        return super().put_new(name, data)


def test_nothing_is_printed_unless_the_host_configures_logging(tmp_path):
    done = subprocess.run([sys.executable, "-c", SILENT.format(tests=__file__.rpartition("/")[0])], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_warnings_are_logged_with_their_event(caplog):
    with holdfast.create(Deaf(), encrypted=False) as deaf:
        deaf.backup(Texts(a=b"1"))
        assert deaf.verify(level="full").ok
    record, = (each for each in caplog.records if each.name == "holdfast")
    assert record.levelno == logging.WARNING and record.event.kind is holdfast.EventKind.WARNING


def test_the_level_decides_which_events_are_logged(repo, caplog):
    logged = {}
    for level in (logging.INFO, logging.DEBUG):
        caplog.clear()
        with caplog.at_level(level, logger="holdfast"):
            repo.backup(Texts(a=b"1"))
        logged[level] = [record.event.kind.value for record in caplog.records if record.name == "holdfast"]
    assert logged[logging.INFO] == ["begun", "ended"]
    assert {"begun", "phase", "entry_finished", "ended"} <= set(logged[logging.DEBUG]) and "progress" not in logged[logging.DEBUG]
