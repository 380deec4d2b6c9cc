"""The end of every Python test file: `harness.main()` runs its cases and reports in the form that ctest expects.

Each skipped case is named with its reason on its own line ("SKIP: …"); if every case was skipped, the exit status is
77.
"""

import subprocess
import sys
import unittest

import pg

SKIPPED = 77


def require_postgres(major=None):
    """For setUpClass: skips the class if this machine has no such PostgreSQL."""
    try:
        return pg.find_binaries(major)
    except pg.PgError as error:
        raise unittest.SkipTest(str(error)) from error


def sanitized(library):
    """Whether a library was built with a sanitizer: no other program can load it then."""
    said = subprocess.run(["ldd", library], capture_output=True, text=True, check=False).stdout
    return "libasan" in said or "libtsan" in said


def main():
    """Runs the calling file's cases and exits."""
    result = unittest.main(verbosity=2, exit=False).result
    for case, reason in result.skipped:
        print(f"SKIP: {case.id().removeprefix('__main__.')}: {reason}")
    # A class that was skipped as a whole ran none of its cases. A skipped sub-test (it has a test_case) belongs to a
    # case that ran.
    whole = [case for case, _ in result.skipped if isinstance(case, unittest.TestCase) and not hasattr(case, "test_case")]
    ran = result.testsRun - len(whole)
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.skipped and ran == 0 else 0)
