"""The images, compose files and manifests of the example services: what their contract says about containers."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness
import holdfast

EXAMPLES = holdfast.ROOT / "examples"
DEPLOY = EXAMPLES / "service" / "deploy"
SERVICES = ("backup_service", "verify_service")
COMPOSE = ("all-in-one.yaml", "production.yaml", "verify.yaml")
IMAGES = (EXAMPLES / "Dockerfile").read_text()
STAGES = dict(re.findall(r"(?ms)^FROM \S+ AS (\w+)\n(.*?)(?=^FROM |\Z)", IMAGES))
CLIENT = 15  # the major version of PostgreSQL in Debian 12


def compose_tool():
    """The words that run compose; None if it is not here."""
    return next((words for words in (["docker", "compose"], ["docker-compose"])
                 if shutil.which(words[0]) and subprocess.run([*words, "version"], capture_output=True, check=False).returncode == 0), None)


class Deploy(unittest.TestCase):
    def test_images_are_small_checked_and_not_root(self):
        for name in SERVICES:
            with self.subTest(name):
                self.assertIn("HEALTHCHECK --interval=5m --timeout=30s --retries=3", STAGES[name])
                self.assertIn(f'ENTRYPOINT ["/app/{name}"]', STAGES[name])
                self.assertNotIn("USER", STAGES[name])
        self.assertRegex(STAGES["base"], r"\nUSER [1-9]\d+\n")
        self.assertEqual(re.findall(r"^FROM \S+:latest|^ADD ", IMAGES, re.MULTILINE), [])
        self.assertEqual(IMAGES.count("apt-get install"), IMAGES.count("rm -rf /var/lib/apt/lists/*"))
        self.assertEqual(IMAGES.count("apt-get install -y"), IMAGES.count("--no-install-recommends"))
        self.assertNotRegex(IMAGES, r"(?i)password|secret|access_key|private_key")

    def test_each_image_that_is_deployed_is_a_stage(self):
        files = [*DEPLOY.glob("*.yaml"), EXAMPLES / "stack_backup" / "stack" / "compose.yaml", EXAMPLES / "cloud_job" / "deploy" / "cloudbuild.yaml"]
        built = set(re.findall(r"target(?:: |, )(\w+)", "".join(path.read_text() for path in files)))
        self.assertEqual(built, {*SERVICES, "cloud_job", "stack_backup"})
        self.assertEqual(built - set(STAGES), set())

    def test_no_server_is_newer_than_the_pg_dump_of_the_images(self):
        text = "".join(path.read_text() for path in EXAMPLES.rglob("*") if path.suffix in (".yaml", ".tf"))
        majors = re.findall(r"image: postgres:(\d+)|\"POSTGRES_(\d+)\"", text)
        self.assertGreater(len(majors), 3)
        self.assertEqual([major for pair in majors for major in pair if major and int(major) > CLIENT], [])

    def test_the_context_of_an_image_has_no_build_and_no_secrets(self):
        ignored = (holdfast.ROOT / ".dockerignore").read_text().split()
        for name in ("build", ".git", "**/.env"):
            self.assertIn(name, ignored)

    def test_packages_of_the_image_have_the_libraries_of_the_program(self):
        program = os.path.join(os.environ.get("HOLDFAST_SERVICES") or os.path.join(os.path.dirname(holdfast.command_path()), "examples"),
                               SERVICES[0])
        if not os.path.exists(program) or not shutil.which("readelf") or not shutil.which("dpkg"):
            self.skipTest("no built service, no readelf or no dpkg here")
        needed = re.findall(r"\[(lib[^\]]+)\]", subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout)
        found = subprocess.run(["dpkg", "-S", *(f"*/{library}" for library in needed)], capture_output=True, text=True, check=False).stdout
        packages = {line.split(":")[0] for line in found.splitlines() if line.rsplit("/", 1)[-1] in needed}
        self.assertGreater(len(packages), 5)
        self.assertEqual(packages - set(STAGES["base"].split()) - {"libc6", "libstdc++6", "libgcc-s1"}, set())

    def test_compose_files_limit_and_harden_the_services(self):
        for name in COMPOSE:
            text = (DEPLOY / name).read_text()
            for service in re.split(r"(?m)^  (?=postgres-(?:backup|verify):)", text)[1:]:
                with self.subTest(f"{name}: {service.split(':')[0]}"):
                    memory = "512m" if service.startswith("postgres-backup") else "1g"
                    for line in (f"mem_limit: {memory}", "cpus: 1.0", 'user: "10001"', "read_only: true", "cap_drop: [ALL]",
                                 "restart: unless-stopped", "no-new-privileges:true"):
                        self.assertIn(line, service)

    def test_no_credential_has_a_default(self):
        for name in COMPOSE:
            text = (DEPLOY / name).read_text()
            for variable in re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|KEY|DATABASE_URL)\w*)[^}]*\}", text):
                self.assertNotRegex(text, rf"\${{{variable}:?-")
        for line in (DEPLOY / "example.env").read_text().splitlines():
            self.assertTrue(line.startswith("#") or line.endswith("="), line)

    def test_compose_config_accepts_the_files(self):
        tool = compose_tool()
        if not tool:
            self.skipTest("neither docker compose nor docker-compose here")
        names = re.findall(r"^(\w+)=$", (DEPLOY / "example.env").read_text(), re.MULTILINE)
        with tempfile.TemporaryDirectory() as folder:
            for name in COMPOSE:
                with self.subTest(name):
                    shutil.copy(DEPLOY / name, folder)
                    done = subprocess.run([*tool, "-f", os.path.join(folder, name), "config", "--quiet"], capture_output=True, text=True, check=False,
                                          env={**os.environ, **{each: "value" for each in names}})
                    self.assertEqual(done.returncode, 0, done.stderr)

    def test_manifests_limit_and_harden_the_services(self):
        text = (DEPLOY / "multi-region.yaml").read_text()
        for kind, memory in (("backup", "512Mi"), ("verify", "1Gi")):
            part = next(part for part in text.split("---\n") if f"name: postgres-{kind}\n" in part and "Deployment" in part)
            for words in (f"memory: {memory}", "runAsNonRoot: true", "readOnlyRootFilesystem: true", "drop: [ALL]", "/app/healthcheck.sh",
                          "periodSeconds: 300", "timeoutSeconds: 30", "failureThreshold: 3"):
                self.assertIn(words, part)
            self.assertRegex(text, rf"kind: NetworkPolicy\nmetadata:\n  name: postgres-{kind}\n")


class Stack(unittest.TestCase):
    """The image and the compose file of stack_backup."""

    folder = EXAMPLES / "stack_backup" / "stack"

    def test_stack_image_is_checked_and_not_root(self):
        self.assertRegex(STAGES["stack_backup"], r"\nUSER [1-9]\d+\nENTRYPOINT")
        for name in re.findall(r"^(?:import|from) (\w+)", (EXAMPLES / "stack_backup" / "stack_backup.py").read_text(), re.MULTILINE):
            self.assertTrue(name in sys.stdlib_module_names or name == "holdfast" or (EXAMPLES / "stack_backup" / f"{name}.py").exists(), name)

    def test_stack_services_are_limited_and_hardened(self):
        text = (self.folder / "compose.yaml").read_text()
        own = text[text.index("x-own:"):text.index("x-settings:")]
        for line in ("mem_limit: 512m", "cpus: 1.0", 'user: "10001"', "read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"):
            self.assertIn(line, own)
        parts = re.split(r"(?m)^  (?=\w+:\n)", text[text.index("\nservices:"):text.index("\nvolumes:")])[1:]
        self.assertEqual([part.split(":")[0] for part in parts], ["postgres", "backend", "backup", "replicate", "monitor", "restore"])
        for part in parts[1:]:
            self.assertIn("<<: *own", part)
            self.assertEqual("docker.sock" in part, part.startswith("restore:"))

    def test_stack_settings_exist_and_credentials_have_no_default(self):
        text = (self.folder / "compose.yaml").read_text()
        known = (EXAMPLES / "stack_backup" / "settings.py").read_text()
        for name in re.findall(r"^  ([A-Z0-9_]+):", text[text.index("x-settings:"):text.index("\nservices:")], re.MULTILINE):
            self.assertIn(f'"{name}"', known)
        self.assertEqual(re.findall(r"\$\{\w*(?:PASSWORD|SECRET|KEY)\w*:-[^}]+\}", text), [])

    def test_compose_config_accepts_the_stack(self):
        tool = compose_tool()
        if not tool:
            self.skipTest("neither docker compose nor docker-compose here")
        done = subprocess.run([*tool, "-f", self.folder / "compose.yaml", "config", "--quiet"], capture_output=True, text=True, check=False,
                              env={**os.environ, "POSTGRES_USER": "value", "POSTGRES_PASSWORD": "value"})
        self.assertEqual(done.returncode, 0, done.stderr)


class Contract(unittest.TestCase):
    def test_run_shows_one_cycle_and_leaves_nothing(self):
        programs = os.environ.get("HOLDFAST_SERVICES") or os.path.join(os.path.dirname(holdfast.command_path()), "examples")
        harness.require_postgres()
        if not os.path.exists(os.path.join(programs, SERVICES[0])) or not shutil.which("go"):
            self.skipTest("no built services, or no go for the S3 server")
        for name, shown in zip(SERVICES, ("restored 50000", ": SUCCESS")):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                os.chmod(folder, 0o755)  # the server of a root runs as another user
                done = subprocess.run([EXAMPLES / name / "run"], env={**os.environ, "HOLDFAST_SERVICES": programs, "TMPDIR": folder},
                                      stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn(shown, done.stdout)
                self.assertEqual(os.listdir(folder), [])

    def test_every_line_of_the_contract_names_a_test_that_exists(self):
        for name in SERVICES:
            tests = (holdfast.ROOT / "tests" / "integration" / f"{name}_test.py").read_text()
            table = (EXAMPLES / name / "README.md").read_text().split("## Contract")[1]
            named = set(re.findall(r"`(\w{12,})`", table)) - {"assert_well_logged"}
            self.assertEqual([each for each in named if f"def test_{each}(" not in tests], [])
            self.assertGreater(len(named), 15)


if __name__ == "__main__":
    harness.main()
