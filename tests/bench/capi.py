"""The cost of the C interface over the C++ call: both push the same bytes into a repository, in turns."""

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def measure(program, mib, parent):
    place = pathlib.Path(tempfile.mkdtemp(prefix="hfpush.", dir=parent))
    try:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        subprocess.run([program, place / "repository", str(mib)], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.monotonic() - start, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    finally:
        shutil.rmtree(place)


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run capi", description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default="build/release", help="where the target push-bench was built")
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--directory", help="for the repositories; default: the place for temporary files")
    arguments = parser.parse_args()
    programs = {name: arguments.build / "tests" / "capi" / name for name in ("push-cpp", "push-c")}
    if missing := [name for name, path in programs.items() if not os.access(path, os.X_OK)]:
        sys.exit(f"not built: {', '.join(missing)}: cmake --build {arguments.build} --target push-bench")
    results = {name: [] for name in programs}
    for turn in range(arguments.repeat):
        for name, path in sorted(programs.items(), reverse=turn % 2 == 1):
            results[name].append(measure(path, arguments.mib, arguments.directory))
    medians = {}
    for name, runs in results.items():
        medians[name] = [statistics.median(column) for column in zip(*runs)]
        print(f"{name:10} {medians[name][0]:7.2f} s wall {medians[name][1]:7.2f} s CPU   (medians of {arguments.repeat}, {arguments.mib} MiB)")
    wall, cpu = (medians["push-c"][column] / medians["push-cpp"][column] for column in (0, 1))
    print(f"C over C++: {100 * (wall - 1):+.1f} % wall, {100 * (cpu - 1):+.1f} % CPU")


if __name__ == "__main__":
    main()
