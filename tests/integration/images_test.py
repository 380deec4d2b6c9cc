"""The images of the examples are built as their Dockerfiles say, and run as a user with a read-only root: one cycle of each
with real servers. Long: the library is compiled in an image."""

import http.client
import json
import os
import shutil
import time
import unittest
import urllib.request

import cloud
import engines
import harness
import holdfast
import images
import pg
import services
from budget import LONG
from faults import wait_until

EXAMPLES = holdfast.ROOT / "examples"
TARGETS = ("backup_service", "verify_service", "cloud_job", "stack_backup")
BUILDER = None
USER = 10001


def setUpModule():
    global BUILDER  # pylint: disable=global-statement
    if not LONG:
        raise unittest.SkipTest("only with HOLDFAST_TESTS_LONG: it compiles the library in an image")
    try:
        BUILDER = images.Builder()
    except engines.EngineError as error:
        raise unittest.SkipTest(str(error)) from error
    unittest.addModuleCleanup(BUILDER.stop)
    for name in TARGETS:
        build(name, holdfast.ROOT, EXAMPLES / "Dockerfile", "--target", name)
    build("shop_app", EXAMPLES / "cloud_job" / "app", EXAMPLES / "cloud_job" / "app" / "Dockerfile")


def build(name, *arguments):
    begun = time.monotonic()
    size = BUILDER.build(name, *arguments)
    print(f"image {name}: {size / 1e6:.0f} MB, built in {time.monotonic() - begun:.0f} s", flush=True)


class Contained:
    """What all containers keep to."""

    def assert_confined(self, name):
        """It runs as a user without rights and can write nowhere but to /tmp."""
        self.assertEqual(BUILDER("exec", name, "id", "-u"), str(USER))
        mounts = BUILDER("exec", name, "cat", "/proc/mounts")
        self.assertRegex(mounts, r"(?m)^\S+ / \S+ ro,")
        self.assertEqual(BUILDER("exec", name, "sh", "-c", "for each in / /app /etc /var /run; do touch $each/new 2>/dev/null && echo $each; done; touch /tmp/new"), "")

    def contain(self, name, settings, *arguments, options=(), called=None):
        """Runs an image until the test ends."""
        settings = {key: str(value) for key, value in settings.items()}
        words = BUILDER.words(name, settings, *arguments, options=options, called=called)
        service = services.Service(words, {**BUILDER.environment, **settings})
        self.addCleanup(service.process.stdout.close)
        self.addCleanup(service.wait)
        self.addCleanup(BUILDER, "rm", "--force", "--ignore", called or name, check=False)
        return service


class Services(Contained, services.ServiceCase):
    def command(self, program, environment):
        self.addCleanup(BUILDER, "rm", "--force", "--ignore", program, check=False)
        return BUILDER.words(program, environment)

    def environment(self, database="shop", **changes):
        return {**BUILDER.environment, **super().environment(database, **changes)}

    def ends_healthy(self, service, name):
        self.assertEqual(service.get()[0], 200)
        BUILDER("healthcheck", "run", name)
        self.assert_confined(name)
        self.assertEqual(service.stop(), 0, service.output)
        self.assert_well_logged(service)
        self.assert_nothing_left()

    def test_a_backup_and_its_verification(self):
        backup = self.start("backup_service")
        backup.wait_for("next backup at ")
        self.ends_healthy(backup, "backup_service")
        self.assertEqual(len(self.backups()), 1)
        verify = self.start("verify_service", "postgres")
        verify.wait_for(f"verification of {self.backups()[0]}: SUCCESS")
        verify.wait_for("next verification at ")
        self.ends_healthy(verify, "verify_service")

    def test_a_backup_of_the_stack_and_its_restore(self):
        for name in ("dart_cloud", "functions_db"):
            self.server.create_db(name)
            self.addCleanup(self.server.drop_db, name)
        for name in ("functions", "backups"):
            (self.folder / name).mkdir()
            shutil.chown(self.folder / name, USER, USER)
        key = self.folder / "key"
        key.write_text(os.urandom(32).hex())
        key.chmod(0o444)
        self.folder.chmod(0o755)
        volumes = [word for name in ("functions", "backups") for word in ("-v", f"{self.folder / name}:/{name}")] + ["-v", f"{key}:/run/secrets/backup_key:ro"]
        port = pg.free_port()
        settings = {"MAIN_DATABASE_URL": self.server.uri("dart_cloud", tcp=True), "FUNCTIONS_DATABASE_URL": self.server.uri("functions_db", tcp=True),
                    "FUNCTIONS_VOLUME": "/functions", "BACKUP_DIR": "/backups", "BACKUP_KEY_FILE": "/run/secrets/backup_key", "BACKUP_VERIFY": "restore",
                    "BACKEND_ADDRESS": f"127.0.0.1:{port}", "BACKEND_HEALTH": f"http://127.0.0.1:{port}/health"}
        backend = self.contain("stack_backup", settings, "/app/stack/backend.py", options=("--entrypoint", "python3", *volumes))
        self.assertTrue(wait_until(lambda: asked(port, "/health")), backend.output)
        self.assertTrue(asked(port, "/functions/f1", b"print(1)\n"))
        self.assert_confined("stack_backup")
        health = asked(port, "/health")
        backup = self.contain("stack_backup", settings, "backup", options=volumes, called="backup")
        self.assertEqual(backup.wait(120), 0, backup.output)
        self.assertIn("verify restore: succeeded", backup.output)
        rights = ("--user", "0", *(f"--cap-add={each}" for each in ("CHOWN", "DAC_OVERRIDE", "FOWNER")))  # as in compose.yaml
        restore = self.contain("stack_backup", settings, "restore", "--yes", options=(*rights, *volumes), called="restore")
        self.assertEqual(restore.wait(120), 0, restore.output)
        self.assertIn("volume equals the backup", restore.output)
        self.assertEqual(asked(port, "/health"), health)

    def test_the_application_of_the_cloud_job(self):
        port = pg.free_port()
        self.contain("shop_app", {"DATABASE_URL": self.server.uri("shop", tcp=True), "PORT": port})
        self.assertTrue(wait_until(lambda: asked(port, "/healthz")))
        self.assertEqual(json.loads(asked(port, "/orders", b"tea")), {"result": 1})
        self.assert_confined("shop_app")


class Job(Contained, cloud.CloudCase):
    def command(self, steps, environment):
        return BUILDER.words("cloud_job", environment, *steps)

    def environment(self, **changes):
        return {**BUILDER.environment, **super().environment(**changes)}

    def test_a_backup_and_its_validation(self):
        self.run_job("backup", "validate", VALIDATE_DATABASE_URL=self.server.uri("postgres", tcp=True))
        [name] = self.objects()
        self.assertEqual(self.restored_by_stock_tools(self.read(name)), self.rows("shop"))
        self.assert_nothing_left()


def asked(port, path, body=None):
    """The answer of a server in a container; None if it has none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", data=body, timeout=10) as reply:
            return reply.read().decode()
    except (OSError, http.client.HTTPException):
        return None


if __name__ == "__main__":
    harness.main()
