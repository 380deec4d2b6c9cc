"""Logical backup and restore of PostgreSQL: Holdfast and common tools, in one run on one server.

Every contender reads the same database with a warm page cache, in an order that alternates from round to round; every
restore writes a new database after a CHECKPOINT. Client CPU is that of all client processes, server CPU that of the
whole server, including background work. Peak memory is the largest sum of resident sets of the client processes.
Numbers are for people: nothing here fails on a timing.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import holdfast  # noqa: E402
import measure  # noqa: E402
import pg  # noqa: E402

# The same for all: Debian's defaults except these two. Durable: fsync stays on for everybody.
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB"}
PASSWORD = "benchmark"


def say(text):
    print(text, file=sys.stderr, flush=True)


class Bench:
    """One server with one database, and the contenders."""

    def __init__(self, server, place, command):
        self.server, self.place, self.command = server, place, command
        self.uri = server.uri("shop")
        self.largest = None  # its largest table
        self.environment = {"HOLDFAST_PASSWORD": PASSWORD}

    def make_database(self, scale, tables=None):
        """The sample's database, most of which is one table, or one of many tables alike."""
        begun = time.monotonic()
        self.server.create_db("shop")
        script = ROOT / ("tests/bench/many_tables.sql" if tables else "examples/quickstart/sample.sql")
        self.server.run("psql", "-Xq", "-o", "/dev/null", "-v", f"scale={scale}", "-v", f"tables={tables}", "-d", self.uri, "-f", script)
        size = int(self.server.psql("SELECT pg_database_size('shop')"))
        largest, share = self.server.psql(
            "SELECT c.oid::regclass, pg_total_relation_size(c.oid)::float / pg_database_size(current_database()) FROM pg_class c"
            " WHERE relkind = 'r' ORDER BY 2 DESC LIMIT 1", db="shop").split("|")
        self.largest = largest
        say(f"database: {size / 1e9:.2f} GB, {float(share):.0%} of it {largest}; made in {time.monotonic() - begun:.0f} s")
        return size

    def warm(self):
        """Reads everything once, so that all contenders have an equally warm cache."""
        self.server.run("pg_dump", "-d", self.uri, "-f", "/dev/null")

    def run(self, commands, allowed=(), **files):
        return measure.run_chain(commands, self.server.pid, self.place, [self.place / "store", *allowed], self.environment, **files)

    def tool(self, name, *arguments):
        return [self.server.bin / name, *arguments]

    # --- backup: each returns its cost, and leaves its output in store/<name> until the restores are done

    def backups(self):
        dump = self.tool("pg_dump", "-d", self.uri)
        found = {
            "pg_dump | gzip": lambda out: self.run([dump, ["gzip"]], output=out),
            "pg_dump -Fd -j2": lambda out: self.run([self.tool("pg_dump", "-Fd", "-j2", "-f", out, "-d", self.uri)]),
            "pg_dump | zstd -3 -T2": lambda out: self.run([dump, ["zstd", "-q", "-3", "-T2"]], output=out),
        }
        if self.command:
            found["holdfast"] = self.holdfast_backup
        return found

    def holdfast_backup(self, out):
        self.run([[self.command, "init", "-q", "-r", out]])
        return self.run([[self.command, "backup", "-q", self.uri, "-r", out]])

    def backup(self, name, make):
        out = self.stored(name)
        shutil.rmtree(out, ignore_errors=True)
        out.unlink(missing_ok=True)
        cost = make(out)
        cost.stored_bytes = measure.stored_size(out)
        return cost

    def stored(self, name):
        return self.place / "store" / "".join(c if c.isalnum() else "_" for c in name)

    # --- restore: each from the output of its backup

    def restores(self):
        uri = self.server.uri("copy")
        gzip, directory, repository = map(self.stored, ("pg_dump | gzip", "pg_dump -Fd -j2", "holdfast"))
        found = {
            "gunzip | psql": lambda: self.run([["gzip", "-dc"], self.tool("psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", uri)], source=gzip),
            "pg_restore -j2": lambda: self.run([self.tool("pg_restore", "-j2", "-d", uri, directory)]),
        }
        if self.command:
            found["holdfast"] = lambda: self.run([[self.command, "restore", "-q", "latest", uri, "-r", repository]])
        return found

    def restore(self, name, make):
        self.server.drop_db("copy")
        self.server.create_db("copy")
        self.server.psql("CHECKPOINT")
        cost = make()
        rows = f"SELECT count(*) FROM {self.largest}"
        if self.server.psql(rows, db="copy") != self.server.psql(rows, db="shop"):
            raise RuntimeError(f"{name} did not restore all rows")
        self.server.drop_db("copy")
        return cost


def rounds(kind, contenders, repeat, work):
    """Runs every contender `repeat` times, in alternating order: name → costs."""
    costs = {name: [] for name in contenders}
    for number in range(repeat):
        for name in list(contenders) if number % 2 == 0 else reversed(list(contenders)):
            cost = work(name, contenders[name])
            costs[name].append(cost)
            say(f"{kind} {number + 1}/{repeat}  {name:24} {cost.seconds:7.2f} s")
    return costs


def summary(costs):
    """name → median of every figure, and the best time."""
    table = {}
    for name, runs in costs.items():
        fields = ("seconds", "client_cpu", "server_cpu", "peak_bytes", "stored_bytes")
        table[name] = {field: statistics.median(getattr(run, field) for run in runs) for field in fields}
        table[name]["best_seconds"] = min(run.seconds for run in runs)
        table[name]["stray_files"] = sorted(set().union(*(run.stray_files for run in runs)))
    return table


def print_table(title, table):
    ours = table.get("holdfast")
    print(f"\n{title:24}{'seconds':>9}{'best':>9}{'client CPU':>12}{'server CPU':>12}{'peak MiB':>10}{'stored MB':>11}{'ratio':>8}")
    for name, row in table.items():
        stored = f"{row['stored_bytes'] / 1e6:.1f}" if row["stored_bytes"] else "-"
        ratio = f"{row['seconds'] / ours['seconds']:.2f}" if ours else "-"
        print(f"{name:24}{row['seconds']:9.2f}{row['best_seconds']:9.2f}{row['client_cpu']:12.2f}{row['server_cpu']:12.2f}"
              f"{row['peak_bytes'] / 2**20:10.0f}{stored:>11}{ratio:>8}")


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run logical", description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=int, default=4, help="size of the database in steps of about 350 MB (default 4)")
    parser.add_argument("--tables", type=int, metavar="N", help="a database of N tables alike with three indexes each, instead of the sample's")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="rounds; the table shows medians and the best time")
    parser.add_argument("--backup-only", action="store_true", help="leave the restores out")
    parser.add_argument("--without-holdfast", action="store_true", help="the peers only")
    parser.add_argument("--json", metavar="FILE", help="also write everything measured to FILE")
    parser.add_argument("--directory", help="where the server and the backups go (default: the system's temporary directory)")
    return parser.parse_args()


def main():
    options = arguments()
    command = None if options.without_holdfast else holdfast.command_path()
    if command and not pathlib.Path(command).exists():
        sys.exit(f"no holdfast at {command}: build it with `cmake --preset release && cmake --build build/release`, or --without-holdfast")
    with tempfile.TemporaryDirectory(prefix="hfbench.", dir=options.directory) as place, \
            pg.PgServer(durable=True, settings=SETTINGS, directory=options.directory) as server:
        place = pathlib.Path(place)
        (place / "store").mkdir()
        bench = Bench(server, place, command)
        size = bench.make_database(options.scale, options.tables)
        bench.warm()
        version = server.psql("SHOW server_version")
        tables = {"backup": summary(rounds("backup", bench.backups(), options.repeat, bench.backup))}
        if not options.backup_only:
            tables["restore"] = summary(rounds("restore", bench.restores(), options.repeat, bench.restore))
        print(f"PostgreSQL {version}, database {size / 1e9:.2f} GB, {options.repeat} round(s); ratio: seconds / Holdfast's")
        for title, table in tables.items():
            print_table(title, table)
        stray = sorted({path for table in tables.values() for name, row in table.items() if name == "holdfast" for path in row["stray_files"]})
        if command:
            print("\ntemporary files of holdfast: " + (", ".join(stray) or "none"))
        if options.json:
            facts = {"server_version": version, "database_bytes": size, "repeat": options.repeat, **tables}
            pathlib.Path(options.json).write_text(json.dumps(facts, indent=2) + "\n")
    sys.exit(1 if stray else 0)


if __name__ == "__main__":
    main()
