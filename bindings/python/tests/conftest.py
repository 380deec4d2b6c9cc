"""Fixtures of all tests, and the report of skipped tests to ctest (a "SKIP: …" line each; exit status 77 if nothing
ran)."""

import gc
import pathlib

import holdfast
import pg
import pytest

KEY = bytes(range(32))
ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture
def repo(tmp_path):
    """An empty encrypted repository on disk."""
    with holdfast.create(tmp_path / "repository", key=KEY) as made:
        yield made


@pytest.fixture(scope="session")
def server():
    """A throw-away PostgreSQL with a small database "shop"."""
    try:
        pg.find_binaries()
    except pg.PgError as error:
        pytest.skip(str(error))
    with pg.PgServer() as running:
        running.create_db("shop")
        running.psql(
            "CREATE TABLE customer (id int PRIMARY KEY, name text);"
            "INSERT INTO customer SELECT n, 'customer ' || n FROM generate_series(1, 2000) n;"
            "CREATE TABLE note (id serial PRIMARY KEY, customer int REFERENCES customer, text text);"
            "INSERT INTO note (customer, text) SELECT 1 + n % 2000, md5(n::text) FROM generate_series(1, 5000) n",
            db="shop")
        yield running


@pytest.fixture(autouse=True)
def collected():
    """Collects the objects that a test forgets within that test, so that their warnings belong to it."""
    yield
    gc.collect()


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        terminalreporter.write_line(f"SKIP: {report.nodeid}: {reason}")


def pytest_sessionfinish(session, exitstatus):
    stats = session.config.pluginmanager.get_plugin("terminalreporter").stats
    if exitstatus == 0 and stats.get("skipped") and not stats.get("passed"):
        session.exitstatus = 77
