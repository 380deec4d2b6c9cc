"""A repository on Azure Blob Storage (Azurite, over TLS) with the command: created, written, proved, restored, and
refused without permission."""

import pathlib
import shutil
import tempfile
import unittest

import harness
from azure import AzureServer
from holdfast import FAILED, NO_SUCH, OK, Holdfast, raw_key
from servers import ServerError

KEY = raw_key()


class AzureCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.azure = AzureServer(tls=True)
        except ServerError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.addClassCleanup(cls.azure.close)
        cls.azure.open()
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfazure."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def repository(self, container, environment=None, **options):
        """Opened with the account's key from the environment, unless `environment` says otherwise."""
        place = {"endpoint": self.azure.endpoint, "ca_file": self.azure.ca_file, **options}
        uri = f"azblob://{container}?" + "&".join(f"{key}={value}" for key, value in place.items())
        if environment is None:
            environment = {"AZURE_STORAGE_ACCOUNT": self.azure.account, "AZURE_STORAGE_KEY": self.azure.key}
        return Holdfast(uri, None, {"HOME": str(self.folder), **environment}, KEY)

    def check_secrets_unsaid(self, result, *more):
        for secret in (self.azure.key, "sig=", *more):
            self.assertNotIn(secret, result.stdout + result.stderr)


class Backups(AzureCase):
    def test_a_packed_repository_lives_there(self):
        holdfast = self.repository("packed/some/prefix", part_size="1M")
        holdfast("init").expect(OK)
        holdfast("doctor").expect(OK)
        script = "seq 1 2000000; head -c 3000000 /dev/zero"
        (self.folder / "said").write_text(script)
        backup = ("backup", f"exec:sh {self.folder / 'said'}", "--json")
        first = holdfast(*backup).expect(OK).json["backup"]
        again = holdfast(*backup).expect(OK).json["backup"]
        self.assertLess(again["stored_bytes"], 0.1 * first["stored_bytes"])
        holdfast("verify", "latest", "--level", "full").expect(OK)
        copy = self.folder / "restored"
        holdfast("restore", "latest", f"exec:sh -c 'cat > {copy}'").expect(OK)
        numbers = "".join(f"{number}\n" for number in range(1, 2_000_001))
        self.assertEqual(copy.read_bytes(), numbers.encode() + bytes(3_000_000))
        holdfast("remove", first["id"]).expect(OK)
        holdfast("gc", "--grace", "0s").expect(OK)
        holdfast("verify", "latest", "--level", "full").expect(OK)
        listed = holdfast("list", "--json").expect(OK)
        self.assertEqual([one["id"] for one in listed.json["backups"]], [again["id"]])
        self.check_secrets_unsaid(listed)

    def test_a_backup_needs_no_right_to_remove(self):
        self.repository("signed")("init").expect(OK)
        sas = self.azure.account_sas("rlcw")
        holdfast = self.repository("signed", {"AZURE_STORAGE_SAS_TOKEN": sas})
        backup = holdfast("backup", "exec:echo hello", "--json").expect(OK)
        holdfast("verify", "latest", "--level", "full").expect(OK)
        self.check_secrets_unsaid(backup, sas)
        reader = self.repository("signed", {"AZURE_STORAGE_SAS_TOKEN": self.azure.account_sas("rl")})
        reader("list").expect(OK)
        refused = reader("backup", "exec:echo hello").expect(FAILED)
        self.assertIn("Authorization", refused.error_line)
        self.check_secrets_unsaid(refused)

    def test_a_connection_string_names_account_key_and_place(self):
        text = f"AccountName={self.azure.account};AccountKey={self.azure.key};BlobEndpoint={self.azure.endpoint};"
        holdfast = Holdfast(f"azblob://connected?ca_file={self.azure.ca_file}", None, {"AZURE_STORAGE_CONNECTION_STRING": text}, KEY)
        holdfast("init").expect(OK)
        holdfast("list").expect(OK)


class Failures(AzureCase):
    def check_failure(self, code, said, environment=None, **options):
        result = self.repository("failures", environment, **options)("list").expect(code)
        self.assertIn(said, result.error_line)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        self.check_secrets_unsaid(result, "Y2FuYXJ5", "canary")

    def test_each_cause_has_its_line(self):
        account = {"AZURE_STORAGE_ACCOUNT": self.azure.account}
        self.check_failure(NO_SUCH, "ContainerNotFound")
        self.check_failure(FAILED, "account's name or key is wrong", {**account, "AZURE_STORAGE_KEY": "Y2FuYXJ5"})
        self.check_failure(FAILED, "server answers 403", {"AZURE_STORAGE_SAS_TOKEN": "sv=2023-11-03&sig=canary"})
        self.check_failure(FAILED, "no credentials", {})
        self.check_failure(FAILED, "certificate", ca_file="/etc/ssl/certs/ca-certificates.crt")
        self.check_failure(FAILED, "127.0.0.1:1 ", endpoint="https://127.0.0.1:1/tester", timeout="1")


if __name__ == "__main__":
    harness.main()
