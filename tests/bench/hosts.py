"""The cost of each language over C: programs of one design back up one file, with a source and a storage of their own.

The programs are in tests/bench/hosts; c/host.c describes them. They run in turns, in an order that changes with each
round. "CPU" is user and system time of the backup alone, "start" that of everything before it, "peak" the largest
resident set. Each ratio is the median of the rounds' ratios to C in the same round, and "best" that of the least CPU of
all rounds, which other work on the machine disturbs least. A language without its tools is left out by name. Numbers are for people: nothing
here fails on a timing.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOSTS = ROOT / "tests" / "bench" / "hosts"
sys.path.insert(0, str(ROOT / "tests" / "support"))
import languages  # noqa: E402
import measure  # noqa: E402
from bindings import PYTHON, make_data  # noqa: E402


def c(tools, build, place):
    tools.gcc("-std=c11", "-O2", HOSTS / "c" / "host.c", "-o", place / "c-host", "-pthread")
    return [place / "c-host"], {}


def python(tools, build, place):
    subprocess.run(["cmake", "--build", build, "--target", "holdfast-python"], check=True, stdout=sys.stderr)
    return [PYTHON, HOSTS / "python" / "host.py"], {"PYTHONPATH": str(build / "bindings" / "python")}


def go(tools, build, place):
    tools.go("build", "-o", place / "go-host", ".", at=HOSTS / "go")
    return [place / "go-host"], {}


def rust(tools, build, place):
    tools.cargo("build", "--quiet", "--locked", "--release", at=HOSTS / "rust")
    return [tools.rust_target / "release" / "host"], {}


def node(tools, build, place):
    tools.addon(place / "holdfast.node")
    return ["node", HOSTS / "node" / "host.js"], {"HOLDFAST_ADDON": str(place / "holdfast.node")}


def java(tools, build, place):
    classes = place / "classes"
    tools.javac(classes, HOSTS / "java" / "Host.java")
    return [*tools.java(classes), "Host"], {}


LANGUAGES = {"C": c, "Python": python, "Go": go, "Rust": rust, "Node": node, "Java": java}


def run(command, environment, data, piece):
    """One run: what the backup alone cost, and what came before it."""
    with subprocess.Popen([*map(str, command), str(data), str(piece)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, **environment}) as program:
        def until(word):
            said = program.stdout.readline().strip()
            if said != word:
                sys.exit(f"{command[0]}: said {said!r} instead of {word!r}")
            return measure.tree_cpu_seconds(program.pid), time.monotonic()

        cpu, begun = until("ready")
        program.stdin.write("\n")
        program.stdin.flush()
        cpu_after, ended = until("done")
        peak = int(re.search(r"VmHWM:\s*(\d+) kB", pathlib.Path(f"/proc/{program.pid}/status").read_text())[1])
        program.stdin.close()
        if program.wait() != 0:
            sys.exit(f"{command[0]}: ended with {program.returncode}")
    return {"wall": ended - begun, "cpu": cpu_after - cpu, "start": cpu, "peak": peak / 1024}


def table(measured):
    medians = {name: {field: statistics.median(each[field] for each in runs) for field in runs[0]} for name, runs in measured.items()}
    print(f"{'':8}{'wall s':>9}{'CPU s':>9}{'start s':>9}{'peak MiB':>10}{'wall / C':>10}{'CPU / C':>10}{'best':>8}")
    for name, row in medians.items():
        ratios = [statistics.median(mine[field] / of_c[field] for mine, of_c in zip(measured[name], measured["C"])) for field in ("wall", "cpu")]
        best, best_of_c = (min(each["cpu"] for each in measured[of]) for of in (name, "C"))
        figures = f"{name:8}{row['wall']:9.2f}{row['cpu']:9.2f}{row['start']:9.2f}{row['peak']:10.0f}"
        print(figures + "".join(f"{ratio:10.3f}" for ratio in ratios) + f"{best / best_of_c:8.3f}")


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run hosts", description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=256, help="size of the file (default 256)")
    parser.add_argument("--piece", type=int, default=256, metavar="KIB", help="size of the pieces that the source writes (default 256)")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="rounds (default 5)")
    parser.add_argument("--only", nargs="+", choices=LANGUAGES, default=list(LANGUAGES), help="these languages, and C")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--json", metavar="FILE", help="also write everything measured to FILE")
    parser.add_argument("--directory", help="where the data and the programs go (default: the system's temporary directory)")
    options = parser.parse_args()
    subprocess.run(["cmake", "--build", options.build, "--target", "holdfast-capi"], check=True, stdout=sys.stderr)
    tools = languages.Languages(options.build.resolve() / "capi" / "libholdfast.so")
    with tempfile.TemporaryDirectory(prefix="hfbench.", dir=options.directory) as folder:
        place = pathlib.Path(folder)
        programs = {}
        for name, make in LANGUAGES.items():
            try:
                if name == "C" or name in options.only:
                    command, environment = make(tools, options.build.resolve(), place)
                    programs[name] = command, {**tools.environment, **environment}
            except unittest.SkipTest as missing:
                print(f"{name}: left out: {missing}", file=sys.stderr)
        data = place / "data"
        make_data(data, options.mib << 20)
        measured = {name: [] for name in programs}
        for number in range(options.repeat):
            first = number % len(programs)
            for name in [*programs][first:] + [*programs][:first]:
                measured[name].append(run(*programs[name], data, options.piece << 10))
                print(f"{number + 1}/{options.repeat}  {name:8}{measured[name][-1]['cpu']:7.2f} s CPU", file=sys.stderr, flush=True)
    table(measured)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
