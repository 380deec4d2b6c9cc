"""Canaries: no secret is in an event, a line on the terminal, a manifest or a stored byte, whether the work succeeds or
fails."""

import pathlib
import shutil
import tempfile
import unittest

import harness
from holdfast import Holdfast
from pg import PgServer
from s3 import S3Server
from servers import ServerError

REPOSITORY_PASSWORD = "canary-of-the-repository"


class Canaries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        try:
            cls.s3 = S3Server()
        except ServerError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.addClassCleanup(cls.s3.close)
        cls.s3.open()
        cls.server = PgServer(tcp=True)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.server.create_db("shop")
        cls.server.psql("CREATE TABLE t AS SELECT generate_series(1, 1000) n", db="shop")
        cls.secrets = [cls.s3.secret_key, cls.server.password, REPOSITORY_PASSWORD, "canary-session", "canary-wrong"]

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfcanary."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.said = []

    def run_it(self, holdfast, *arguments):
        """Runs with all possible output."""
        result = holdfast(*arguments, "--json", "-v")
        self.said.append((arguments[0], result.stdout + result.stderr))
        return result

    def environment(self, **changes):
        return {"AWS_ACCESS_KEY_ID": self.s3.access_key, "AWS_SECRET_ACCESS_KEY": self.s3.secret_key, "AWS_ENDPOINT_URL": self.s3.endpoint,
                "HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache"), **changes}

    def check_nothing_told(self):
        stored = [*self.s3.data.rglob("*"), *self.folder.rglob("*")]
        for secret in self.secrets:
            for command, text in self.said:
                self.assertNotIn(secret, text, command)
            for path in stored:
                self.assertNotIn(secret, str(path))
                if path.is_file():
                    self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def check_work(self, bucket, password, *init):
        holdfast = Holdfast(f"s3://{bucket}", password, self.environment())
        self.run_it(holdfast, "init", *init).expect()
        self.run_it(holdfast, "backup", self.server.uri("shop", tcp=True), "exec:seq 1 1000").expect()
        self.run_it(holdfast, "list").expect()
        self.run_it(holdfast, "show", "latest").expect()
        self.run_it(holdfast, "verify", "--level", "full").expect()
        self.run_it(holdfast, "doctor")
        self.run_it(holdfast, "restore", "latest", self.server.uri("occupied", tcp=True))
        self.check_nothing_told()

    def test_of_work_that_succeeds_where_manifests_can_be_read_by_all(self):
        self.check_work("open", None, "--no-encryption", "--layout", "plain")
        manifests = [path for path in self.s3.data.rglob("*") if path.is_file() and b"shop" in path.read_bytes()]
        self.assertTrue(manifests)  # otherwise the test examined nothing

    def test_of_work_that_succeeds_where_all_is_sealed(self):
        self.check_work("sealed", REPOSITORY_PASSWORD)

    def test_of_work_that_fails(self):
        wrong_key = {"AWS_SECRET_ACCESS_KEY": "canary-wrong"}
        gone = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        for changes in (wrong_key, gone, {"AWS_SESSION_TOKEN": "canary-session", **wrong_key}):
            holdfast = Holdfast("s3://failing?timeout=1", REPOSITORY_PASSWORD, self.environment(**changes))
            for command in ("init", "list", "doctor"):
                result = self.run_it(holdfast, command)
                self.assertTrue(result.exit != 0 or command == "doctor", result.stdout)
        sound = Holdfast("s3://sound", REPOSITORY_PASSWORD, self.environment())
        self.run_it(sound, "init").expect()
        source = self.server.uri("shop", tcp=True)
        for bad in (source.replace("/shop", "/missing"), source.replace(self.server.password, "canary-wrong"),
                    source.replace(f":{self.server.port}", ":1"), source.replace("postgresql:", "postgresq:"), source + "?nonsense=1"):
            self.assertNotEqual(self.run_it(sound, "backup", bad).exit, 0)
        self.assertNotEqual(self.run_it(Holdfast("s3://sound", "canary-wrong", self.environment()), "list").exit, 0)
        self.assertNotEqual(self.run_it(Holdfast("s3://sound?secret_access_key=canary-wrong", None, self.environment()), "list").exit, 0)
        self.check_nothing_told()


if __name__ == "__main__":
    harness.main()
