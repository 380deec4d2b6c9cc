"""Repositories in Google Cloud Storage, with the command: created, written, proved and restored; and its errors if that
fails."""

import os
import pathlib
import shutil
import tempfile
import unittest

import harness
from gcs import GcsServer
from holdfast import FAILED, NO_SUCH, OK, USAGE, Holdfast, raw_key
from servers import ServerError

KEY = raw_key()
SIZE = 40_000_000  # many chunks


class GcsCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.gcs = GcsServer("resumable")
        except ServerError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.addClassCleanup(cls.gcs.close)
        cls.gcs.open()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfgcs."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def repository(self, uri, **changes):
        environment = {"STORAGE_EMULATOR_HOST": f"127.0.0.1:{self.gcs.port}", "HOME": str(self.folder)}
        environment.update(changes)
        return Holdfast(uri, None, environment, KEY)


class Backups(GcsCase):
    def check_layout(self, layout):
        data = self.folder / f"data-{layout}"
        data.write_bytes(os.urandom(SIZE))
        holdfast = self.repository(f"gs://{layout}-bucket/some/prefix?chunk_size=1M")
        holdfast("init", "--layout", layout, "-O", "project=test").expect(OK)
        holdfast("doctor").expect(OK)
        first = holdfast("backup", f"exec:cat {data}", "--json").expect(OK).json["backup"]
        holdfast("verify", "latest", "--level", "full").expect(OK)
        copy = self.folder / f"copy-{layout}"
        holdfast("restore", "latest", f"exec:sh -c 'cat > \"$1\"' sh {copy}").expect(OK)
        self.assertEqual(copy.read_bytes(), data.read_bytes())
        return holdfast, data, first

    def test_packed(self):
        holdfast, data, first = self.check_layout("packed")
        again = holdfast("backup", f"exec:cat {data}", "--json").expect(OK).json["backup"]
        self.assertLess(again["stored_bytes"], 0.1 * first["stored_bytes"])
        holdfast("remove", first["id"]).expect(OK)
        holdfast("gc", "--grace", "0s").expect(OK)
        holdfast("verify", "latest", "--level", "full").expect(OK)

    def test_plain(self):
        self.check_layout("plain")


class Failures(GcsCase):
    def check_failure(self, code, said, uri="gs://failures", arguments=(), **changes):
        result = self.repository(uri, **changes)("list", *arguments).expect(code)
        self.assertIn(said, result.error_line)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        self.assertNotIn("canary", result.stdout + result.stderr)

    def test_each_cause_has_its_line(self):
        key = self.folder / "key.json"
        key.write_text('{"type": "service_account", "client_email": "x@y", "private_key": "canary"}')
        self.check_failure(NO_SUCH, "the bucket does not exist")
        self.check_failure(FAILED, "private_key can't be read", arguments=["-O", "credentials=file"], GOOGLE_APPLICATION_CREDENTIALS=str(key))
        self.check_failure(FAILED, "nothing found in no credentials file", arguments=["-O", "credentials=file"], HOME="")
        self.check_failure(FAILED, "127.0.0.1:1 ", uri="gs://failures?timeout=1", STORAGE_EMULATOR_HOST="127.0.0.1:1")
        self.check_failure(USAGE, "token is a secret", uri="gs://failures?token=canary")


if __name__ == "__main__":
    harness.main()
