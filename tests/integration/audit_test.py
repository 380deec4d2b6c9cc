"""`holdfast audit`: signed records of who did what; a removed one is found; several processes keep one chain."""

import concurrent.futures
import csv
import io
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness
from holdfast import FAILED, FAULT, OK, USAGE, WRONG_KEY, Holdfast, raw_key

KEY = raw_key()


class AuditCase(unittest.TestCase):
    layout = "packed"

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfaudit."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.repository = self.folder / "repository"
        self.holdfast = Holdfast(self.repository, key=KEY, environment={"HOLDFAST_PRINCIPAL": "ada@example.org"})
        self.holdfast("init", "--layout", self.layout).expect(OK)

    def backup(self):
        return self.holdfast("backup", "exec:seq 1 100", "--json").expect(OK).json["backup"]["id"]

    def records(self):
        return self.holdfast("audit", "list", "--json").expect(OK).json["records"]

    def objects(self):
        """The objects of the records, newest first."""
        return sorted((self.repository / "audit").iterdir())


class Trail(AuditCase):
    def test_records_say_who_did_what(self):
        self.assertIn("the policy is off", self.holdfast("audit", "list").expect(OK).stdout)
        self.holdfast("audit", "set", "required").expect(OK)
        backup = self.backup()
        self.holdfast("export", backup, "-o", self.folder / "out").expect(OK)
        actions = [(record["action"], record["outcome"]) for record in self.records()]
        self.assertEqual(actions[:5], [("set_audit_policy", "succeeded"), ("backup", "running"), ("backup", "succeeded"),
                                       ("export", "running"), ("export", "succeeded")])
        self.assertEqual({record["principal"] for record in self.records()}, {"ada@example.org"})
        self.assertEqual(self.records()[2]["backups"], [backup])
        self.assertRegex(self.holdfast("audit", "list").expect(OK).stdout, rf"(?m)^ *3  .*ada@example\.org .* backup +succeeded +{backup}$")
        self.assertIn("a chain without a gap", self.holdfast("audit", "verify").expect(OK).stdout)

    def test_a_removed_record_is_named_and_the_newest_one_with_an_anchor(self):
        self.holdfast("audit", "set", "best_effort").expect(OK)
        self.backup()
        self.backup()
        anchor = self.folder / "anchor"
        self.holdfast("audit", "anchor", "-o", anchor).expect(OK)
        newest, middle, _ = self.objects()
        kept = newest.read_bytes()
        newest.unlink()
        self.assertIn("give --anchor", self.holdfast("audit", "verify").expect(OK).stdout)
        self.assertIn("record 3 is missing", self.holdfast("audit", "verify", "--anchor", anchor).expect(FAULT).stdout)
        newest.write_bytes(kept)
        middle.unlink()
        report = self.holdfast("audit", "verify", "--json").expect(FAULT).json
        self.assertEqual((report["ok"], [fault["what"] for fault in report["faults"]]), (False, ["record 2 is missing: record 3 continues it"]))
        self.holdfast("audit", "expire", "--keep", "1s").expect(1)
        (self.folder / "junk").write_text("junk\n")
        self.holdfast("audit", "verify", "--anchor", self.folder / "junk").expect(USAGE)

    def test_anchors_on_a_storage_show_that_the_repository_was_set_back_and_used_again(self):
        elsewhere = self.folder / "elsewhere"
        put = ("audit", "anchor", "--to", elsewhere)
        check = ("audit", "verify", "--anchors", elsewhere)
        self.holdfast("audit", "set", "best_effort").expect(OK)
        self.holdfast(*check).expect(FAILED)  # nothing there
        earlier = self.folder / "earlier"
        shutil.copytree(self.repository, earlier)
        self.backup()
        self.assertIn("locks no objects", self.holdfast(*put).expect(OK).stdout)
        self.assertFalse(self.holdfast(*put, "--json").expect(OK).json["locked"])
        self.assertTrue(self.holdfast(*check, "--json").expect(OK).json["anchored"])
        shutil.rmtree(self.repository)
        shutil.move(earlier, self.repository)
        self.assertIn("record 2 is missing", self.holdfast(*check).expect(FAULT).stdout)
        self.backup()
        self.assertIn("set back", self.holdfast(*put).expect(FAILED).error_line)
        self.assertIn("record 2 is not the record that existed", self.holdfast(*check).expect(FAULT).stdout)
        self.holdfast(*put, "--send", "email").expect(USAGE)

    def test_exports_are_what_other_programs_read(self):
        self.holdfast.environment["HOLDFAST_PRINCIPAL"] = '=cmd()|"a,b"\nCEF:0'
        self.holdfast("audit", "set", "best_effort").expect(OK)
        self.backup()
        rows = list(csv.DictReader(io.StringIO(self.holdfast("audit", "export", "--format", "csv").expect(OK).stdout, newline="")))
        self.assertEqual([row["principal"] for row in rows], ['\'=cmd()|"a,b"\nCEF:0'] * 2)
        lines = self.holdfast("audit", "export").expect(OK).stdout.splitlines()
        self.assertEqual([json.loads(line)["action"] for line in lines], ["set_audit_policy", "backup"])
        self.holdfast("audit", "export", "--format", "cef", "-o", self.folder / "cef").expect(OK)
        self.assertEqual([line[:4] for line in (self.folder / "cef").read_text().splitlines()], ["CEF:", "CEF:"])

    def test_processes_at_once_keep_one_chain(self):
        self.holdfast("audit", "set", "required").expect(OK)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: self.backup(), range(8)))
        records = self.records()
        self.assertEqual([record["number"] for record in records], list(range(1, 18)))
        ended = [record["backups"] for record in records if record["outcome"] == "succeeded" and record["action"] == "backup"]
        self.assertEqual(sorted(ended), sorted([backup] for backup in made))
        self.holdfast("audit", "verify").expect(OK)

    def test_old_records_expire(self):
        self.holdfast("audit", "set", "best_effort").expect(OK)
        self.backup()
        self.assertEqual(self.holdfast("audit", "expire", "--keep", "1d", "--json").expect(OK).json["removed"], 0)
        self.assertEqual(self.holdfast("audit", "expire", "--keep", "0s", "--json").expect(OK).json["removed"], 1)
        self.holdfast("audit", "verify").expect(OK)


class TrailInPlain(Trail):
    layout = "plain"


class HostKey(unittest.TestCase):
    def test_an_unencrypted_repository_is_audited_with_a_key_of_the_host(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="hfaudit."))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        key = folder / "key.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
        holdfast = Holdfast(folder / "repository")
        holdfast("init", "--no-encryption").expect(OK)
        self.assertIn("lend a signer", holdfast("audit", "set", "required").expect(1).error_line)
        holdfast.environment["HOLDFAST_AUDIT_KEY_FILE"] = str(key)
        holdfast("audit", "set", "required").expect(OK)
        report = holdfast("audit", "verify", "--json").expect(OK).json
        self.assertTrue(report["key_known"])
        del holdfast.environment["HOLDFAST_AUDIT_KEY_FILE"]
        self.assertIn("only the records themselves name that key", holdfast("audit", "verify").expect(OK).stdout)
        holdfast("audit", "verify", "--public-key", report["public_key"]).expect(OK)
        holdfast("audit", "verify", "--public-key", "0" * 64).expect(FAULT)
        holdfast("backup", "exec:true").expect(WRONG_KEY)
        holdfast.environment["HOLDFAST_AUDIT_KEY_FILE"] = str(folder / "none")
        holdfast("list").expect(USAGE)


if __name__ == "__main__":
    harness.main()
