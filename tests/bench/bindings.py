"""The cost of a call from another language: the same backup, made from C++ and from Python, in one run.

"stream" is one call that backs up the output of `cat`; "push" passes the same bytes in pieces of 1 MiB. Each run makes
a new encrypted repository; only the backup is measured, in a process of its own. The order alternates from round to
round. Numbers are for people: nothing here fails on a timing.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PIECE = 1 << 20
PYTHON = "/usr/bin/python3" if pathlib.Path("/usr/bin/python3").exists() else sys.executable  # which the package was built for

CALL = """
import json, mmap, resource, sys, time
import holdfast

def cpu():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)

def push(repo, path):
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
        with repo.begin() as session, session.add_source("push").open("data") as entry:
            for at in range(0, len(view), PIECE):
                entry.write(view[at:at + PIECE])

kind, path, place = sys.argv[1:]
with holdfast.create(place, key=b"0123456789abcdef0123456789abcdef") as repo:
    before, begun = cpu(), time.monotonic()
    push(repo, path) if kind == "push" else repo.backup(f"exec:cat {path}", progress=lambda event: None)
    print(json.dumps({"seconds": time.monotonic() - begun, "cpu": cpu() - before}))
""".replace("PIECE", str(PIECE))


def contenders(build):
    """name → command and environment."""
    return {
        "C++": ([build / "tests/holdfast-bench-bindings"], {}),
        "Python": ([PYTHON, "-c", CALL], {"PYTHONPATH": str(build / "bindings/python")}),
    }


def make_data(path, size):
    """Rows of text that compress about as well as a table's; no two are equal."""
    with open(path, "wb") as file:
        number = 0
        while file.tell() < size:
            file.write(b"".join(b"%d\t%s\tcustomer %d\t2026-11-20 18:04:11\tpaid\n" % (n, os.urandom(8).hex().encode(), n * 7919 % 100003)
                                for n in range(number, number + 10000)))
            number += 10000


def measure(kind, command, environment, data, place):
    shutil.rmtree(place, ignore_errors=True)
    done = subprocess.run([*map(str, command), kind, str(data), str(place)], env={**os.environ, **environment}, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]}: {done.stderr}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run bindings", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1.0, help="GB to back up (default 1)")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="rounds; the table shows medians and the best")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--json", metavar="FILE", help="also write everything measured to FILE")
    parser.add_argument("--directory", help="where the data and the repositories go (default: the system's temporary directory)")
    options = parser.parse_args()
    subprocess.run(["cmake", "--build", options.build, "--target", "holdfast-python", "holdfast-bench-bindings"], check=True, stdout=sys.stderr)
    measured = {}
    with tempfile.TemporaryDirectory(prefix="hfbench.", dir=options.directory) as place:
        data = pathlib.Path(place) / "data"
        make_data(data, int(options.size * 1e9))
        names = contenders(options.build)
        for kind in ("stream", "push"):
            runs = measured[kind] = {name: [] for name in names}
            for number in range(options.repeat):
                for name in list(names) if number % 2 == 0 else reversed(list(names)):
                    runs[name].append(measure(kind, *names[name], data, pathlib.Path(place) / "repository"))
                    print(f"{kind} {number + 1}/{options.repeat}  {name:8} {runs[name][-1]['seconds']:7.2f} s", file=sys.stderr, flush=True)
    print(f"{'':16}{'seconds':>9}{'best':>9}{'CPU':>9}{'best':>9}{'ratio':>8}{'of best':>9}{'CPU':>8}{'of best':>9}")
    for kind, runs in measured.items():
        rows = {}
        for name, results in runs.items():
            seconds, cpu = ([result[field] for result in results] for field in ("seconds", "cpu"))
            rows[name] = (statistics.median(seconds), min(seconds), statistics.median(cpu), min(cpu))
            ratios = "".join(f"{mine / base:{width}.3f}" for mine, base, width in zip(rows[name], rows["C++"], (8, 9, 8, 9)))
            print(f"{kind:8}{name:8}" + "".join(f"{figure:9.2f}" for figure in rows[name]) + ratios)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
