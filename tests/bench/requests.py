"""Counts the requests that each command sends to an S3 server whose repository has many backups.

The command under test ($HOLDFAST, else the release build's) makes a repository of tiny backups on the local disk, which
is moved to the server. Each command runs with an empty cache, unless its line says warm. Numbers are for people:
nothing here fails on one.
"""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from holdfast import Holdfast  # noqa: E402
from http_faults import TroubledProxy  # noqa: E402
from s3 import S3Server  # noqa: E402
from servers import ServerError  # noqa: E402

BUCKET = "bench"
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")


class Bench:
    def __init__(self, folder, server, proxy):
        self.folder, self.proxy = folder, proxy
        self.cache = folder / "cache"
        self.key = folder / "key"
        self.key.write_bytes(os.urandom(32))
        self.tree = folder / "tree"
        self.tree.mkdir()
        self.environment = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key, "AWS_REGION": server.region,
                            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}", "XDG_CACHE_HOME": str(self.cache), "HOME": str(folder)}

    def run(self, repository, *arguments):
        return Holdfast(repository, None, self.environment)(*arguments, "--key-file", self.key).expect(0, 3)

    def change(self, number):
        (self.tree / "file").write_text(f"contents {number}\n", encoding="utf-8")

    def make(self, place, backups):
        self.run(place, "init")
        for number in range(backups):
            self.change(number)
            if number + 1 == backups:
                time.sleep(1)  # backups of one second must be read to tell which is the latest
            self.run(place, "backup", f"dir://{self.tree}")

    def count(self, name, *arguments, warm=False):
        """Prints the number of requests of one command."""
        if not warm:
            shutil.rmtree(self.cache, ignore_errors=True)
        before = self.proxy.counts.copy()
        self.run(f"s3://{BUCKET}", *arguments)
        sent = self.proxy.counts - before
        print(f"{name:<24}{sent['requests']:>9}" + "".join(f"{sent[method]:>8}" for method in METHODS), flush=True)

    def measure(self):
        backups = [one["id"] for one in self.run(f"s3://{BUCKET}", "list", "--json").json["backups"]]
        middle, other, third = backups[len(backups) // 2], backups[len(backups) // 3], backups[len(backups) // 4]
        print(f"{len(backups)} backups\n{'command':<24}{'requests':>9}" + "".join(f"{method:>8}" for method in METHODS))
        self.count("list, cold cache", "list")
        self.count("list, warm cache", "list", warm=True)
        self.count("show ID", "show", middle)
        self.count("show ID, warm cache", "show", middle, warm=True)
        self.count("show latest", "show", "latest")
        self.count("verify ID", "verify", middle)
        self.count("diff ID ID", "diff", middle, other)
        self.count("restore ID", "restore", middle, f"dir://{self.folder}/restored")
        self.count("restore latest", "restore", "latest", f"dir://{self.folder}/latest")
        self.count("remove ID", "remove", third)
        self.change("more")
        self.count("backup", "backup", f"dir://{self.tree}")
        self.change("most")
        self.count("backup, warm cache", "backup", f"dir://{self.tree}", warm=True)
        self.count("show ID, after that", "show", middle)
        self.run(f"s3://{BUCKET}", "list")
        self.count("expire 1, warm cache", "expire", "--keep-last", str(len(backups)), warm=True)
        self.count("gc --dry-run", "gc", "--dry-run")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backups", type=int, default=2000)
    parser.add_argument("--scratch", default=None, help="where the repository is made; quickest in memory")
    arguments = parser.parse_args()
    try:
        server = S3Server()
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="hfrequests.", dir=arguments.scratch) as folder, server, \
            TroubledProxy(server.port, 0, errors=0, resets=0, burst=0) as proxy:
        bench = Bench(pathlib.Path(folder), server, proxy)
        place = bench.folder / "repository"
        bench.make(place, arguments.backups)
        server.data.mkdir(exist_ok=True)
        shutil.copytree(place, server.data / BUCKET)
        bench.measure()
    return 0


if __name__ == "__main__":
    sys.exit(main())
