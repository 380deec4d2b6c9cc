"""The memory for wide values: one value of each size, many rows, and large objects, backed up, restored and proven.

Peaks are those of the processes themselves (VmHWM): of Holdfast, and, for information, of the server's largest session.
"row" is the longest row as COPY's text, which is sent over the wire: a bytea has two letters a byte there.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import peaks  # noqa: E402
import pg  # noqa: E402
from holdfast import Holdfast  # noqa: E402

MIB = 1 << 20
# Bytes of the given length without repetition, so that they are not stored once for many.
BYTES = "(SELECT string_agg(decode(md5(n::text), 'hex'), '') FROM generate_series(1, {0} / 16) n)"
TEXT = "(SELECT string_agg(md5(n::text), '') FROM generate_series(1, {0} / 32) n)"


def one(kind, expression, factor, mib):
    """A case of one row with one value: name, SQL, bytes of its row as text."""
    return f"{kind} {mib} MiB", f"CREATE TABLE t AS SELECT {expression.format(mib * MIB)} AS v", factor * mib * MIB


def cases():
    """(name, SQL that makes the table, bytes of the longest row as text)"""
    for mib in (1, 16, 128, 256, 400):
        yield one("bytea", BYTES, 2, mib)
    for mib in (1, 16, 128, 512, 900):
        yield one("text", TEXT, 1, mib)
    yield one("jsonb", "jsonb_build_object('v', " + TEXT + ")", 1, 128)
    yield one("array", "ARRAY(SELECT md5(n::text) FROM generate_series(1, {0} / 33) n)", 1, 128)
    columns = ", ".join(BYTES.format(16 * MIB) + f" AS c{number}" for number in range(8))
    yield "8 columns of 16 MiB", f"CREATE TABLE t AS SELECT {columns}", 256 * MIB
    yield ("10,000 rows of 1 MiB", f"CREATE TABLE t AS SELECT repeat(md5(n::text), {MIB} / 32) AS v FROM generate_series(1, 10000) n", MIB)
    yield "large object of 1 GiB", ("SELECT lo_create(4711); SELECT count(lo_put(4711, n * 1048576::int8, " + BYTES.format(MIB) +
                                    ")) FROM generate_series(0, 1023) n"), 2 * MIB


def measure(server, folder, sql, arguments):
    """Peaks of backup, restore and proof of a database that `sql` makes."""
    server.create_db("wide")
    server.psql(sql, db="wide")
    repository = folder / "repository"
    holdfast = Holdfast(repository)
    holdfast("init", "--no-encryption").expect()
    steps = {"backup": ["backup", server.uri("wide")], "restore": ["restore", "latest", server.uri("wide_r")],
             "verify": ["verify", "latest", "--level", "restore", "--restored", server.uri("wide_r")]}
    found = {}
    try:
        for step, words in steps.items():
            found[step] = peaks.run(holdfast.argv(*words, *arguments), holdfast.environment, server.pid)
    finally:
        for database in ("wide", "wide_r"):
            server.drop_db(database)
        shutil.rmtree(repository)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("-j", "--jobs", default="1", help="connections (1)")
    parser.add_argument("--directory", help="where the server and the repository go: some GiB")
    arguments = parser.parse_args()
    print(f"{'MiB':<24}{'row':>6}{'backup':>8}{'restore':>9}{'verify':>8}   server: backup, restore")
    with tempfile.TemporaryDirectory(prefix="hfwide.", dir=arguments.directory) as folder, \
            pg.PgServer(settings={"max_wal_size": "256MB"}, directory=arguments.directory) as server:
        for name, sql, row in cases():
            if arguments.only not in name:
                continue
            found = measure(server, pathlib.Path(folder), sql, ["-j", arguments.jobs])
            own = [found[step].own // MIB for step in ("backup", "restore", "verify")]
            print(f"{name:<24}{row // MIB:>6}{own[0]:>8}{own[1]:>9}{own[2]:>8}   "
                  f"{found['backup'].server // MIB}, {found['restore'].server // MIB}", flush=True)


if __name__ == "__main__":
    main()
