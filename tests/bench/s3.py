"""One object to an S3 server and back, with Holdfast's storage and with rclone, in turns, on the same loopback server.

Seconds, CPU and memory are the client's; the server's CPU is listed separately. ratio is rclone's seconds divided by
those of the line: more than 1 = the line is faster. Numbers are for people: nothing here fails on a timing.
"""

import argparse
import filecmp
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import measure  # noqa: E402
from s3 import S3Server  # noqa: E402
from servers import ServerError  # noqa: E402

PIECE = 1 << 20


def make_data(path, size):
    with open(path, "wb") as file:
        for _ in range(size // PIECE):
            file.write(os.urandom(PIECE))


class Holdfast:
    name = "holdfast"

    def __init__(self, server, build):
        self._program = build / "tests" / "holdfast-bench-s3"
        self._options = [f"endpoint={server.endpoint}", f"access_key_id={server.access_key}", f"secret_access_key={server.secret_key}",
                         f"ca_file={server.ca_file}"]
        self.environment = {}

    def command(self, way, name, path):
        return [self._program, way, "s3://bench", name, path, *self._options]


class Rclone:
    name = "rclone"

    def __init__(self, server, build):
        del build
        self.environment = {"RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_S_TYPE": "s3", "RCLONE_CONFIG_S_PROVIDER": "Other",
                            "RCLONE_CONFIG_S_ENDPOINT": server.endpoint, "RCLONE_CONFIG_S_ACCESS_KEY_ID": server.access_key,
                            "RCLONE_CONFIG_S_SECRET_ACCESS_KEY": server.secret_key, "RCLONE_CONFIG_S_REGION": server.region,
                            "RCLONE_CONFIG_S_NO_CHECK_BUCKET": "true",  # otherwise it creates the existing bucket again, which this server refuses with 500
                            "RCLONE_EXPECT_CONTINUE_TIMEOUT": "0",  # otherwise it waits a second before each part for an answer that this server does not send
                            "RCLONE_CA_CERT": server.ca_file, "AWS_CA_BUNDLE": ""}  # rclone's S3 client does not accept the variable

    def command(self, way, name, path):
        return ["rclone", "copyto", *([path, f"s:bench/{name}"] if way == "up" else [f"s:bench/{name}", path])]


def one_round(contenders, server, place, data, number, costs):
    """One upload and download by each, in alternating order; the downloads are compared."""
    for contender in contenders if number % 2 == 0 else reversed(contenders):
        name, back = f"{contender.name}-{number}", place / "back"
        for way, path in (("up", data), ("down", back)):
            cost = measure.run_chain([contender.command(way, name, path)], server.process.pid, place, [place], contender.environment)
            costs.setdefault((way, contender.name), []).append(cost)
            print(f"{number + 1}: {way:5}{contender.name:10}{cost.seconds:7.2f} s", file=sys.stderr, flush=True)
        if not filecmp.cmp(data, back, shallow=False):
            sys.exit(f"{contender.name} did not bring back what it stored")
        back.unlink()
        (server.data / "bench" / name).unlink()


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run s3", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1024, metavar="MIB", help="size of the object (default 1024)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each goes up and down; medians are shown (default 3)")
    parser.add_argument("--tls", action="store_true", help="over TLS")
    parser.add_argument("--json", metavar="FILE", help="also write everything measured to FILE")
    parser.add_argument("--directory", help="where everything goes (default: the system's temporary directory)")
    return parser.parse_args()


def main():
    options = arguments()
    build = ROOT / "build" / "release"
    subprocess.run(["cmake", "--build", build, "--target", "holdfast-bench-s3"], check=True, stdout=sys.stderr)
    if not shutil.which("rclone"):
        sys.exit("SKIP: no rclone here; install the package rclone")
    if options.directory:
        os.environ["TMPDIR"] = options.directory  # the server's data are in it, too
    with tempfile.TemporaryDirectory(prefix="hfbench.") as place:
        place, costs = pathlib.Path(place), {}
        data = place / "data"
        make_data(data, options.size * PIECE)
        try:
            with S3Server(tls=options.tls) as server:
                (server.data / "bench").mkdir()
                contenders = [kind(server, build) for kind in (Holdfast, Rclone)]
                for number in range(options.rounds):
                    one_round(contenders, server, place, data, number, costs)
        except ServerError as error:
            sys.exit(f"SKIP: {error}")
    medians = {key: {field: statistics.median(getattr(cost, field) for cost in found)
                     for field in ("seconds", "client_cpu", "server_cpu", "peak_bytes")} for key, found in costs.items()}
    print(f"{options.size} MiB{' over TLS' if options.tls else ''}, medians of {options.rounds}")
    for way in ("up", "down"):
        print(f"\n{way:10}{'seconds':>9}{'MB/s':>8}{'CPU':>8}{'server':>8}{'peak MiB':>10}{'ratio':>8}")
        for name in ("holdfast", "rclone"):
            cost = medians[way, name]
            print(f"{name:10}{cost['seconds']:9.2f}{options.size * PIECE / 1e6 / cost['seconds']:8.0f}{cost['client_cpu']:8.2f}{cost['server_cpu']:8.2f}"
                  f"{cost['peak_bytes'] / 2**20:10.0f}{medians[way, 'rclone']['seconds'] / cost['seconds']:8.2f}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({" ".join(key): value for key, value in medians.items()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
