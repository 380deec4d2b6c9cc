"""A PostgreSQL database backed up to S3 over TLS with the command, proved and restored; and its errors if that fails.
"""

import json
import pathlib
import resource
import shutil
import subprocess
import tempfile
import unittest

import harness
from holdfast import FAILED, NO_SUCH, OK, Holdfast, raw_key
from pg import PgServer
from s3 import S3Server
from servers import ServerError

PROVED = r"^PROVED .* level content-equal"
KEY = raw_key()
MOST_MEMORY = 256 << 20


class S3Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        try:
            cls.s3 = S3Server(tls=True)
        except ServerError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.addClassCleanup(cls.s3.close)
        cls.s3.open()
        cls.server = PgServer()
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.server.create_db("shop")
        cls.server.psql("CREATE TABLE t AS SELECT n, md5(n::text) AS a, repeat(md5((n * 7)::text), 10) AS b FROM generate_series(1, 300000) n; "
                        "CREATE TABLE empty (x int); ALTER TABLE t ADD PRIMARY KEY (n)", db="shop")
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfs3."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.folder.chmod(0o755)  # scratch servers may run as another user

    def environment(self, **changes):
        environment = {"AWS_ACCESS_KEY_ID": self.s3.access_key, "AWS_SECRET_ACCESS_KEY": self.s3.secret_key,
                       "AWS_ENDPOINT_URL": self.s3.endpoint, "AWS_CA_BUNDLE": self.s3.ca_file, "AWS_REGION": self.s3.region,
                       "HOME": str(self.folder)}
        environment.update(changes)
        return environment

    def repository(self, uri, **changes):
        return Holdfast(uri, None, self.environment(**changes), KEY)

    def check_secrets_unsaid(self, result):
        self.assertNotIn(self.s3.secret_key, result.stdout + result.stderr)


class Backups(S3Case):
    def check_layout(self, layout):
        holdfast = self.repository(f"s3://{layout}/some/prefix")
        holdfast("init", "--layout", layout).expect(OK)
        temporary = self.folder / f"tmp-{layout}"
        temporary.mkdir()
        temporary.chmod(0o1777)
        holdfast.environment["TMPDIR"] = str(temporary)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        holdfast("backup", self.server.uri("shop")).expect(OK)
        after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"{layout}: at most {max(before, after) >> 10} MiB resident")
        self.assertLessEqual(after * 1024, MOST_MEMORY)
        self.assertEqual(list(temporary.rglob("*")), [])
        self.assertRegex(holdfast("verify", "latest", "--level", "restore").expect(OK).stdout, PROVED)
        holdfast("restore", "latest", self.server.uri(f"copied_{layout}")).expect(OK)
        rows = "SELECT count(*), sum(hashtext(a || b)) FROM t"
        self.assertEqual(self.server.psql(rows, db=f"copied_{layout}"), self.server.psql(rows, db="shop"))
        self.check_secrets_unsaid(holdfast("list", "--json").expect(OK))
        return holdfast

    def test_packed(self):
        holdfast = self.check_layout("packed")
        first = holdfast("list", "--json").json["backups"][0]
        again = holdfast("backup", self.server.uri("shop"), "--json").expect(OK).json["backup"]
        self.assertLess(again["stored_bytes"], 0.1 * first["stored_bytes"])
        holdfast("remove", first["id"]).expect(OK)
        holdfast("gc", "--grace", "0s").expect(OK)
        holdfast("verify", "latest", "--level", "full").expect(OK)

    def test_plain(self):
        holdfast = self.check_layout("plain")
        copy = self.folder / "copy"
        Holdfast(copy, key=KEY)("init").expect(OK)
        holdfast("copy", "latest", "--to", copy, "--to-key-file", KEY).expect(OK)
        Holdfast(copy, key=KEY)("verify", "latest", "--level", "full").expect(OK)


class Failures(S3Case):
    def check_failure(self, code, said, uri="s3://failures", **changes):
        result = self.repository(uri, **changes)("list").expect(code)
        self.assertIn(said, result.error_line)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        self.check_secrets_unsaid(result)

    def test_each_cause_has_its_line(self):
        self.check_failure(NO_SUCH, "NoSuchBucket")
        self.check_failure(FAILED, "secret access key is wrong", AWS_SECRET_ACCESS_KEY="canary")
        self.check_failure(FAILED, "the access key id is wrong", AWS_ACCESS_KEY_ID="nobody")
        self.check_failure(FAILED, "no credentials", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        self.check_failure(FAILED, "certificate", AWS_CA_BUNDLE="")
        self.check_failure(FAILED, "127.0.0.1:1 ", AWS_ENDPOINT_URL="http://127.0.0.1:1", uri="s3://failures?timeout=1")

    def test_keys_come_from_a_profile_too(self):
        credentials = self.folder / ".aws" / "credentials"
        credentials.parent.mkdir()
        self.addCleanup(shutil.rmtree, credentials.parent)
        credentials.write_text(f"[backup]\naws_access_key_id = {self.s3.access_key}\naws_secret_access_key = {self.s3.secret_key}\n")
        holdfast = self.repository("s3://profile", AWS_ACCESS_KEY_ID="nobody", AWS_SECRET_ACCESS_KEY="nothing")
        holdfast("init", "-O", "profile=backup").expect(OK)
        holdfast("list", "-O", "profile=backup").expect(OK)

    def test_keys_and_region_come_from_the_config_file_as_for_the_aws_command(self):
        home = self.folder / "home"
        (home / ".aws").mkdir(parents=True)
        self.addCleanup(shutil.rmtree, home)
        keys = f"aws_access_key_id = {self.s3.access_key}\naws_secret_access_key = {self.s3.secret_key}\n"
        (home / ".aws" / "config").write_text(f"[default]\nregion = {self.s3.region}\n{keys}", encoding="utf-8")
        program = home / "keys"
        answer = {"Version": 1, "AccessKeyId": self.s3.access_key, "SecretAccessKey": self.s3.secret_key}
        program.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n", encoding="utf-8")
        program.chmod(0o700)
        other = home / "other"
        other.write_text(f"[profile ci]\ncredential_process = {program}\n[profile sso]\nsso_session = corp\n", encoding="utf-8")
        unset = {"HOME": str(home), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_REGION": ""}
        self.repository("s3://configured", **unset)("init").expect(OK)
        self.repository("s3://configured", AWS_PROFILE="ci", AWS_CONFIG_FILE=str(other), **unset)("backup", "exec:seq 1 10").expect(OK)
        self.repository("s3://configured", AWS_DEFAULT_PROFILE="ci", AWS_CONFIG_FILE=str(other), **unset)("list").expect(OK)
        self.check_failure(FAILED, "there is no such profile", "s3://configured", AWS_PROFILE="ci", **unset)
        self.check_failure(FAILED, "export-credentials", "s3://configured", AWS_PROFILE="sso", AWS_CONFIG_FILE=str(other), **unset)

    def test_a_server_that_goes_away_leaves_no_backup(self):
        with S3Server() as s3:
            holdfast = self.repository("s3://gone?timeout=3", AWS_ENDPOINT_URL=s3.endpoint, AWS_ACCESS_KEY_ID=s3.access_key,
                                       AWS_SECRET_ACCESS_KEY=s3.secret_key)
            holdfast("init").expect(OK)
            process = holdfast.start("backup", "exec:sh -c 'head -c 100000000 /dev/urandom; sleep 1; head -c 100000000 /dev/urandom'")
            with self.assertRaises(subprocess.TimeoutExpired):  # it is still running
                process.wait(timeout=1)
            s3.stop()
            _, stderr = process.communicate(timeout=120)
            self.assertEqual(process.returncode, FAILED, stderr)
            s3.start()
            self.assertEqual(holdfast("list", "--json").expect(OK).json["backups"], [])


if __name__ == "__main__":
    harness.main()
