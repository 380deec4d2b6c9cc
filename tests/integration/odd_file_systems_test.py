"""Repositories on file systems that lack hard links and RENAME_NOREPLACE, as sshfs, rclone mount and s3fs may: a library
that is loaded before the system's own takes these calls away."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

import harness
import places
from holdfast import FAILED, OK, WARNINGS, Holdfast

# ODD_LINK: the errno of each link. ODD_RENAME: "keeps" refuses to replace a file, "fails" refuses all, "dies" kills the
# process before the first rename to a name with ODD_NAME in it.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(int number) { errno = number; return -1; }

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags) {
  (void)from_fd; (void)from; (void)to_fd; (void)to; (void)flags;
  return refuse(atoi(getenv("ODD_LINK")));
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags) {
  return flags != 0 ? refuse(EINVAL) : renameat(from_fd, from, to_fd, to);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to) {
  int (*real)(int, const char *, int, const char *) = (int (*)(int, const char *, int, const char *))dlsym(RTLD_NEXT, "renameat");
  const char *how = getenv("ODD_RENAME");
  const char *name = getenv("ODD_NAME");
  struct stat status;
  char folder[4096] = "", link[64];
  if (strcmp(how, "fails") == 0) return refuse(EOPNOTSUPP);
  if (strcmp(how, "keeps") == 0 && fstatat(to_fd, to, &status, 0) == 0) return refuse(EPERM);
  if (strcmp(how, "dies") == 0) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", to_fd);
    if (readlink(link, folder, sizeof folder - 1) > 0 && strstr(folder, name) != NULL) kill(getpid(), SIGKILL);
  }
  return real(from_fd, from, to_fd, to);
}
"""


@unittest.skipUnless(shutil.which("gcc"), "the library is compiled with gcc")
class OddFileSystems(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tools = pathlib.Path(tempfile.mkdtemp(prefix="hfodd."))
        cls.addClassCleanup(shutil.rmtree, cls.tools, ignore_errors=True)
        (cls.tools / "odd.c").write_text(SHIM, encoding="utf-8")
        subprocess.run(["gcc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", cls.tools / "odd.so", cls.tools / "odd.c", "-ldl"], check=True)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfodd.", dir=places.memory_directory()))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.repository = self.folder / "repository"
        if "libasan" in subprocess.run(["ldd", Holdfast().argv()[0]], capture_output=True, text=True, check=False).stdout:
            self.skipTest("a sanitized program loads no library before its own")

    def odd(self, link="38", rename="replaces", name=""):
        return Holdfast(self.repository, environment={"LD_PRELOAD": str(self.tools / "odd.so"), "ODD_LINK": link, "ODD_RENAME": rename,
                                                      "ODD_NAME": name})

    def test_a_repository_works_and_doctor_says_what_is_lost(self):
        for link, rename, layout in (("38", "replaces", "packed"), ("1", "keeps", "packed"), ("95", "replaces", "plain")):
            with self.subTest((link, rename, layout)):
                shutil.rmtree(self.repository, ignore_errors=True)
                odd, normal = self.odd(link, rename), Holdfast(self.repository)
                odd("init", "--no-encryption", "--layout", layout).expect(OK)
                for number in (1000, 2000):
                    odd("backup", f"exec:seq 1 {number}").expect(OK)
                normal("backup", "exec:seq 1 3000").expect(OK)
                odd("verify", "--level", "full").expect(OK)
                odd("expire", "--keep-last", "1").expect(OK)
                odd("gc", "--grace", "0s").expect(OK)
                self.assertEqual(odd("restore", "latest", "exec:cat").expect(OK).exit, OK)
                said = odd("doctor").expect(OK, WARNINGS).stdout
                self.assertIn("two writers of one name may both succeed", said)
                normal("verify", "--level", "full").expect(OK)
                self.assertEqual(list((self.repository / ".tmp").glob("*")), [])

    def test_where_no_way_is_left_the_reason_is_said_and_nothing_is_left(self):
        refused = self.odd(rename="fails")("init", "--no-encryption").expect(FAILED)
        self.assertIn("Operation not supported", refused.error_line)
        self.assertEqual(list(self.repository.rglob("*")), [])

    def test_a_backup_that_is_killed_between_the_steps_is_no_damaged_one(self):
        odd = self.odd()
        odd("init", "--no-encryption").expect(OK)
        odd("backup", "exec:seq 1 1000").expect(OK)
        for place in ("/packs", "/sessions", "/backups"):
            with self.subTest(place):
                killed = self.odd(rename="dies", name=place)("backup", "exec:head -c 100000 /dev/urandom")
                self.assertEqual(killed.exit, -signal.SIGKILL, killed.stderr)
                for holdfast in (odd, Holdfast(self.repository)):
                    holdfast("list").expect(OK)
                    holdfast("verify", "--level", "full").expect(OK)
                    holdfast("backup", "exec:seq 1 1000").expect(OK)
        claims = list((self.repository / ".tmp").glob("claim-*"))
        self.assertEqual(len(claims), 3)
        for path in (self.repository / ".tmp").iterdir():
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 2 * 86400))
        odd("list").expect(OK)
        self.assertEqual(list((self.repository / ".tmp").iterdir()), [])
        self.assertEqual([path for path in self.repository.rglob("*") if path.is_file() and path.stat().st_size == 0], [])
        odd("verify", "--level", "full").expect(OK)


if __name__ == "__main__":
    harness.main()
