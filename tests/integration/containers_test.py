"""Commands in containers, `podman-exec://container command` or `docker-exec:…`: streams arrive whole, failures are seen,
and nothing of a command goes on in the container after the call."""

import hashlib
import json
import os
import signal

import harness
from engines import IMAGE, EngineCase, command_lines
from faults import wait_until
from file_trees import KEY
from holdfast import CANCELLED, FAILED, OK, USAGE, WARNINGS, Holdfast, finish


def runs(word):
    """Whether a process has the word in its arguments."""
    return any(word in words for words in command_lines())


SLEEP = os.getpid()  # seconds of a command that only this test runs


class CommandsCase(EngineCase):
    def setUp(self):
        super().setUp()
        self.holdfast = Holdfast(self.folder / "repository", key=KEY)
        self.holdfast("init").expect()
        self.shared = self.folder / "shared"
        self.shared.mkdir()
        self.engine.run("box", "-v", f"{self.shared}:/shared")

    def back_up(self, command, *arguments, codes=(OK,), container="box"):
        return self.holdfast("backup", "--json", f"{self.kind}-exec://{container} {command}", *self.options, *arguments).expect(*codes)

    def restore(self, command, *arguments, codes=(OK,)):
        return self.holdfast("restore", "latest", f"{self.kind}-exec://box {command}", *self.options, *arguments).expect(*codes)


class Streams(CommandsCase):
    def test_megabytes_go_out_and_in_unchanged(self):
        data = hashlib.shake_128(b"seed").digest(12 << 20)
        (self.shared / "in").write_bytes(data)
        backup = self.back_up("cat /shared/in").json["backup"]
        self.assertEqual(backup["sources"][0]["uri"], f"{self.kind}-exec://box cat /shared/in")
        self.assertEqual(backup["sources"][0]["notes"]["container"], "box")
        self.restore("sh -c 'cat > /shared/out'")
        self.assertEqual((self.shared / "out").read_bytes(), data)

    def test_a_restore_whose_command_prints_much_meanwhile_does_not_hang(self):
        (self.shared / "in").write_bytes(bytes(8 << 20))
        self.back_up("cat /shared/in")
        self.restore("sh -c 'cat; seq 1 300000; cat > /shared/end'")

    def test_standard_error_is_logged_if_the_command_succeeds(self):
        done = self.back_up("sh -c 'echo take care >&2; echo data'")
        self.assertIn("take care", done.stderr)

    def test_variables_are_passed_without_being_an_argument(self):
        self.holdfast.environment.update(HOLDFAST_PASS_ENV="SECRET", SECRET="geheim")
        done = self.back_up("sh -c 'echo $SECRET$HOLDFAST_PASS_ENV'")
        self.assertNotIn("geheim", done.stdout + done.stderr)
        self.restore("sh -c 'cat > /shared/out'")
        self.assertEqual((self.shared / "out").read_text(), "geheim\n")


class Hooks(CommandsCase):
    """The programs of a job, in a container."""

    def run_job(self, *before, codes=(OK,), action="run"):
        """The job's report; each of `before` is a command and more keys of its hook."""
        hooks = [{"run": ["sh", "-c", command], "container": f"{self.kind}:box", "engine_socket": str(self.engine.socket), **keys} for command, keys in before]
        file = {"version": 1, "state": str(self.folder / "state"), "repositories": {"main": {"uri": self.holdfast.repository, "key": f"file:{KEY}"}},
                "jobs": {"shared": {"repository": "main", "sources": [{"uri": f"dir://{self.shared}"}], "hooks": {"before": hooks}}}}
        (self.folder / "jobs.yaml").write_text(json.dumps(file))
        command = Holdfast(environment={"HOLDFAST_PASS_ENV": "GIVEN", "GIVEN": "geheim"})
        return command("job", action, self.folder / "jobs.yaml", "shared", "--json").expect(*codes).json

    def test_a_hook_gets_the_operation_and_its_variables_and_finishes_before_the_backup(self):
        self.run_job(("cat > /shared/operation; echo $GIVEN$HOME > /shared/variables", {}))
        self.assertEqual(json.loads((self.shared / "operation").read_text())["moment"], "before")
        self.assertEqual((self.shared / "variables").read_text(), "geheim/\n")
        (backup,) = self.holdfast("list", "--json").expect().json["backups"]
        self.assertEqual(backup["sources"][0]["notes"]["files"], "2")

    def test_a_hook_that_fails_is_late_or_has_no_container_forbids_the_backup(self):
        for reason, command, keys in (("ended with status 3: no luck", "echo no luck >&2; exit 3", {}),
                                      ("did not end within 1 s", f"sleep {SLEEP}6", {"timeout": "1s"}),
                                      ("nowhere", "true", {"container": f"{self.kind}:nowhere"})):
            with self.subTest(reason):
                report = self.run_job((command, keys), codes=(FAILED,))
                self.assertIn(reason, json.dumps(report))
                self.assertFalse(runs(f"{SLEEP}6"))
        self.assertEqual(self.holdfast("list", "--json").expect().json["backups"], [])

    def test_a_preflight_looks_into_the_container(self):
        report = self.run_job(("true", {"run": ["no-such-program"]}), codes=(FAILED,), action="preflight")
        self.assertIn(f"there is no program no-such-program in the container {self.kind}:box", json.dumps(report))


class Failures(CommandsCase):
    def test_an_exit_status_and_what_the_command_said_are_in_the_error(self):
        line = self.back_up("sh -c 'echo some data; echo no luck >&2; exit 7'", codes=(FAILED,)).error_line
        self.assertIn("exit status 7", line)
        self.assertIn("no luck", line)
        self.assertEqual(self.holdfast("list", "--json").expect().json["backups"], [])

    def test_input_that_is_left_unread_fails_the_restore(self):
        for size in (1, 5 << 20):
            with self.subTest(size=size):
                (self.shared / "in").write_bytes(bytes(size))
                self.back_up("cat /shared/in")
                self.assertIn("without reading all", self.restore("true", codes=(FAILED,)).error_line)
        self.assertIn("exit status 3", self.restore("sh -c 'head -c 10 >/dev/null; exit 3'", codes=(FAILED,)).error_line)

    def test_what_is_missing_is_named(self):
        self.assertIn("no-such-program", self.back_up("no-such-program", codes=(FAILED,)).error_line)
        self.assertIn("nowhere", self.back_up("true", container="nowhere", codes=(FAILED,)).error_line)
        self.engine("create", "--name", "idle", IMAGE, "/bin/true")
        self.assertIn("idle", self.back_up("true", container="idle", codes=(FAILED,)).error_line)

    def test_uris_that_can_not_be_meant_are_refused(self):
        for uri in (f"{self.kind}-exec:box true", f"{self.kind}-exec:// true", f"{self.kind}-exec://a/b true", f"{self.kind}-exec://box"):
            with self.subTest(uri=uri):
                self.holdfast("backup", uri, *self.options).expect(USAGE)
        self.holdfast("backup", "exec:true", *self.options).expect(USAGE)


class Ends(CommandsCase):
    def test_a_cancelled_command_ends_in_the_container_with_its_children(self):
        command = self.holdfast.start("backup", f"{self.kind}-exec://box sh -c 'sleep {SLEEP}1; true'", *self.options)
        wait_until(lambda: runs(f"{SLEEP}1"))
        command.send_signal(signal.SIGINT)
        self.assertEqual(finish(command).exit, CANCELLED)
        self.assertFalse(runs(f"{SLEEP}1"))

    def test_a_command_that_ignores_sigterm_is_killed(self):
        command = self.holdfast.start("backup", f"{self.kind}-exec://box sh -c 'trap \"\" TERM; sleep {SLEEP}2; sleep {SLEEP}3'", *self.options)
        wait_until(lambda: runs(f"{SLEEP}2"))
        command.send_signal(signal.SIGINT)
        self.assertEqual(finish(command).exit, CANCELLED)
        wait_until(lambda: not runs(f"{SLEEP}2") and not runs(f"{SLEEP}3"))

    def test_a_silent_command_is_ended_at_the_deadline(self):
        line = self.back_up(f"sleep {SLEEP}4", "--stall-timeout", "1", codes=(FAILED,)).error_line
        self.assertIn("silent", line)
        self.assertFalse(runs(f"{SLEEP}4"))

    def test_a_container_that_is_killed_fails_the_backup(self):
        command = self.holdfast.start("backup", f"{self.kind}-exec://box sh -c 'echo data; sleep {SLEEP}5'", *self.options)
        wait_until(lambda: runs(f"{SLEEP}5"))
        self.engine("kill", "box")
        self.assertNotIn(finish(command).exit, (OK, WARNINGS))
        self.assertEqual(self.holdfast("list", "--json").expect().json["backups"], [])


if __name__ == "__main__":
    harness.main()
