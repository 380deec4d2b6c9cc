"""A superuser in the scratch server of a proof can do nothing to the machine, not even with native code."""

import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import harness
from holdfast import Holdfast, command_path
from pg import PgError, PgServer

HOLD = "SELECT pg_sleep(600)"
SECRET = "canary-c91e"

NATIVE = r"""
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static FILE* out;
static void tell(const char* what, int done) { fprintf(out, "%s %s\n", what, done ? "DONE" : "failed"); }
static int opens(const char* path, int flags) { int fd = open(path, flags, 0600); if (fd >= 0) close(fd); return fd >= 0; }

__attribute__((constructor)) static void attack(void) {
  out = fopen("native.txt", "w");
  struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "@SOCKET@"};
  struct sockaddr_in inet = {.sin_family = AF_INET, .sin_port = htons(@PORT@), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  tell("write-inside", opens("native2.txt", O_WRONLY | O_CREAT));
  tell("system", system("/bin/true") == 0);
  int status = fork();
  if (status == 0) { execl("/bin/touch", "touch", "native3.txt", (char*)0); _exit(1); }
  usleep(200000);
  tell("exec", access("native3.txt", F_OK) == 0);
  tell("connect-local", connect(socket(AF_UNIX, SOCK_STREAM, 0), (void*)&local, sizeof local) == 0);
  tell("connect-network", connect(socket(AF_INET, SOCK_STREAM, 0), (void*)&inet, sizeof inet) == 0);
  struct sockaddr_un datagrams = {.sun_family = AF_UNIX, .sun_path = "@OPEN@/datagrams"};
  int pair[2];
  tell("send-datagram", sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, (void*)&datagrams, sizeof datagrams) == 1);
  tell("pair-datagram", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0 &&
                            sendto(pair[0], "x", 1, 0, (void*)&datagrams, sizeof datagrams) == 1);
  int born = syscall(SYS_clone, 0x10000000 | SIGCHLD, 0, 0, 0, 0);
  if (born == 0) _exit(0);
  tell("clone-namespace", born > 0);
  tell("read-file", opens("@CANARY@", O_RDONLY));
  tell("write-file", opens("@OPEN@/native", O_WRONLY | O_CREAT));
  tell("read-environment", opens("/proc/@PID@/environ", O_RDONLY));
  tell("read-memory", opens("/proc/@PID@/mem", O_RDWR));
  tell("trace", ptrace(PTRACE_ATTACH, @PID@, 0, 0) == 0);
  tell("signal", kill(@PID@, 0) == 0);
  tell("namespace", unshare(0x10000000) == 0);
  fclose(out);
}
"""


def ordinary_user():
    """The user for the second half of the tests if we are root."""
    return pwd.getpwnam("daemon")


class Listener:
    """A server that counts its connections."""

    def __init__(self, family, address):
        self.socket = socket.socket(family)
        self.socket.bind(address)
        self.socket.listen(16)
        self.guests = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                guest, _ = self.socket.accept()
            except OSError:
                return
            self.guests += 1
            guest.close()


class Attacks:
    user = None  # the user that runs holdfast

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hffence.", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.folder.chmod(0o755)
        cls.program = cls.folder / "holdfast"
        shutil.copy(command_path(), cls.program)
        cls.own = cls.folder / "own"  # owned by the user that runs holdfast; others may read it, so that only the fence keeps them out
        cls.open = cls.folder / "open"
        cls.open.mkdir()
        cls.open.chmod(0o777)
        (cls.own / "tmp").mkdir(parents=True)
        cls.canary = cls.own / "canary"
        cls.canary.write_text(SECRET)
        cls.canary.chmod(0o644 if not cls.user and os.geteuid() == 0 else 0o600)
        (cls.own / "hold.sql").write_text(HOLD)
        cls.tcp = Listener(socket.AF_INET, ("127.0.0.1", 0))
        cls.local = Listener(socket.AF_UNIX, str(cls.open / ".s.PGSQL.5432"))
        (cls.open / ".s.PGSQL.5432").chmod(0o777)
        cls.datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        cls.addClassCleanup(cls.datagrams.close)
        cls.datagrams.bind(str(cls.open / "datagrams"))
        (cls.open / "datagrams").chmod(0o777)
        with PgServer(tcp=True) as source:
            source.create_db("shop")
            source.psql("CREATE TABLE t AS SELECT 1 AS n", db="shop")
            if cls.user:
                for path in [cls.own, *cls.own.rglob("*")]:
                    os.chown(path, cls.user.pw_uid, cls.user.pw_gid)
            cls.holdfast = Holdfast(cls.own / "repository", "secret", {"TMPDIR": str(cls.own / "tmp"), "AWS_SECRET_ACCESS_KEY": SECRET})
            for arguments in (["init"], ["backup", source.uri("shop", tcp=True)]):
                done = subprocess.run(cls.argv(*arguments), env=cls.holdfast.environment, capture_output=True, text=True, check=False)
                assert done.returncode == 0, done.stderr
            cls.verify = subprocess.Popen(cls.argv("verify", "--level", "restore", "--queries", cls.own / "hold.sql"),
                                          env=cls.holdfast.environment, stdin=subprocess.DEVNULL, start_new_session=True)
            cls.addClassCleanup(cls.end)
            cls.server = PgServer()
            cls.reach()

    @classmethod
    def argv(cls, *arguments):
        be = ["setpriv", f"--reuid={cls.user.pw_uid}", f"--regid={cls.user.pw_gid}", "--clear-groups", "--"] if cls.user else []
        return [*be, str(cls.program), *cls.holdfast.argv(*arguments)[1:]]

    @classmethod
    def reach(cls):
        """Waits until the restored database exists, kept by a query that sleeps."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and cls.verify.poll() is None:
            for found in (cls.own / "tmp").glob("holdfast-scratch-*/.s.PGSQL.5432"):
                cls.server.directory = found.parent
                try:
                    held = cls.server.psql(f"SELECT datname FROM pg_stat_activity WHERE query LIKE '{HOLD}%' AND pid <> pg_backend_pid()")
                except PgError:
                    continue
                if held:
                    cls.database = held
                    return
            time.sleep(0.1)
        raise AssertionError("the scratch server was not reached")

    @classmethod
    def end(cls):
        cls.verify.send_signal(signal.SIGINT)
        cls.verify.wait(60)

    def run_sql(self, sql):
        return self.server.psql(sql, db=self.database)

    def large_object(self, hexadecimal):
        return self.run_sql(f"SELECT lo_from_bytea(0, decode('{hexadecimal}', 'hex'))")

    def refused(self, sql):
        with self.assertRaises(PgError) as caught:
            self.run_sql(sql)
        message = str(caught.exception)
        self.assertNotIn(SECRET, message)
        self.assertRegex(message, "ermission denied|not permitted|could not|No such file|does not support")

    def files_of(self, what):
        return [path for path in self.server.directory.rglob(f"{what}*")] + list(self.open.glob(f"{what}*"))

    def test_it_is_a_superuser_who_tries(self):
        self.assertEqual(self.run_sql("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"), "t")
        self.run_sql("CREATE TABLE made (n int); COPY made FROM STDIN;\n1\n\\.\nDROP TABLE made")

    def test_programs_do_not_run(self):
        self.refused("COPY t TO PROGRAM 'touch ran'")
        self.refused("CREATE TABLE IF NOT EXISTS lines (line text); COPY lines FROM PROGRAM 'cat /etc/passwd'")
        self.refused(f"COPY t TO PROGRAM 'touch {self.open}/ran'")
        self.assertEqual(self.files_of("ran"), [])

    def test_files_of_ours_are_not_read(self):
        for path in (self.canary, f"/proc/{self.verify.pid}/environ", f"/proc/{self.verify.pid}/cmdline", "/proc/self/environ", "/etc/shadow",
                     "/root", self.own / "hold.sql"):
            self.refused(f"SELECT pg_read_binary_file('{path}')")
        self.refused(f"CREATE TABLE IF NOT EXISTS lines (line text); COPY lines FROM '{self.canary}'")
        self.refused(f"SELECT lo_import('{self.canary}')")
        self.refused(f"SELECT pg_ls_dir('{self.own}')")

    def test_files_outside_its_folder_are_not_written(self):
        self.refused(f"COPY t TO '{self.open}/written'")
        self.refused(f"SELECT lo_export({self.large_object('78')}, '{self.open}/written')")
        self.assertEqual(self.files_of("written"), [])

    def test_nothing_is_connected_to(self):
        port = self.tcp.socket.getsockname()[1]
        self.run_sql("CREATE EXTENSION IF NOT EXISTS dblink; CREATE EXTENSION IF NOT EXISTS postgres_fdw")
        for number, (host, at) in enumerate([("127.0.0.1", port), (self.open, 5432), (self.server.directory, 5432)]):
            self.refused(f"SELECT dblink_connect('host={host} port={at} dbname=x connect_timeout=5')")
            self.refused(f"CREATE SERVER s{number} FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{host}', port '{at}', dbname 'x');"
                         f"CREATE USER MAPPING FOR CURRENT_USER SERVER s{number} OPTIONS (user 'x', password 'y');"
                         f"CREATE FOREIGN TABLE f{number} (n int) SERVER s{number}; SELECT * FROM f{number}")
        self.assertEqual((self.tcp.guests, self.local.guests), (0, 0))

    def test_native_code_is_held_too(self):
        compiler = shutil.which("cc") or shutil.which("gcc")
        if not compiler:
            self.skipTest("no C compiler here")
        text = NATIVE
        for mark, value in {"SOCKET": self.open / ".s.PGSQL.5432", "PORT": self.tcp.socket.getsockname()[1], "CANARY": self.canary,
                            "OPEN": self.open, "PID": self.verify.pid}.items():
            text = text.replace(f"@{mark}@", str(value))
        source = self.folder / "native.c"
        source.write_text(text)
        subprocess.run([compiler, "-shared", "-fPIC", "-w", "-o", self.folder / "native.so", source], check=True)
        code = (self.folder / "native.so").read_bytes().hex()
        data = self.server.directory / "data"
        self.run_sql(f"SELECT lo_export({self.large_object(code)}, '{data}/native.so')")
        with self.assertRaisesRegex(PgError, "magic block"):  # by then its constructor has run
            self.run_sql(f"LOAD '{data}/native.so'")
        told = dict(line.split() for line in (data / "native.txt").read_text().splitlines())
        self.assertEqual(told.pop("write-inside"), "DONE")
        self.assertEqual({what: how for what, how in told.items() if how != "failed"}, {})
        self.assertEqual(len(told), 14)
        self.assertEqual((self.tcp.guests, self.local.guests), (0, 0))
        self.assertIsNone(self.verify.poll())


@unittest.skipIf(os.geteuid() != 0, "not root")
class AsRoot(Attacks, unittest.TestCase):
    def test_no_other_process_of_its_user_gets_at_it(self):
        pid = int((self.server.directory / "data" / "postmaster.pid").read_text().split()[0])
        owner = os.stat(f"/proc/{pid}")
        self.assertNotIn(owner.st_uid, (0, pwd.getpwnam("postgres").pw_uid))
        same = ["setpriv", f"--reuid={owner.st_uid}", "--regid=65534", "--clear-groups", "--"]
        for path in (self.server.directory, self.server.directory / "data" / "PG_VERSION", f"/proc/{pid}/environ", f"/proc/{pid}/mem"):
            done = subprocess.run([*same, "head", "-c1", path], capture_output=True, check=False)
            self.assertIn(b"ermission denied", done.stderr)
        self.assertEqual(os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net"), False)


class AsAnOrdinaryUser(Attacks, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.user = ordinary_user() if os.geteuid() == 0 else None
        super().setUpClass()


if __name__ == "__main__":
    harness.main()
