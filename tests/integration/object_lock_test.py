"""A repository in a bucket with object lock: an attacker with all keys can't destroy a backup, and hidden or
overwritten objects are read as of an earlier time."""

import datetime
import functools
import os
import pathlib
import shutil
import tempfile
import time
import unittest

import harness
from holdfast import FAILED, FAULT, NO_SUCH, OK, USAGE, WARNINGS, Holdfast, raw_key
from s3 import S3Server
from s3_raw import RawS3
from servers import ServerError

KEY = raw_key()
DAYS = 3
SHORT_LIVED = ("sessions/", "gc/", "removed/", "proofs/", "history/", "reserve/", ".tmp/")


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class LockCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.s3 = S3Server(versions=True)
        except ServerError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.addClassCleanup(cls.s3.close)
        cls.s3.open()
        cls.raw = RawS3(cls.s3)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hflock."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def repository(self, bucket, options=f"object_lock=compliance&lock_days={DAYS}"):
        environment = {"AWS_ACCESS_KEY_ID": self.s3.access_key, "AWS_SECRET_ACCESS_KEY": self.s3.secret_key,
                       "AWS_ENDPOINT_URL": self.s3.endpoint, "AWS_REGION": self.s3.region, "HOME": str(self.folder),
                       "XDG_CACHE_HOME": str(self.folder / "cache")}
        return Holdfast(f"s3://{bucket}" + (f"?{options}" if options else ""), environment=environment, key=KEY)

    def backup(self, holdfast, text):
        (self.folder / "source").write_text(text)
        return holdfast("backup", f"exec:cat {self.folder}/source", "--json").expect(OK).json["backup"]["id"]

    def restored(self, holdfast, backup="latest"):
        target = self.folder / f"out-{time.monotonic_ns()}"
        holdfast("restore", backup, f"exec:tee {target}").expect(OK)
        return target.read_text()

    def lasting(self, bucket):
        return [key for key in self.raw.keys(bucket) if not key.startswith(SHORT_LIVED)]


class Locks(LockCase):
    def check_locked(self, bucket, keys, days):
        least = now() + datetime.timedelta(days=days) - datetime.timedelta(minutes=5)
        for key in keys:
            until = self.raw.locked_until(bucket, key)
            self.assertIsNotNone(until, key)
            self.assertGreater(until, least, key)

    def check_destruction(self, bucket):
        """Tries everything with full credentials; nothing permanent may be removed."""
        lasting = self.lasting(bucket)
        self.assertGreater(len(lasting), 3)
        for key, version in self.raw.versions(bucket):
            if key.startswith(SHORT_LIVED):
                continue
            for headers in ({}, {"x-amz-bypass-governance-retention": "true"}):
                self.assertEqual(self.raw.request("DELETE", bucket, key, {"versionId": version}, headers=headers).status, 403, key)
        self.assertEqual(self.lasting(bucket), lasting)
        return lasting

    def test_packed(self):
        holdfast = self.repository("packed")
        holdfast("init").expect(OK)
        first = self.backup(holdfast, "hello")
        self.check_locked("packed", self.check_destruction("packed"), 2 * DAYS)

        # Expired, collected, collected again: it is not listed any more, but all its objects exist.
        before = self.lasting("packed")
        second = self.backup(holdfast, "world")
        holdfast("expire", "--keep-last", "1").expect(OK)
        self.assertEqual([one["id"] for one in holdfast("list", "--json").json["backups"]], [second])
        for _ in range(3):
            said = holdfast("gc", "--grace", "0s").expect(OK).stdout
            self.assertIn("locked", said)
        self.assertLessEqual(set(before), set(self.lasting("packed")))
        holdfast("remove", "--undo", first).expect(OK)
        self.assertEqual(self.restored(holdfast, first), "hello")
        holdfast("verify", first, "--level", "full").expect(OK)
        self.assertEqual([key for key in self.raw.keys("packed") if key.startswith("sessions/")], [])

    def test_plain(self):
        holdfast = self.repository("plain")
        holdfast("init", "--layout", "plain").expect(OK)
        first = self.backup(holdfast, "hello")
        self.backup(holdfast, "world")
        before = self.check_destruction("plain")
        self.check_locked("plain", before, DAYS)
        self.assertIn("locked until 20", holdfast("remove", first).expect(FAILED).error_line)
        self.assertIn("locked until 20", holdfast("expire", "--keep-last", "1").expect(OK).stdout)
        self.assertEqual(self.lasting("plain"), before)
        self.assertEqual(self.restored(holdfast, first), "hello")

    def test_locks_of_what_is_used_again_are_extended(self):
        holdfast = self.repository("extended")
        holdfast("init").expect(OK)
        self.backup(holdfast, "hello")
        self.check_locked("extended", self.lasting("extended"), 2 * DAYS)
        # For a caller that promises more days, the old locks are too short.
        longer = self.repository("extended", "object_lock=compliance&lock_days=10")
        old = [key for key in self.lasting("extended") if not key.startswith("backups/")]
        self.backup(longer, "hello")
        self.check_locked("extended", old, 20)
        self.check_destruction("extended")
        self.assertEqual(self.restored(longer), "hello")

    def test_keys_of_a_locked_slot_stay(self):
        holdfast = self.repository("slots")
        holdfast("init").expect(OK)
        slot = holdfast("key", "list", "--json").expect(OK).json["keys"][0]["id"]
        (self.folder / "new").write_text("another")
        holdfast("key", "add", "--new-password-file", self.folder / "new").expect(OK)
        other = Holdfast(holdfast.repository, "another", holdfast.environment)
        self.assertIn("locked until 20", other("key", "remove", slot).expect(FAILED).error_line)
        holdfast("list").expect(OK)

    def test_an_anchor_in_a_locking_bucket_outlives_whoever_removes_records(self):
        plain = Holdfast(str(self.folder / "audited"), key=KEY)
        plain("init").expect(OK)
        plain("audit", "set", "required").expect(OK)
        self.backup(plain, "hello")
        place = self.repository("anchors")
        audited = Holdfast(plain.repository, environment=place.environment, key=KEY)
        lock = {"x-amz-bucket-object-lock-enabled": "true"}
        self.assertEqual(self.raw.request("PUT", "anchors", headers=lock).status, 200)
        audited("audit", "anchor", "--to", place.repository).expect(OK)
        audited("audit", "verify", "--anchors", place.repository).expect(OK)
        anchors = [key for key in self.raw.keys("anchors") if key.startswith("audit-anchors/")]
        self.assertEqual(len(anchors), 1)
        self.check_locked("anchors", anchors, DAYS)
        for key, version in self.raw.versions("anchors"):
            if key not in anchors:
                continue
            for headers in ({}, {"x-amz-bypass-governance-retention": "true"}):
                self.assertEqual(self.raw.request("DELETE", "anchors", key, {"versionId": version}, headers=headers).status, 403, key)
        newest = min((pathlib.Path(plain.repository) / "audit").iterdir())  # names count down
        newest.unlink()
        self.assertIn("record", audited("audit", "verify", "--anchors", place.repository).expect(FAULT).stdout)

    def test_a_bucket_that_does_not_lock_is_refused_before_anything_is_put(self):
        self.assertEqual(self.raw.request("PUT", "without").status, 200)
        self.assertIn("made without Object Lock", self.repository("without")("init").expect(FAILED).error_line)
        self.assertEqual(self.raw.keys("without"), [])
        self.assertIn("come together", self.repository("without", "lock_days=3")("init").expect(USAGE).error_line)

    def test_tags_are_those_of_the_objects(self):
        holdfast = self.repository("tagged", "tags=team%3Dshop%26cost%20centre%3D7")
        holdfast("init").expect(OK)
        self.backup(holdfast, "hello")
        for key in self.lasting("tagged"):
            tags = self.raw.request("GET", "tagged", key, {"tagging": ""}).elements("Tag")
            self.assertEqual({tag["Key"]: tag["Value"] for tag in tags}, {"team": "shop", "cost centre": "7"}, key)

    def test_doctor_says_what_protects_a_bucket(self):
        holdfast = self.repository("doctor")
        holdfast("init").expect(OK)
        findings = holdfast("doctor", "--json").expect(OK, WARNINGS).json["findings"]
        said = {finding["what"]: finding for finding in findings if finding["of"].startswith("s3://")}
        self.assertEqual((said["versions"]["state"], said["lock"]["state"]), ("ok", "ok"), said)
        self.assertIn(f"{DAYS} days", said["lock"]["detail"])
        self.assertEqual(said["lock, tried"]["state"], "ok", said)
        self.assertEqual([key for key, _ in self.raw.versions("doctor") if key.startswith("doctor-")], [])
        self.raw.request("PUT", "bare")
        findings = self.repository("bare", "")("doctor", "--json").expect(OK, WARNINGS).json["findings"]
        said = {finding["what"]: finding for finding in findings if finding["of"].startswith("s3://")}
        self.assertEqual((said["versions"]["state"], said["lock"]["state"]), ("warning", "warning"), said)


class Composed(LockCase):
    """Locks hold through composed storages."""

    def tiered(self, hot, cold, days):
        """A repository with a hot and a cold storage, each a "file", "bucket" or "locked"."""
        def place(kind, name):
            return str(self.folder / name) if kind == "file" else f"s3://{name}"
        name = f"{hot}-{cold}"
        holdfast = self.repository("none", "")
        holdfast.repository = place(hot, f"hot-{name}")
        options = ["-O", f"cold={place(cold, f'cold-{name}')}"]
        for prefix, kind in (("", hot), ("cold.", cold)):
            if kind == "locked":
                options += ["-O", f"{prefix}object_lock=compliance", "-O", f"{prefix}lock_days={days}"]
        return holdfast, options

    def check_tier(self, hot, cold):
        holdfast, options = self.tiered(hot, cold, DAYS)
        holdfast("init", *options).expect(OK)
        (self.folder / "source").write_text("hello")
        source = f"exec:cat {self.folder}/source"
        first = holdfast("backup", source, "--json", *options).expect(OK).json["backup"]["id"]
        moved = holdfast("tier", "--age", "0h", "--json", *options).expect(OK).json["moved_objects"]
        self.assertEqual(moved > 0, hot != "locked")
        # Another caller uses all of it again, and promises more days.
        _, longer = self.tiered(hot, cold, 10)
        holdfast("backup", source, *longer).expect(OK)
        for kind, bucket in ((hot, f"hot-{hot}-{cold}"), (cold, f"cold-{hot}-{cold}")):
            if kind != "locked":
                continue
            packs = [key for key in self.raw.keys(bucket) if key.startswith("packs/")]
            self.assertEqual(packs != [], bucket.startswith("hot") or moved > 0)
            least = now() + datetime.timedelta(days=20) - datetime.timedelta(minutes=5)
            for key in packs:
                self.assertGreater(self.raw.locked_until(bucket, key), least, key)
        # Collected as far as the locks allow; the locks stop nobody.
        holdfast("remove", first, *options).expect(OK)
        holdfast("expire", "--keep-last", "1", *options).expect(OK)
        holdfast("gc", "--grace", "0s", *options).expect(OK)
        target = self.folder / "out"
        holdfast("restore", "latest", f"exec:tee {target}", *options).expect(OK)
        self.assertEqual(target.read_text(), "hello")

    def test_a_tier_of_which_one_or_both_lock(self):
        for hot, cold in (("file", "locked"), ("bucket", "locked"), ("locked", "locked"), ("locked", "file"), ("locked", "bucket")):
            with self.subTest(hot=hot, cold=cold):
                self.check_tier(hot, cold)

    def test_gc_frees_nothing_of_a_locked_cold_storage_and_goes_on(self):
        holdfast, options = self.tiered("file", "locked", DAYS)
        holdfast.repository += "-gc"
        options[1] += "-gc"
        holdfast("init", *options).expect(OK)
        for text in ("once", "more"):
            (self.folder / "source").write_text(text)
            holdfast("backup", f"exec:cat {self.folder}/source", *options).expect(OK)
            holdfast("tier", "--age", "0h", *options).expect(OK)
        holdfast("expire", "--keep-last", "1", *options).expect(OK)
        before = self.raw.keys("cold-file-locked-gc")
        for _ in range(3):
            said = holdfast("gc", "--grace", "0s", *options).expect(OK).stdout
        self.assertIn("locked", said)
        self.assertEqual(self.raw.keys("cold-file-locked-gc"), before)

    def test_limits_and_quota_and_one_locking_copy_of_two(self):
        options = f"object_lock=compliance&lock_days={DAYS}&limit_up=100M&limit_down=100M&quota=1G"
        copy = str(self.folder / "copy")
        holdfast = self.repository("copied", options)
        holdfast("init", "-r", copy).expect(OK)
        self.backup_into(holdfast, copy)
        longer = self.repository("copied", options.replace(f"lock_days={DAYS}", "lock_days=10"))
        old = [key for key in self.lasting("copied") if not key.startswith(("backups/", ".replicas/"))]
        self.backup_into(longer, copy)
        least = now() + datetime.timedelta(days=20) - datetime.timedelta(minutes=5)
        for key in old:
            self.assertGreater(self.raw.locked_until("copied", key), least, key)

    def backup_into(self, holdfast, copy):
        holdfast("backup", "exec:printf hello", "-r", copy).expect(OK)


class Past(LockCase):
    def set_times(self, bucket):
        """This server dates a version by the time of its replacement, and a deletion by the object before it. S3 dates
        both by the time of their creation, which their ids (ULIDs) contain here."""
        digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        answer = self.raw.request("GET", bucket, query={"versions": ""})
        for item in answer.elements("Version") + answer.elements("DeleteMarker"):
            milliseconds = functools.reduce(lambda sum, digit: sum * 32 + digits.index(digit), item["VersionId"][:10], 0)
            path = self.s3.data / bucket / item["Key"]
            if item["IsLatest"] != "true":
                path, = (self.s3.folder / "versions" / bucket).rglob(item["VersionId"])
            os.utime(path, (milliseconds / 1000, milliseconds / 1000))

    def check_attack(self, bucket, attack):
        """Backs up, waits, attacks, and reads as of the time before the attack."""
        holdfast = self.repository(bucket)
        holdfast("init").expect(OK)
        first = self.backup(holdfast, "hello")
        time.sleep(2)
        moment = now()
        time.sleep(2)
        for key in self.raw.keys(bucket):
            attack(bucket, key)
        self.set_times(bucket)
        as_of = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        past = self.repository(bucket, f"as_of={as_of}")
        self.assertEqual([one["id"] for one in past("list", "--json").expect(OK).json["backups"]], [first])
        self.assertEqual(self.restored(past), "hello")
        past("verify", "latest", "--level", "full").expect(OK, WARNINGS)
        self.assertIn("reading only", past("backup", "exec:printf x").expect(FAILED).error_line)
        offset = moment.astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30))).strftime("%Y-%m-%dT%H:%M:%S%%2B05:30")
        self.assertEqual(self.restored(self.repository(bucket, f"as_of={offset}")), "hello")
        return holdfast, past, first

    def test_what_was_deleted_is_there(self):
        def delete(bucket, key):
            self.assertEqual(self.raw.request("DELETE", bucket, key).status, 204)
        holdfast, _, _ = self.check_attack("deleted", delete)
        self.assertEqual(self.raw.keys("deleted"), [])
        self.assertNotEqual(holdfast("list").exit, OK)

    def test_what_was_overwritten_is_as_it_was(self):
        def overwrite(bucket, key):
            if key.startswith("packs/"):
                self.assertEqual(self.raw.request("PUT", bucket, key, body=b"ransom").status, 200)
        holdfast, _, first = self.check_attack("overwritten", overwrite)
        self.assertIn("packs/", holdfast("verify", first, "--level", "full").expect(FAULT).stdout)

    def test_before_there_was_anything(self):
        holdfast = self.repository("empty")
        holdfast("init").expect(OK)
        past = self.repository("empty", "as_of=2020-01-01T00:00:00Z")("list")
        self.assertEqual((past.exit, "2020-01-01T00:00:00Z" in past.error_line), (NO_SUCH, True), past.stderr)
        self.assertIn("as_of takes a time like", self.repository("empty", "as_of=yesterday")("list").expect(USAGE).error_line)


if __name__ == "__main__":
    harness.main()
