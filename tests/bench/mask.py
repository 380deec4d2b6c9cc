"""What a mask adds to a restore of PostgreSQL: one backup restored without a mask, with the mask of a sensible owner, and
with one that changes every column that can be masked, in turns.

The database has the schema of the masking test: 36 tables with foreign keys between them. CPU is that of the command and
of the whole server. Lines compare each restore with the one without a mask of the same round; the table shows medians.
Numbers are for people: nothing here fails on a timing.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import branches  # noqa: E402
import holdfast  # noqa: E402
import measure  # noqa: E402
import pg  # noqa: E402

SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB"}  # as in logical.py

# Keyed rules wherever they fit, also for keys of tables. A column that decides about the partition can't be masked.
EVERYTHING = r"""
  {s}.person:
    columns:
      id: digits
      email: email
      login: pseudonym
      full name: name
      phone: phone
      born: {rule: date_shift, by: id, days: 90}
      seen: {rule: date_shift, by: id}
      ssn: digits
      salary: digits
      extra: {rule: json, paths: {$.mail: email, $.deep.*.name: name, $.n: digits}}
      note: hash
      key: pseudonym
      photo: hash
    others: keep
  {s}.address: {columns: {id: digits, person: digits, street: hash, zip: digits}}
  {s}.account: {columns: {number: digits, owner: email, opened: {rule: date_shift, by: number}}}
  {s}.transfer: {columns: {id: digits, source: digits, target: digits, amount: digits}}
  {s}.device: {columns: {key: pseudonym, name: hash}}
  {s}.session: {columns: {device: pseudonym, name: hash, ip: digits}}
  {s}.boss: {columns: {id: digits, above: digits}}
  {s}.log: {columns: {who: pseudonym, what: hash}, others: keep}
  {s}.audit: {columns: {id: digits, kind: hash, body: hash}}
  {s}.kept: {columns: {id: digits, label: hash}}
"""
NO_MASK, CASES = "without a mask", {"mask of an owner": branches.OWNER, "every column masked": EVERYTHING}


class Bench:
    """One server with the database and its copies, and a repository with one backup."""

    def __init__(self, server, place, jobs):
        self.server, self.place, self.jobs = server, place, jobs
        self.holdfast = holdfast.Holdfast(place / "repository", key=holdfast.raw_key())
        self.arguments = {NO_MASK: []}
        (place / "mask.key").write_text("a key of the benchmark\n", encoding="utf-8")
        for number, (name, rules) in enumerate(CASES.items()):
            path = place / f"{number}.yaml"
            path.write_text(branches.in_each_branch(rules), encoding="utf-8")
            self.arguments[name] = ["--mask", path, "--mask-key-file", place / "mask.key"]

    def make(self, people, events):
        self.server.create_db("shop")
        branches.make(self.server, "shop", people, events)
        self.server.psql("VACUUM ANALYZE", db="shop")
        self.holdfast("init").expect()
        self.holdfast("backup", self.server.uri("shop")).expect()

    def restore(self, name):
        """The cost of one restore into a new database."""
        self.server.drop_db("copy")
        self.server.create_db("copy")
        self.server.psql("CHECKPOINT")
        argv = self.holdfast.argv("restore", "-q", "latest", self.server.uri("copy"), "-j", self.jobs, *self.arguments[name])
        return measure.run_chain([argv], self.server.pid, self.place, [self.place], self.holdfast.environment)


def rounds(bench, repeat):
    """Runs each case `repeat` times, in alternating order: name → costs."""
    costs = {name: [] for name in bench.arguments}
    for number in range(repeat):
        for name in list(costs) if number % 2 == 0 else reversed(list(costs)):
            costs[name].append(bench.restore(name))
            print(f"round {number + 1}/{repeat}  {name:22} {costs[name][-1].seconds:7.2f} s", file=sys.stderr, flush=True)
    return costs


def total_cpu(cost):
    return cost.client_cpu + cost.server_cpu


def more(costs, plain, figure):
    """The median of what each restore takes more than the plain one of its round: "+12 %"."""
    return f"{statistics.median(figure(cost) / figure(base) - 1 for cost, base in zip(costs, plain)):+.0%}"


def print_table(costs):
    print(f"\n{'restore':22}{'seconds':>9}{'client CPU':>12}{'server CPU':>12}{'total CPU':>11}{'more CPU':>10}{'more time':>11}{'peak MiB':>10}")
    for name, runs in costs.items():
        seconds, client, server, total, peak = (statistics.median(map(figure, runs)) for figure in (
            lambda run: run.seconds, lambda run: run.client_cpu, lambda run: run.server_cpu, total_cpu, lambda run: run.peak_bytes))
        plain = costs[NO_MASK]
        print(f"{name:22}{seconds:9.2f}{client:12.2f}{server:12.2f}{total:11.2f}{more(runs, plain, total_cpu):>10}"
              f"{more(runs, plain, lambda run: run.seconds):>11}{peak / 2**20:10.0f}")


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run mask", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20_000, help="rows of the tables about people in each of 3 branches (20,000)")
    parser.add_argument("--events", type=int, default=200_000, help="rows of the tables about what they do (200,000)")
    parser.add_argument("--repeat", type=int, default=7, metavar="N", help="rounds (7)")
    parser.add_argument("-j", "--jobs", default="2", help="connections (2)")
    parser.add_argument("--directory", help="where the server and the repository go")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hfmask.", dir=options.directory) as place, \
            pg.PgServer(durable=True, settings=SETTINGS, directory=options.directory) as server:
        bench = Bench(server, pathlib.Path(place), options.jobs)
        bench.make(options.people, options.events)
        size = int(server.psql("SELECT pg_database_size('shop')"))
        costs = rounds(bench, options.repeat)
        print(f"PostgreSQL {server.psql('SHOW server_version')}, database {size / 1e6:.0f} MB, {options.repeat} rounds; more: than without a mask")
        print_table(costs)


if __name__ == "__main__":
    main()
