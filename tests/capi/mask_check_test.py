"""Rules of masking are checked against a backup of a real database, and proposed for it, through the C interface."""

import ctypes
import os
import unittest

import harness
from holdfast import OK
from postgres_case import PostgresCase

KEY = b"a key of the mask test"


class MaskCheck(PostgresCase):
    INIT = ("--layout", "plain", "--no-encryption")

    @classmethod
    def setUpClass(cls):
        if harness.sanitized(os.environ["HOLDFAST_CAPI"]):
            raise unittest.SkipTest("a sanitizer's library can't be loaded by another runtime")
        super().setUpClass()
        cls.server.create_db("shop")
        cls.server.psql("CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, note text); INSERT INTO person VALUES (1, 'a@corp.test', 'x')", db="shop")
        cls.backup = cls.holdfast("backup", cls.server.uri("shop"), "--json").expect(OK).json["backup"]["id"].encode()
        cls.library = ctypes.CDLL(os.environ["HOLDFAST_CAPI"])
        for part in ("fault_object", "fault_text", "column_table", "column_name", "column_rule"):
            getattr(cls.library, f"holdfast_mask_check_{part}").restype = ctypes.c_char_p

    def setUp(self):
        self.options, self.repository = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("options_new", ctypes.byref(self.options))
        self.addCleanup(self.library.holdfast_options_free, self.options)
        self.call("repository_open", ctypes.byref(self.repository), str(self.folder / "repository").encode(), self.options)
        self.addCleanup(self.library.holdfast_repository_free, self.repository)

    def call(self, name, *arguments):
        self.assertEqual(getattr(self.library, f"holdfast_{name}")(*arguments, None), 0, name)

    def check(self, rules):
        check = ctypes.c_void_p()
        self.call("options_set_string", self.options, b"mask.rules", rules)
        self.call("options_set_bytes", self.options, b"mask.key", KEY, ctypes.c_size_t(len(KEY)))
        self.call("repository_check_mask", ctypes.byref(check), self.repository, self.backup, self.options)
        self.addCleanup(self.library.holdfast_mask_check_free, check)
        return check

    def part(self, check, name, index=0):
        return getattr(self.library, f"holdfast_mask_check_{name}")(check, ctypes.c_size_t(index))

    def test_rules_that_fit_name_their_columns(self):
        check = self.check(b"version: 1\ntables: {public.person: {columns: {email: email, note: shuffle}}}\n")
        self.assertEqual((self.library.holdfast_mask_check_ok(check), self.library.holdfast_mask_check_fault_count(check)), (1, 0))
        parts = [[self.part(check, f"column_{part}", at) for part in ("table", "name", "rule")] for at in range(3)]
        self.assertEqual(parts, [[b"public.person", b"email", b"email"], [b"public.person", b"note", b"shuffle"], [None] * 3])

    def test_each_fault_is_named(self):
        check = self.check(b"version: 1\ntables:\n  public.gone: drop\n  public.person: {columns: {id: email}}\n")
        self.assertEqual((self.library.holdfast_mask_check_ok(check), self.library.holdfast_mask_check_fault_count(check)), (0, 2))
        self.assertEqual(self.part(check, "fault_object"), b"table public.gone")
        self.assertIn(b"mask.rules:3:3: ", self.part(check, "fault_text"))
        self.assertIsNone(self.part(check, "fault_object", 2))

    def test_a_proposal_fits(self):
        text = ctypes.c_void_p()
        self.call("repository_suggest_mask", ctypes.byref(text), self.repository, self.backup, self.options)
        proposed = ctypes.string_at(text)
        self.library.holdfast_string_free(text)
        self.assertIn(b'"email": email', proposed)
        self.assertEqual(self.library.holdfast_mask_check_ok(self.check(proposed)), 1)


if __name__ == "__main__":
    harness.main()
