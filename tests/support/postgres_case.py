"""The set-up that most tests of the PostgreSQL driver share."""

import pathlib
import shutil
import tempfile
import unittest

import harness
from holdfast import OK, Holdfast
from pg import PgServer


class PostgresCase(unittest.TestCase):
    """A class of tests with a server, a folder, and a repository in it. All of them last as long as the class."""

    maxDiff = None
    SETTINGS = None  #: of the server
    INIT = ("--no-encryption",)  #: options of `holdfast init`

    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfpgcase."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = PgServer(settings=cls.SETTINGS)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.holdfast = Holdfast(cls.folder / "repository")
        cls.holdfast("init", *cls.INIT).expect(OK)
