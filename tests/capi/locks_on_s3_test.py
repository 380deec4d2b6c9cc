"""A host's storage in C over a bucket that locks objects: its locks are extended through it, or it is refused."""

import datetime
import json
import os
import pathlib
import subprocess
import unittest

import harness
from s3 import S3Server
from s3_raw import RawS3
from servers import ServerError

PROGRAM = pathlib.Path(os.environ.get("HOLDFAST_EXAMPLES", "")) / "capi-locks"


class Wrapped(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.s3 = S3Server(versions=True)
        except ServerError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.addClassCleanup(cls.s3.close)
        cls.s3.open()
        cls.raw = RawS3(cls.s3)

    def back_up(self, bucket, days, locks):
        options = {**self.s3.options(), "object_lock": "compliance", "lock_days": str(days)}
        named = json.dumps({f"storage.{key}": value for key, value in options.items()})
        return subprocess.run([PROGRAM, f"s3://{bucket}", named, locks], capture_output=True, text=True, check=False, timeout=300)

    def test_locks_are_extended_through_it(self):
        self.assertEqual(self.back_up("passed", 3, "passes").stderr, "")
        old = [key for key in self.raw.keys("passed") if key.startswith(("packs/", "keys/", "format"))]
        self.assertGreater(len(old), 2)
        self.assertEqual(self.back_up("passed", 10, "passes").stderr, "")
        least = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=20) - datetime.timedelta(minutes=5)
        for key in old:
            self.assertGreater(self.raw.locked_until("passed", key), least, key)

    def test_one_that_hides_them_is_refused(self):
        done = self.back_up("hidden", 3, "hides")
        self.assertEqual(done.returncode, 1)
        self.assertIn("unsupported: can't keep a repository in wrapped:", done.stderr)
        self.assertEqual([key for key in self.raw.keys("hidden") if not key.startswith(".tmp/")], [])
        self.back_up("hidden", 3, "passes")
        before = self.raw.keys("hidden")
        self.assertIn("s3://hidden", self.back_up("hidden", 3, "hides").stderr)
        self.assertEqual(self.raw.keys("hidden"), before)


if __name__ == "__main__":
    harness.main()
