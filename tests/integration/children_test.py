"""Child processes of Holdfast see no secret: none of 50 canaries in its environment is in a child's environment or
arguments.

strace shows each execve with both, so that no child is too short-lived to be examined.
"""

import pathlib
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
import unittest

import harness
from holdfast import ROOT, USAGE, Holdfast, command_path
from pg import PgServer
from sshd import Sshd, SshdError

SECRET_NAMES = ("AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ACCESS_KEY_ID AZURE_STORAGE_KEY AZURE_STORAGE_SAS_TOKEN AZURE_CLIENT_SECRET "
                "GOOGLE_APPLICATION_CREDENTIALS HOLDFAST_PASSWORD PGPASSWORD PGSSLPASSWORD MYSQL_PWD REDISCLI_AUTH VAULT_TOKEN RESTIC_PASSWORD "
                "BORG_PASSPHRASE KOPIA_PASSWORD GITHUB_TOKEN NPM_TOKEN SSH_PASSWORD DATABASE_URL SECRET_KEY_BASE OPENAI_API_KEY HF_PATH "
                "PATH_SECRET LC LANG_SECRET HOME_SECRET PGSECRET XDGSECRET LD_CANARY").split()
CANARIES = {name: f"canary-{number}-of-the-environment" for number, name in enumerate(
    SECRET_NAMES + [f"CANARY_{number}" for number in range(50 - len(SECRET_NAMES))])}
STARTED = re.compile(r'^execve\("([^"]*)", (.*)\) += (-?\d+)', re.MULTILINE)


class Children(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        if not shutil.which("strace"):
            raise unittest.SkipTest("strace is not here")
        cls.server = PgServer(tcp=True)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.server.create_db("shop")
        cls.server.psql("CREATE TABLE t AS SELECT generate_series(1, 1000) n; CREATE INDEX ON t(n)", db="shop")

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfchildren."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "password").write_text("canary-of-the-repository\n")
        self.started = {}

    def holdfast(self, repository, **environment):
        return Holdfast(repository, None, {**CANARIES, "HOLDFAST_PASSWORD": "canary-of-the-repository", **environment})

    def run_it(self, holdfast, *arguments):
        """Runs under strace, and adds the arguments and environment of each program except holdfast itself to
        `started`."""
        logs = pathlib.Path(tempfile.mkdtemp(dir=self.folder))  # one log a process, so that no call is split
        argv = ["strace", "-ff", "-v", "-s", "65536", "-e", "trace=execve", "-o", str(logs / "log"), *holdfast.argv(*arguments)]
        done = subprocess.run(argv, env=holdfast.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
                              check=False)
        self.assertIn(done.returncode, (0, 3), done.stdout + done.stderr)
        calls = [call for log in logs.iterdir() for call in STARTED.findall(log.read_text())]
        for path, given, status in calls:
            if status == "0" and path != command_path():
                self.started.setdefault(pathlib.Path(path).name, []).append(given)

    def check_no_canary(self, *expected):
        self.assertLessEqual(set(expected), set(self.started))
        for program, runs in self.started.items():
            for given in runs:
                for secret in ("canary", self.server.password):
                    self.assertNotIn(secret, given, program)

    def test_of_backup_proof_restore_and_export_of_a_database(self):
        holdfast = self.holdfast(self.folder / "repository")
        self.run_it(holdfast, "init")
        self.run_it(holdfast, "backup", self.server.uri("shop", tcp=True))
        self.run_it(holdfast, "verify", "latest", "--level", "restore")
        self.run_it(holdfast, "restore", "latest", self.server.uri("again", tcp=True))
        self.run_it(holdfast, "export", "latest", "-o", self.folder / "shop.sql")
        self.run_it(holdfast, "doctor", self.server.uri("shop", tcp=True))
        self.check_no_canary("pg_dump", "pg_dumpall", "pg_restore", "initdb", "postgres")

    def test_of_commands_and_of_a_storage_that_is_a_program(self):
        program = ROOT / "examples/command_storage/folder.sh"
        storage = f"command:{program} {self.folder}/objects"
        command = f"cat {self.folder}/password"
        holdfast = self.holdfast(storage, HOLDFAST_PASSWORD_COMMAND=command)
        del holdfast.environment["HOLDFAST_PASSWORD"]
        self.run_it(holdfast, "init")
        self.run_it(holdfast, "backup", "exec:seq 1 1000")
        self.run_it(holdfast, "restore", "latest", "exec:wc -l")
        self.check_no_canary("seq", "wc", "cat", "folder.sh")

    def test_of_ssh(self):
        try:
            server = Sshd()
        except SshdError as error:
            self.skipTest(str(error))
        with server:
            self.run_it(self.holdfast(server.uri(str(self.folder / "far"))), "init")
        self.check_no_canary("ssh")

    def test_commands_get_what_is_named_and_say_what_is_missing(self):
        holdfast = self.holdfast(self.folder / "repository", HOLDFAST_PASS_ENV="MYSQL_PWD,CANARY_3")
        holdfast("init").expect()
        holdfast("backup", "exec:env").expect()
        given = holdfast("export", "latest", "-o", "-").expect().stdout
        self.assertEqual(sorted(re.findall("^(.*)=canary", given, re.MULTILINE)), ["CANARY_3", "MYSQL_PWD"])
        holdfast.environment["HOLDFAST_PASS_ENV"] = "NO_SUCH_VARIABLE"
        self.assertIn("NO_SUCH_VARIABLE", holdfast("backup", "exec:env").expect(USAGE).stderr)
        script = self.folder / "storage.sh"
        script.write_text(f"#!/bin/sh\nenv >> {self.folder}/seen\nexec {shlex.quote(str(ROOT))}/examples/command_storage/folder.sh \"$@\"\n")
        script.chmod(0o755)
        self.holdfast(f"command:{script} {self.folder}/objects")("init", "-O", "env=VAULT_TOKEN").expect()
        seen = (self.folder / "seen").read_text()
        self.assertEqual(set(re.findall("^(.*)=canary", seen, re.MULTILINE)), {"VAULT_TOKEN"})


class Files(unittest.TestCase):
    def test_with_decrypted_content_are_for_their_owner_only_whatever_the_umask(self):
        with tempfile.TemporaryDirectory(prefix="hfchildren.") as name:
            folder = pathlib.Path(name)
            holdfast = Holdfast(folder / "repository", "secret")
            holdfast("init").expect()
            holdfast("backup", "exec:seq 1 10").expect()
            holdfast("export", "latest", "-o", folder / "plain", umask=0).expect()
            self.assertEqual(stat.S_IMODE((folder / "plain").stat().st_mode), 0o600)


if __name__ == "__main__":
    harness.main()
