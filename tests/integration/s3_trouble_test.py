"""Many backups through a network that fails all the time: every one commits, none twice, none partially."""

import concurrent.futures
import os
import pathlib
import random
import shutil
import tempfile
import unittest

import harness
from budget import LONG
from holdfast import OK, Holdfast
from http_faults import TroubledProxy
from s3 import S3Server
from servers import ServerError

BACKUPS = 100 if LONG else 24
AT_ONCE = 4


class Trouble(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.s3 = S3Server()
        except ServerError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.addClassCleanup(cls.s3.close)
        cls.s3.open()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hftrouble."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        (cls.folder / "key").write_bytes(os.urandom(32))

    def repository(self, bucket, port):
        return Holdfast(f"s3://{bucket}/r?part_size=5M", environment={
            "AWS_ACCESS_KEY_ID": self.s3.access_key, "AWS_SECRET_ACCESS_KEY": self.s3.secret_key,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "HOME": str(self.folder)})

    def check_layout(self, layout):
        seed = random.SystemRandom().randrange(2**32)
        print(f"{layout}: seed {seed}")
        sizes = random.Random(seed)
        key = ("--key-file", self.folder / "key")
        direct = self.repository(layout, self.s3.port)
        direct("init", "--layout", layout, *key).expect(OK)
        with TroubledProxy(self.s3.port, seed) as proxy:
            troubled = self.repository(layout, proxy.port)

            def backup(number):
                # One in ten is stored in several parts.
                size = sizes.randrange(11_000_000, 12_000_000) if number % 10 == 0 else sizes.randrange(1, 50_000)
                made = troubled("backup", f"exec:sh -c 'echo {number}; head -c {size} /dev/urandom'", "--json", *key).expect(OK)
                return made.json["backup"]["id"]

            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                made = list(pool.map(backup, range(BACKUPS)))
            print(f"{layout}: {len(made)} backups, {dict(proxy.counts)}")
            self.assertGreater(proxy.counts["error"], 0)
            self.assertGreater(proxy.counts["burst"], 0)
        self.assertEqual(len(set(made)), BACKUPS)
        listed = direct("list", "--json", *key).expect(OK).json["backups"]
        self.assertEqual(sorted(backup["id"] for backup in listed), sorted(made))
        verified = direct("verify", "--level", "full", "--json", *key).expect(OK).json
        self.assertEqual(sorted(report["backup"] for report in verified["reports"] if report["backup"]), sorted(made))

    def test_packed(self):
        self.check_layout("packed")

    def test_plain(self):
        self.check_layout("plain")


if __name__ == "__main__":
    harness.main()
