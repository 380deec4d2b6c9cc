"""PostgreSQL in a container without a network, `postgresql://…?container=podman:NAME`: backup, restore and proof, through
each program that can carry a connection; nothing of it goes on in the container, whatever happens."""

import os
import pathlib
import shutil
import signal
import subprocess

import harness
from budget import only_long
from engines import EngineCase, command_lines
from faults import SHOP, wait_until
from file_trees import KEY
from holdfast import CANCELLED, FAILED, OK, USAGE, Holdfast, finish
from pg import PgServer

# The programs and libraries of this machine are those of the image: the one like Debian's has Perl in /usr/bin.
LIBRARIES = ("-v", "/usr/lib:/usr/lib:ro", "-v", "/usr/lib:/lib:ro", "-v", "/usr/lib64:/lib64:ro", "-v", "/usr/share:/usr/share:ro",
             "-v", "/etc/passwd:/etc/passwd:ro")
DEBIAN = ("-v", "/usr/bin:/usr/bin:ro")
NC = ["nc", "127.0.0.1", "5432"]


def carriers():
    """The programs that carry a connection in a container of this machine."""
    return [words[0] for words in command_lines()
            if words == NC or (len(words) > 2 and words[1] in ("-e", "-c") and ".s.PGSQL.5432" in words[-1])]


def sleeps():
    return ["/bin/sleep", f"{os.getpid()}7"] in command_lines()


class DatabaseCase(EngineCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        super().setUpClass()
        cls.server = PgServer()
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.server.create_db("shop")
        cls.server.psql(SHOP, db="shop")
        cls.server.halt()

    def setUp(self):
        super().setUp()
        self.holdfast = Holdfast(self.folder / "repository", key=KEY)
        self.holdfast("init").expect()
        self.runs_as = self.server.data.stat()

    def start_server(self, *options, name="db", rules=None):
        """A container with a copy of the cluster, whose socket is also in a folder of this machine: returns that."""
        folder = self.folder / name
        folder.mkdir()
        self.folder.chmod(0o711)
        subprocess.run(["cp", "-a", self.server.data, folder / "data"], check=True)
        if rules:
            (folder / "data" / "pg_hba.conf").write_text(rules)
        os.chown(folder, self.runs_as.st_uid, self.runs_as.st_gid)
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "/shared", **self.server.settings}
        self.engine.run(name, *LIBRARIES, *options, "-v", f"{folder}:/shared", "-v", f"{folder}:/run/postgresql", "--user", f"{self.runs_as.st_uid}:{self.runs_as.st_gid}",
                        command=(str(self.server.bin / "postgres"), "-D", "/shared/data", *(f"--{key}={value}" for key, value in settings.items())))
        ready = [self.server.tools / "pg_isready", "-q", "-h", folder]
        if not wait_until(lambda: subprocess.run(ready, check=False).returncode == 0):
            raise AssertionError(f"no server in the container, which is {self.engine.state(name)}")
        return folder

    def psql(self, folder, sql, db="shop"):
        done = subprocess.run([self.server.tools / "psql", "-XqAt", "-h", folder, "-U", "postgres", "-d", db, "-c", sql], capture_output=True,
                              text=True, check=True)
        return done.stdout.strip()

    def uri(self, db="shop", name="db", user="postgres", more=""):
        return f"postgresql://{user}@/{db}?container={self.kind}:{name}{more}"

    def back_up(self, *arguments, codes=(OK,), **parts):
        return self.holdfast("backup", "--json", "-v", self.uri(**parts), *self.options, *arguments).expect(*codes)


class Programs(DatabaseCase):
    def cycle(self, said, user="postgres"):
        done = self.back_up(user=user)
        self.assertIn(said, done.stderr)
        source = done.json["backup"]["sources"][0]
        self.assertEqual(source["uri"], f"postgresql://postgres@/shop?container={self.kind}:db")
        self.assertNotIn(self.server.password, done.stdout + done.stderr)
        self.holdfast("restore", "latest", self.uri("copy", user=user), *self.options).expect()
        self.holdfast("verify", "latest", "--level", "restore", "--restored", self.uri("copy", user=user), *self.options).expect()
        self.assertEqual(carriers(), [])

    def test_perl_and_a_socket_with_jobs_and_a_proof_in_the_container(self):
        folder = self.start_server(*DEBIAN)
        self.cycle("perl and /run/postgresql/.s.PGSQL.5432")
        self.assertEqual(self.psql(folder, "SELECT count(*) FROM note", db="copy"), "500")
        self.psql(folder, "UPDATE note SET said = 'other' WHERE customer = 7", db="copy")
        done = self.holdfast("verify", "latest", "--level", "restore", "--restored", self.uri("copy"), *self.options)
        self.assertIn("note", done.expect(4).stdout + done.stderr)
        self.holdfast("verify", "latest", "--level", "restore", "--target", self.uri("postgres"), *self.options, "--jobs", "3").expect()
        self.assertEqual(self.psql(folder, "SELECT count(*) FROM pg_database WHERE datname LIKE '%verify%'"), "0")
        self.assertIn("reachable", self.holdfast("doctor", self.uri(), "--option", self.options[1]).stdout)

    @only_long
    def test_python_and_a_named_folder(self):
        python = pathlib.Path(shutil.which("python3", path="/usr/bin")).resolve()
        self.start_server("-v", f"{python}:/bin/python3:ro")
        done = self.back_up(more="&host=/shared&port=5432")
        self.assertIn("python3 and /shared/.s.PGSQL.5432", done.stderr)
        self.assertTrue(done.json["backup"]["sources"][0]["uri"].endswith(":db&host=/shared&port=5432"))
        self.cycle("python3 and /run/postgresql/.s.PGSQL.5432")

    @only_long
    def test_nc_with_a_password(self):
        self.start_server()
        self.cycle("nc and 127.0.0.1:5432", user=f"postgres:{self.server.password}")
        self.assertIn("no password", self.back_up(codes=(FAILED,)).error_line)

    @only_long
    def test_the_same_rows_as_through_a_socket_of_this_machine(self):
        folder = self.start_server(*DEBIAN)
        inside, outside = (self.holdfast("backup", "--json", uri, *options).expect().json["backup"]["sources"][0]["notes"]
                           for uri, options in ((self.uri(), self.options), (f"postgresql://postgres@/shop?host={folder}", ())))
        self.assertEqual((inside["tables"], inside["rows"]), (outside["tables"], outside["rows"]))
        self.assertNotEqual(inside["identity"], outside["identity"])
        self.assertIn(f"{self.kind}:db", inside["identity"])

    @only_long
    def test_peer_authentication_as_a_user_of_the_container(self):
        self.start_server(*DEBIAN, "-v", "/etc/group:/etc/group:ro", rules="local all all peer\n")
        self.back_up(name=f"{self.runs_as.st_uid}@db")
        self.assertIn("Peer authentication failed", self.back_up(name="0@db", codes=(FAILED,)).error_line)


class Refusals(DatabaseCase):
    def test_uris_and_options_that_can_not_be_meant_are_refused(self):
        for uri in ("postgresql:///shop?container=db", "postgresql:///shop?container=lxc:db", "postgresql:///shop?container=docker:",
                    "postgresql:///shop?container=docker:a/b", "postgresql:///shop?container=docker:@db", "postgresql:///shop?container=",
                    "postgresql:///shop?container=docker:db&hostaddr=127.0.0.1", "postgresql:///shop?container=docker:db&port=1,2", "postgresql:///shop"):
            with self.subTest(uri=uri):
                self.holdfast("backup", uri, *self.options).expect(USAGE)

    def test_an_address_in_the_environment_does_not_lead_elsewhere(self):
        self.start_server(*DEBIAN)
        self.holdfast.environment["PGHOSTADDR"] = "127.0.0.1"
        self.assertIn("PGHOSTADDR", self.back_up(codes=(USAGE, FAILED)).error_line)

    def test_what_is_missing_is_named(self):
        self.assertIn("nowhere", self.back_up(name="nowhere", codes=(FAILED,)).error_line)
        self.engine.run("db")
        self.engine("exec", "db", "/bin/busybox", "rm", "/bin/nc")
        self.assertIn("perl, python3, nc", self.back_up(codes=(FAILED,)).error_line)
        self.engine.run("empty")
        self.assertIn("no socket /srv/.s.PGSQL.5432", self.back_up(name="empty", more="&host=/srv", codes=(FAILED,)).error_line)
        self.assertIn("; in the container empty: ", self.back_up(name="empty", codes=(FAILED,)).error_line)


class Ends(DatabaseCase):
    """A backup is in the middle: it waits for a lock."""

    LOCKS = "SELECT count(*) FROM pg_locks WHERE relation = 'note'::regclass AND granted IS "

    def in_backup(self):
        folder = self.start_server(*DEBIAN)
        holder = subprocess.Popen([self.server.tools / "psql", "-XqAt", "-h", folder, "-U", "postgres", "-d", "shop"], stdin=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.stdin.close)
        holder.stdin.write("BEGIN; LOCK TABLE note;\n")
        holder.stdin.flush()
        self.assertTrue(wait_until(lambda: self.psql(folder, self.LOCKS + "TRUE") != "0"))
        command = self.holdfast.start("backup", self.uri(), *self.options)
        self.assertTrue(wait_until(lambda: self.psql(folder, self.LOCKS + "FALSE") != "0"))
        self.assertNotEqual(carriers(), [])
        return folder, command

    def assert_over(self, folder):
        """Other sessions go on: PostgreSQL ends all of them if its first process takes the end of a carrier for a crash."""
        self.assertTrue(wait_until(lambda: not carriers()))
        ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'holdfast%'"
        self.assertTrue(wait_until(lambda: self.psql(folder, ours) == "0"))
        self.assertEqual(self.psql(folder, self.LOCKS + "TRUE"), "1")
        self.assertEqual(self.holdfast("list", "--json").expect().json["backups"], [])

    @only_long
    def test_a_cancelled_backup_leaves_nothing_in_the_container(self):
        folder, command = self.in_backup()
        command.send_signal(signal.SIGINT)
        self.assertEqual(finish(command).exit, CANCELLED)
        self.assertEqual(carriers(), [])
        self.assert_over(folder)

    @only_long
    def test_a_killed_backup_leaves_nothing_in_the_container(self):
        folder, command = self.in_backup()
        command.kill()
        finish(command)
        self.assert_over(folder)

    def test_a_cancelled_command_in_the_container_does_not_end_the_servers_sessions(self):
        """PostgreSQL is the first process there: it takes the end of an unknown child by a signal for a crash."""
        folder = self.start_server(*DEBIAN)
        session = subprocess.Popen([self.server.tools / "psql", "-XqAt", "-h", folder, "-U", "postgres", "-d", "shop"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        session.stdin.write("SELECT 1;\n")
        session.stdin.flush()
        self.assertEqual(session.stdout.readline(), "1\n")
        command = self.holdfast.start("backup", f"{self.kind}-exec://db /bin/sleep {os.getpid()}7", *self.options)
        self.assertTrue(wait_until(sleeps))
        command.send_signal(signal.SIGINT)
        self.assertEqual(finish(command).exit, CANCELLED)
        self.assertFalse(sleeps())
        self.assertEqual(session.communicate("SELECT 2;\n", timeout=30), ("2\n", ""))

    def test_a_container_that_is_killed_fails_the_backup_and_is_named(self):
        _, command = self.in_backup()
        self.engine("kill", "db")
        done = finish(command)
        self.assertEqual(done.exit, FAILED)
        self.assertIn("the container db no longer runs", done.stderr)
        self.assertEqual(self.holdfast("list", "--json").expect().json["backups"], [])


if __name__ == "__main__":
    harness.main()
