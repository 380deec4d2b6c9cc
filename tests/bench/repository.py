"""The packed repository: Holdfast, restic and borg on one tree of files, and how costs grow with data and backups.

All encrypt, compress with zstd, walk the tree themselves and skip files whose times are unchanged. Each opens its
repository with a password, whose key derivation is a part of every figure; Holdfast runs a second time with a raw key.
Every restore is compared with the tree. Numbers are for people: nothing here fails on a timing.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import holdfast  # noqa: E402
import measure  # noqa: E402
import sample_tree  # noqa: E402

SEED = 20260101
STEPS = ("first", "unchanged", "changed", "restore")


def say(text):
    print(text, file=sys.stderr, flush=True)


class Contender:
    """One tool with a repository of its own under `place`."""

    def __init__(self, place, tree):
        self.place, self.tree = place, tree
        self.repository = place / "repository"
        self.out = place / "out"

    def run(self, *commands):
        return measure.run_chain(commands, None, self.place, [self.place], self.environment())

    def measure(self, step):
        if step != "restore":
            cost = self.run(self.backup())
        else:
            self.out.mkdir()
            cost = self.run(self.restore())
            subprocess.run(["diff", "-r", self.tree, self.restored()], check=True)
            shutil.rmtree(self.out)
        cost.stored_bytes = measure.stored_size(self.repository)
        return cost

    def restored(self):
        return self.out / self.tree.relative_to("/")


class Holdfast(Contender):
    name = "holdfast"

    def environment(self):
        return {"HOLDFAST_PASSWORD": "benchmark"}

    def command(self, *words):
        return [holdfast.command_path(), *words, "-q", "-r", self.repository]

    def start(self):
        self.run(self.command("init"))

    def backup(self):
        return self.command("backup", f"dir://{self.tree}")

    def restore(self):
        return self.command("restore", "latest", f"dir://{self.out}")

    def restored(self):
        return self.out


class HoldfastRawKey(Holdfast):
    """Like a host with its own key: no key is derived from a password."""

    name = "with raw key"

    def environment(self):
        return {}

    def command(self, *words):
        return [*super().command(*words), "--key-file", self.place / "key"]

    def start(self):
        (self.place / "key").write_bytes(os.urandom(32))
        super().start()


class Restic(Contender):
    name = "restic"

    def environment(self):
        return {"RESTIC_PASSWORD": "benchmark", "RESTIC_CACHE_DIR": str(self.place / "cache")}

    def start(self):
        self.run(["restic", "-q", "-r", self.repository, "init", "--repository-version", "2"])

    def backup(self):
        return ["restic", "-q", "-r", self.repository, "backup", self.tree]

    def restore(self):
        return ["restic", "-q", "-r", self.repository, "restore", "latest", "--target", self.out]


class Borg(Contender):
    name = "borg"
    number = 0

    def environment(self):
        return {"BORG_PASSPHRASE": "benchmark", "BORG_BASE_DIR": str(self.place / "base"), "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes"}

    def start(self):
        (self.place / "base").mkdir()
        self.run(["borg", "init", "-e", "repokey", self.repository])

    def backup(self):
        self.number += 1
        return ["borg", "create", "-C", "zstd,3", f"{self.repository}::{self.number}", self.tree]

    def restore(self):
        return ["sh", "-c", f"cd '{self.out}' && exec borg extract '{self.repository}::{self.number}'"]


def beside_peers(place, size):
    tree = place / "tree"
    tree.mkdir()
    paths = sample_tree.make(tree, size, SEED)
    say(f"tree: {measure.stored_size(tree) / 1e9:.2f} GB in {len(paths)} files (seed {SEED})")
    contenders = []
    for kind in (Holdfast, HoldfastRawKey, Restic, Borg):
        if not issubclass(kind, Holdfast) and not shutil.which(kind.name):
            say(f"SKIP: no {kind.name} here; install the package {'borgbackup' if kind is Borg else kind.name}")
            continue
        directory = place / kind.name
        directory.mkdir()
        contenders.append(kind(directory, tree))
        contenders[-1].start()
    subprocess.run(["sh", "-c", 'exec cat "$0"/*/* >/dev/null', tree], check=True)  # warms the cache for the first contender
    table = {}
    for step in STEPS:
        if step == "changed":
            sample_tree.change(paths, 0.01, SEED)
        for contender in contenders:
            cost = table.setdefault(step, {})[contender.name] = contender.measure(step)
            say(f"{step:10} {contender.name:12} {cost.seconds:7.2f} s")
    return table


def print_peers(table):
    for step, row in table.items():
        print(f"\n{step:12}{'seconds':>9}{'CPU':>9}{'peak MiB':>10}{'stored MB':>11}{'ratio':>8}")
        for name, cost in row.items():
            ratio = cost.seconds / row["holdfast"].seconds
            print(f"{name:12}{cost.seconds:9.2f}{cost.client_cpu:9.2f}{cost.peak_bytes / 2**20:10.0f}{cost.stored_bytes / 1e6:11.1f}{ratio:8.2f}")


def growth_with_data(place, unit):
    """Backup, second backup and restore of 1, 4 and 16 times `unit` bytes."""
    rows = []
    for factor in (1, 4, 16):
        tree = place / f"x{factor}" / "tree"
        tree.mkdir(parents=True)
        sample_tree.make(tree, unit * factor, SEED + factor)
        contender = Holdfast(tree.parent, tree)
        contender.start()
        costs = [contender.measure(step) for step in ("first", "unchanged", "restore")]
        rows.append({"bytes": unit * factor, "seconds": [cost.seconds for cost in costs], "peak_bytes": max(cost.peak_bytes for cost in costs)})
        shutil.rmtree(tree.parent)
    return rows


def growth_with_backups(place, most):
    """list, gc, verify quick and verify full with 10, 100, … backups of 64 KiB each."""
    rows, directory = [], place / "many"
    directory.mkdir()
    key = directory / "key"
    key.write_bytes(os.urandom(32))
    arguments = ["-q", "-r", directory / "repository", "--key-file", key]
    run = lambda *words: measure.run_chain([[holdfast.command_path(), *words, *arguments]], None, directory, [directory])  # noqa: E731
    run("init")
    made = 0
    for count in (number for number in (10, 100, 1000) if number <= most):
        for _ in range(count - made):
            run("backup", "exec:head -c 65536 /dev/urandom")
        made = count
        costs = {name: run(*words) for name, words in
                 {"list": ["list"], "gc": ["gc"], "verify quick": ["verify", "--level", "quick"], "verify full": ["verify", "--level", "full"]}.items()}
        rows.append({"backups": count, **{name: {"seconds": cost.seconds, "peak_bytes": cost.peak_bytes} for name, cost in costs.items()}})
    return rows


def index_memory(chunks):
    """The size of an index of that many made-up chunks, as the measuring program reports it; needs no storage."""
    program = pathlib.Path(holdfast.command_path()).parent / "tests" / "holdfast-bench-index"
    if not program.exists():
        return f"SKIP: index memory: no {program.name} beside the command; cmake --build … --target {program.name} makes it"
    return subprocess.run([program, str(chunks)], check=True, capture_output=True, text=True).stdout.strip()


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run repository", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1100, metavar="MB", help="size of the tree (default 1100)")
    parser.add_argument("--backups", type=int, default=1000, metavar="N", help="how many backups the growth goes to (default 1000)")
    parser.add_argument("--json", metavar="FILE", help="also write everything measured to FILE")
    parser.add_argument("--directory", help="where everything goes (default: the system's temporary directory)")
    return parser.parse_args()


def main():
    options = arguments()
    if not pathlib.Path(holdfast.command_path()).exists():
        sys.exit(f"no holdfast at {holdfast.command_path()}: build it with `cmake --preset release && cmake --build build/release`")
    with tempfile.TemporaryDirectory(prefix="hfbench.", dir=options.directory) as place:
        place = pathlib.Path(place)
        table = beside_peers(place, options.size * 10**6)
        print_peers(table)
        data = growth_with_data(place, options.size * 10**6 // 16)
        print(f"\n{'data MB':>10}{'first s':>10}{'unchanged s':>13}{'restore s':>11}{'peak MiB':>10}")
        for row in data:
            first, unchanged, restore = row["seconds"]
            print(f"{row['bytes'] / 1e6:10.0f}{first:10.2f}{unchanged:13.2f}{restore:11.2f}{row['peak_bytes'] / 2**20:10.0f}")
        backups = growth_with_backups(place, options.backups)
        steps = ("list", "gc", "verify quick", "verify full")
        print(f"\n{'backups':>10}" + "".join(f"{step + ' s':>15}" for step in steps) + f"{'peak MiB':>10}")
        for row in backups:
            peak = max(row[step]["peak_bytes"] for step in steps)
            print(f"{row['backups']:10}" + "".join(f"{row[step]['seconds']:15.2f}" for step in steps) + f"{peak / 2**20:10.0f}")
        memory = index_memory(10**7)
        print(f"\nindex: {memory}")
    if options.json:
        peers = {step: {name: vars(cost) | {"stray_files": sorted(cost.stray_files)} for name, cost in row.items()} for step, row in table.items()}
        pathlib.Path(options.json).write_text(json.dumps({"peers": peers, "data": data, "backups": backups, "index": memory}, indent=2) + "\n")


if __name__ == "__main__":
    main()
