"""The holdfast command from a user's view: its output, its exit codes, and the files that it leaves, with `exec:`
sources."""

import gzip
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import harness
from holdfast import CANCELLED, FAILED, FAULT, NO_SUCH, OK, USAGE, WARNINGS, WRONG_KEY, Holdfast, command_path, finish, raw_key

PASSWORD = "correct horse"
KEY = raw_key()
BACKUP_KEYS = {"id", "time", "finished", "sources", "series", "tags", "entries", "size_bytes", "stored_bytes", "level", "proven", "failed", "damage"}


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


class CommandCase(unittest.TestCase):
    """A folder with a repository."""

    encrypted = False
    layout = "plain"

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfcmd."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.repository = self.folder / "repository"
        self.holdfast = Holdfast(self.repository, key=KEY if self.encrypted else None)
        self.holdfast("init", "--layout", self.layout, *([] if self.encrypted else ["--no-encryption"])).expect(OK)

    def backup(self, source="exec:seq 1 1000", *arguments):
        return self.holdfast("backup", source, "--json", *arguments).expect(OK).json["backup"]

    def ids(self):
        return [backup["id"] for backup in self.holdfast("list", "--json").expect(OK).json["backups"]]

    def files(self):
        """Every stored object with its bytes, except the records of operations."""
        paths = {str(path.relative_to(self.repository)): path for path in self.repository.rglob("*") if path.is_file()}
        return {name: path.read_bytes() for name, path in paths.items() if not name.startswith("history/")}


class Usage(unittest.TestCase):
    holdfast = staticmethod(Holdfast())

    def test_version_and_help_are_everywhere(self):
        self.assertRegex(self.holdfast("--version").expect(OK).stdout, r"^holdfast \d+\.\d+\.\d+\n$")
        self.assertIn("backup", self.holdfast("--help").expect(OK).stdout)
        for command in ("init", "backup", "list", "status", "show", "restore", "verify", "expire", "remove", "gc", "tier", "repair", "copy", "diff", "export", "anchor", "doctor"):
            with self.subTest(command):
                self.assertIn("--json", self.holdfast(command, "--help").expect(OK).stdout)

    def completed(self, *words):
        """The completions that bash offers for the last of these words."""
        script = 'source <("$0" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _holdfast; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", script, command_path(), *words], capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return sorted(done.stdout.split())

    def test_bash_completes_commands_and_options(self):
        self.assertEqual(self.completed("holdfast", "ba"), ["backup"])
        self.assertEqual(self.completed("holdfast", "backup", "--j"), ["--jobs", "--json"])
        self.assertEqual(self.completed("holdfast", "backup", "--jo"), ["--jobs"])
        self.assertEqual(self.completed("holdfast", "list", "--jo"), [])
        self.assertEqual(self.completed("holdfast", "expire", "-r", "x", "--keep-h"), ["--keep-hourly"])
        self.assertEqual(self.completed("holdfast", "backup", ""), [])  # then bash offers file names

    def test_shells_accept_their_completion_scripts(self):
        for shell, *check in (("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")):
            with self.subTest(shell):
                script = self.holdfast("completion", shell).expect(OK).stdout
                for word in ("backup", "jobs", "keep-hourly"):
                    self.assertIn(word, script)
                if shutil.which(shell):
                    done = subprocess.run([shell, *check], input=script, capture_output=True, text=True, check=False)
                    self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_mistakes_exit_2_with_one_line(self):
        for arguments in ([], ["frobnicate"], ["list", "--no-such-option"], ["backup", "-r", "x"], ["list"], ["show", "-r", "x"],
                          ["verify", "-r", "x", "--level", "deep"], ["expire", "-r", "x"], ["expire", "-r", "x", "--keep-within", "7"],
                          ["expire", "-r", "x", "--keep-last", "-1"], ["export", "latest", "-r", "x"], ["list", "-r", "x", "-v", "-q"],
                          ["export", "latest", "-r", "x", "-o", "-", "--json"], ["completion", "csh"], ["verify", "-r", "x", "--target", "exec:cat"]):
            with self.subTest(arguments):
                result = self.holdfast(*arguments).expect(USAGE)
                if "--json" not in arguments:
                    self.assertEqual(result.stdout, "")
                self.assertRegex(result.stderr, r"\Aholdfast: [^\n]+\n\Z")

    def test_with_json_a_mistake_is_an_object_too(self):
        result = self.holdfast("list", "--json", "--no-such-option").expect(USAGE)
        self.assertEqual(set(result.json), {"error"})
        self.assertEqual(result.json["error"]["code"], "invalid_argument")
        self.assertEqual(result.stdout.count("\n"), 1)

    def test_a_repository_that_is_not_there_exits_5(self):
        with tempfile.TemporaryDirectory() as folder:
            for place in (folder, folder + "/none"):
                result = Holdfast(place)("list", "--json").expect(NO_SUCH)
                self.assertEqual(result.json["error"]["code"], "not_found")
            self.assertEqual(os.listdir(folder), [])

    def test_doctor_names_what_a_source_lacks(self):
        self.holdfast("doctor").expect(OK, WARNINGS)
        self.assertEqual(self.holdfast("doctor", "exec:seq 1", "--json").expect(OK).json["findings"][0]["state"], "ok")
        result = self.holdfast("doctor", "exec:no-such-program-anywhere 1", "--json").expect(FAILED)
        self.assertEqual([finding["state"] for finding in result.json["findings"]], ["missing"])
        self.holdfast("doctor", "nonsense").expect(USAGE)


class Keys(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfcmd."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.repository = self.folder / "repository"

    def with_environment(self, **environment):
        return Holdfast(self.repository, environment=environment)

    def test_every_place_of_a_password_opens(self):
        Holdfast(self.repository, PASSWORD)("init").expect(OK)
        file = self.folder / "password"
        file.write_text(PASSWORD + "\nsecond line\n")
        self.with_environment(HOLDFAST_PASSWORD=PASSWORD)("list").expect(OK)
        self.with_environment(HOLDFAST_PASSWORD_COMMAND=f"printf '%s\\n' '{PASSWORD}'")("list").expect(OK)
        self.with_environment()("list", "--password-file", file).expect(OK)
        run = Holdfast(None, PASSWORD, environment={"HOLDFAST_REPOSITORY": str(self.repository)})
        run("list").expect(OK)

    def test_a_wrong_password_exits_6_and_none_exits_2(self):
        Holdfast(self.repository, PASSWORD)("init").expect(OK)
        result = Holdfast(self.repository, "wrong")("list", "--json").expect(WRONG_KEY)
        self.assertEqual(result.json["error"]["code"], "wrong_key")
        self.assertNotIn("wrong\n", result.stderr)
        self.with_environment()("list", start_new_session=True).expect(USAGE)
        self.with_environment(HOLDFAST_PASSWORD_COMMAND="false")("list").expect(USAGE)
        self.with_environment(HOLDFAST_PASSWORD_COMMAND="echo a | tr a b")("list").expect(USAGE)
        self.with_environment()("list", "--password-file", self.folder / "none").expect(USAGE)

    def test_key_files_hold_bytes_or_hex(self):
        key = os.urandom(32)
        (self.folder / "raw").write_bytes(key)
        (self.folder / "hex").write_text(key.hex() + "\n")
        (self.folder / "other").write_bytes(os.urandom(32))
        (self.folder / "short").write_bytes(key[:31])
        run = self.with_environment()
        run("init", "--key-file", self.folder / "raw").expect(OK)
        run("list", "--key-file", self.folder / "hex").expect(OK)
        run("list", "--key-file", self.folder / "other").expect(WRONG_KEY)
        run("list", "--key-file", self.folder / "short").expect(USAGE)

    def test_an_empty_password_makes_no_repository(self):
        (self.folder / "password").write_text("\n")
        self.with_environment()("init", "--password-file", self.folder / "password").expect(USAGE)
        for environment in ({}, {"HOLDFAST_PASSWORD": ""}, {"HOLDFAST_PASSWORD_COMMAND": ""}, {"HOLDFAST_PASSWORD_COMMAND": "true"}):
            self.with_environment(**environment)("init", start_new_session=True).expect(USAGE)
        self.assertFalse(self.repository.exists())

    def on_terminal(self, *arguments, answers):
        """Runs on its own terminal, and types an answer after each question. Returns the exit code and the terminal's
        output."""
        argv = self.with_environment().argv(*arguments)
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(argv[0], argv, self.with_environment().environment)
        shown = b""
        answers = list(answers)
        while True:
            try:
                part = os.read(terminal, 4096)
            except OSError:  # on Linux: the other side is gone
                part = b""
            if not part:
                break
            shown += part
            if part.endswith(b": ") and answers:
                os.write(terminal, answers.pop(0).encode())
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    def test_a_password_is_asked_for_on_the_terminal_and_not_shown(self):
        code, shown = self.on_terminal("init", answers=[PASSWORD + "\n", PASSWORD + "\n"])
        self.assertEqual(code, OK, shown)
        self.assertNotIn(PASSWORD, shown)
        self.assertEqual(self.on_terminal("list", answers=[PASSWORD + "\n"])[0], OK)
        self.assertEqual(self.on_terminal("list", answers=["other\n"])[0], WRONG_KEY)
        self.assertEqual(self.on_terminal("list", answers=["\x03"])[0], CANCELLED)
        Holdfast(self.repository, PASSWORD)("list").expect(OK)

    def test_two_different_answers_make_no_repository(self):
        self.assertEqual(self.on_terminal("init", answers=["one\n", "two\n"])[0], USAGE)
        self.assertFalse(self.repository.exists())

    def test_a_second_init_changes_nothing(self):
        run = Holdfast(self.repository, PASSWORD)
        run("init").expect(OK)
        Holdfast(self.repository, "other")("init").expect(FAILED)
        run("list").expect(OK)

    def test_programs_we_start_do_not_inherit_the_password(self):
        run = Holdfast(self.repository, PASSWORD)
        run("init").expect(OK)
        run("backup", "exec:env").expect(OK)
        result = run("export", "latest", "-o", "-").expect(OK)
        self.assertIn("PATH=", result.stdout)
        self.assertNotIn(PASSWORD, result.stdout)


class Backups(CommandCase):
    def test_a_backup_is_listed_shown_and_restored(self):
        made = self.backup("exec:seq 1 1000", "--tag", "env=prod", "--tag", "note=a=b")
        self.assertEqual(set(made), BACKUP_KEYS)
        self.assertEqual((made["size_bytes"], made["entries"], made["level"]), (3893, 1, "stored"))
        self.assertEqual(made["tags"], {"env": "prod", "note": "a=b"})
        self.assertEqual(made["sources"][0]["uri"], "exec:seq 1 1000")
        listed = self.holdfast("list", "--json").expect(OK).json
        self.assertEqual(listed["backups"], [made])
        shown = self.holdfast("show", "latest", "--json").expect(OK).json
        self.assertEqual(shown["backup"], made)
        self.assertEqual([entry["size_bytes"] for entry in shown["entries"]], [3893])
        table = self.holdfast("list").expect(OK).stdout.splitlines()
        self.assertEqual(table[0].split(), ["ID", "TIME", "SOURCE", "SIZE", "STORED", "LEVEL", "TAGS"])
        self.assertIn("env=prod note=a=b", table[1])
        out = self.folder / "out"
        result = self.holdfast("restore", made["id"], f"exec:sh -c 'cat > \"$1\"' sh {out}", "--json").expect(OK)
        self.assertEqual(result.json["restore"]["bytes"], 3893)
        self.assertEqual(out.read_text(), "".join(f"{n}\n" for n in range(1, 1001)))
        self.assertIn(made["id"], self.holdfast("show", "latest").expect(OK).stdout)

    def test_without_json_it_says_what_it_made(self):
        result = self.holdfast("backup", "exec:seq 1 1000").expect(OK)
        self.assertEqual(result.stdout.split()[:2], ["backup", self.ids()[0]])
        self.assertEqual(result.stderr, "")
        self.assertEqual(self.holdfast("backup", "exec:seq 1 1000", "-q").expect(OK).stdout, "")

    def test_a_plain_backup_is_a_file_that_gunzip_reads(self):
        self.backup("exec:printf 'select 1;\\n'")
        names = sorted(name for name in self.files() if "backup_" in name)
        streams = [name for name in names if re.search(r"backup_\d{8}_\d{6}[^/]*\.sql\.gz$", name)]
        self.assertEqual(len(streams), 1, names)
        self.assertIn(streams[0].removesuffix(".sql.gz") + ".manifest.json", names)
        plain = subprocess.run(["gunzip", "-c", self.repository / streams[0]], capture_output=True, check=True).stdout
        self.assertEqual(plain, b"select 1;\n")

    def test_a_failing_command_leaves_nothing_listed(self):
        before = self.files()
        for source in ("exec:sh -c 'seq 1 100000; echo no such table >&2; exit 3'", "exec:sh -c 'seq 1 10; kill -9 $$'"):
            result = self.holdfast("backup", source, "--json").expect(FAILED)
            self.assertEqual(result.json["error"]["code"], "source")
        self.assertIn("exit status 3", self.holdfast("backup", "exec:sh -c 'exit 3'").expect(FAILED).error_line)
        result = self.holdfast("backup", "exec:no-such-program-anywhere").expect(FAILED)
        self.assertIn("no-such-program-anywhere", result.error_line)
        self.assertEqual(self.ids(), [])
        self.assertEqual(self.files(), before)

    def test_wrong_sources_and_options_are_usage(self):
        for arguments in (["exec:a | b"], ["exec:"], ["nonsense"], ["nonsense:x"], ["exec:seq 1", "-o", "x"], ["exec:seq 1", "-o", "none=1"],
                          ["exec:seq 1", "--tag", "x"], ["exec:seq 1", "--compression", "zip"], ["exec:seq 1", "-j", "0"]):
            with self.subTest(arguments):
                self.holdfast("backup", *arguments).expect(USAGE)
        self.assertEqual(self.ids(), [])

    def test_arguments_reach_the_command_as_they_are(self):
        words = ["printf", "%s\\n", "a b", "$(touch hacked)", "`id`", "'\"\\", "; rm -rf x", "*", "-r", "é\u202e"]
        self.holdfast("backup", "exec:", "-o", "argv=" + json.dumps(words), cwd=self.folder).expect(OK)
        self.assertEqual(self.holdfast("export", "latest", "-o", "-").expect(OK).stdout, "".join(word + "\n" for word in words[2:]))
        self.assertEqual(sorted(os.listdir(self.folder)), ["repository"])

    def test_names_that_steer_a_terminal_are_shown_harmless(self):
        self.holdfast("backup", "exec:printf '\x1b[2J'", "--tag", "k=\x1b[31mred\x07").expect(OK)
        for command in (["list"], ["show", "latest"]):
            self.assertNotIn("\x1b", self.holdfast(*command).expect(OK).stdout)
        self.assertEqual(self.holdfast("list", "--json").json["backups"][0]["tags"], {"k": "\x1b[31mred\x07"})

    def test_passwords_in_the_command_are_not_kept(self):
        result = self.holdfast("backup", "exec:echo --password=hunter2 postgresql://u:hunter3@h/db", "--compression", "none", "--json").expect(OK)
        self.assertNotIn("hunter", result.stdout + result.stderr)
        manifest = next(text for name, text in self.files().items() if name.endswith(".manifest.json"))
        self.assertNotIn(b"hunter", manifest)

    def test_an_empty_output_is_done_with_a_warning(self):
        result = self.holdfast("backup", "exec:true", "--json").expect(WARNINGS)
        self.assertEqual(result.json["warnings"], 1)
        self.assertEqual([event["event"] for event in result.events if event["event"] == "warning"], ["warning"])
        self.assertRegex(self.holdfast("backup", "exec:true").expect(WARNINGS).stderr, r"\Aholdfast: warning: [^\n]+\n\Z")

    def test_several_sources_share_one_commit(self):
        made = self.holdfast("backup", "exec:seq 1 10", "exec:seq 5", "--json").expect(OK).json["backup"]
        self.assertEqual([source["uri"] for source in made["sources"]], ["exec:seq 1 10", "exec:seq 5"])
        self.holdfast("backup", "exec:seq 1 10", "exec:false").expect(FAILED)
        self.assertEqual(self.ids(), [made["id"]])
        self.assertEqual(self.holdfast("export", "latest", "-o", "-", "--source", "1").expect(OK).stdout, "1\n2\n3\n4\n5\n")
        self.holdfast("export", "latest", "-o", "-", "--source", "2").expect(USAGE)

    def test_a_backup_that_is_not_there_exits_5(self):
        self.backup()
        for arguments in (["show", "nothing"], ["restore", "nothing", "exec:cat"], ["verify", "nothing"], ["remove", "nothing"],
                          ["export", "nothing", "-o", self.folder / "x"]):
            with self.subTest(arguments):
                self.holdfast(*arguments).expect(NO_SUCH)
        self.assertFalse((self.folder / "x").exists())

    def test_removed_backups_are_gone(self):
        first, second = self.backup()["id"], self.backup()["id"]
        self.holdfast("remove", first, "nothing").expect(NO_SUCH)
        self.assertEqual(len(self.ids()), 2)
        self.assertEqual(self.holdfast("remove", first, "--json").expect(OK).json["removed"], [first])
        self.assertEqual(self.ids(), [second])

    def test_progress_is_json_lines_with_json(self):
        result = self.holdfast("backup", "exec:seq 1 3000000", "--json").expect(OK)
        self.assertIn("phase", {event["event"] for event in result.events})
        for event in result.events:
            self.assertLessEqual({"event", "message", "object", "bytes_done", "bytes_total", "bytes_stored"}, set(event))
        self.assertEqual(result.stdout.count("\n"), 1)

    def test_a_bar_is_drawn_where_asked_for(self):
        result = self.holdfast("backup", "exec:seq 1 3000000", "--progress", "bar").expect(OK)
        last = re.split(r"[\r\n]", result.stderr.rstrip("\n"))[-1]
        self.assertRegex(last, r"^seq  22\.9 MB read  [\d.]+ [kM]B stored  [\d.]+ [kMG]?B/s  0:00:\d\d\x1b\[K$")


class Restoring(CommandCase):
    def test_a_target_that_fails_or_stops_reading_is_a_failure(self):
        self.backup("exec:seq 1 100000")
        for target in ("exec:true", "exec:head -n 1", "exec:sh -c 'cat >/dev/null; exit 9'"):
            with self.subTest(target):
                self.assertEqual(self.holdfast("restore", "latest", target, "--json").expect(FAILED).json["error"]["code"], "target")
        self.holdfast("restore", "latest", "exec:cat > x").expect(USAGE)

    def test_damage_is_never_restored_as_if_it_were_whole(self):
        self.backup("exec:seq 1 1000")
        stream = next(self.repository.rglob("*.sql.gz"))
        data = bytearray(stream.read_bytes())
        data[len(data) // 2] ^= 1
        stream.chmod(0o644)
        stream.write_bytes(data)
        result = self.holdfast("restore", "latest", "exec:cat", "--json").expect(FAILED)
        self.assertEqual(result.json["error"]["code"], "corrupt")
        target = self.folder / "x.sql"
        self.holdfast("export", "latest", "-o", target).expect(FAILED)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["repository"])
        self.holdfast("verify", "--level", "full").expect(FAULT)


class Verifying(CommandCase):
    encrypted = True

    def test_quick_and_full_look_at_everything(self):
        made = [self.backup()["id"], self.backup()["id"]]
        for level in ("quick", "full"):
            report = self.holdfast("verify", "--level", level, "--json").expect(OK).json
            self.assertTrue(report["ok"])
            self.assertEqual(report["level"], level)
            self.assertEqual({one["backup"] for one in report["reports"]}, {None, *made})
            self.assertEqual([one["faults"] for one in report["reports"]], [[], [], []])
        self.assertEqual([backup["level"] for backup in self.holdfast("list", "--json").json["backups"]], ["checksummed", "checksummed"])

    def test_a_lost_object_is_a_fault_on_a_line(self):
        self.backup()
        next(path for path in self.repository.rglob("*backup_*") if path.is_file() and "manifest" not in path.name).unlink()
        result = self.holdfast("verify", "latest").expect(FAULT)
        self.assertRegex(result.stdout, r"(?m)^FAULT \S+: .+$")
        report = self.holdfast("verify", "latest", "--json").expect(FAULT).json
        self.assertFalse(report["ok"])
        self.assertEqual(set(report["reports"][0]["faults"][0]), {"object", "what"})
        self.holdfast("verify").expect(FAULT)

    def test_restore_feeds_the_target_and_records_the_proof(self):
        self.backup()
        self.assertIn("--target", self.holdfast("verify", "--level", "restore").expect(FAILED).error_line)
        result = self.holdfast("verify", "latest", "--level", "restore", "--target", "exec:cat").expect(OK)
        self.assertRegex(result.stdout, r"^PROVED level restored \(restored into the command cat in [\d.]+ s\)$")
        listed = self.holdfast("list", "--json").json["backups"][0]
        self.assertEqual(listed["level"], "restored")
        self.assertIsNotNone(listed["proven"])
        self.assertRegex(self.holdfast("list").stdout, r"restored \d{4}-")

    def test_a_target_that_refuses_the_backup_is_a_fault(self):
        self.backup()
        result = self.holdfast("verify", "latest", "--level", "restore", "--target", "exec:false", "--json").expect(FAULT)
        self.assertEqual(len(result.json["reports"][0]["proof"]["faults"]), 1)
        self.assertEqual(self.holdfast("list", "--json").json["backups"][0]["level"], "stored")


class Expiring(CommandCase):
    def test_a_dry_run_writes_nothing_and_the_same_policy_then_removes(self):
        made = [self.backup()["id"] for _ in range(3)]
        before = self.files()
        plan = self.holdfast("expire", "--keep-last", "1", "--dry-run", "--json").expect(OK).json
        self.assertEqual((plan["dry_run"], plan["removed"]), (True, 2))
        self.assertEqual(self.files(), before)
        done = self.holdfast("expire", "--keep-last", "1", "--json").expect(OK).json
        self.assertEqual(done["decisions"], plan["decisions"])
        self.assertEqual([(one["backup"], one["action"]) for one in done["decisions"]],
                         [(made[2], "keep"), (made[1], "remove"), (made[0], "remove")])
        self.assertTrue(done["decisions"][0]["reasons"])
        self.assertEqual(self.ids(), [made[2]])

    def test_the_minimum_holds(self):
        made = self.backup()["id"]
        self.holdfast("expire", "--keep-tag", "none").expect(OK)
        self.assertEqual(self.ids(), [made])
        self.assertIn("no rule says what to keep", self.holdfast("expire", "--minimum", "1").expect(USAGE).stderr)


class Exporting(CommandCase):
    encrypted = True

    def setUp(self):
        super().setUp()
        self.backup()
        self.plain = "".join(f"{n}\n" for n in range(1, 1001)).encode()

    def test_the_name_says_how_it_is_compressed(self):
        self.holdfast("export", "latest", "-o", self.folder / "a.sql").expect(OK)
        self.assertEqual((self.folder / "a.sql").read_bytes(), self.plain)
        report = self.holdfast("export", "latest", "-o", self.folder / "a.sql.gz", "--json").expect(OK).json
        data = (self.folder / "a.sql.gz").read_bytes()
        self.assertEqual(gzip.decompress(data), self.plain)
        self.assertEqual((report["format"], report["bytes"]), ("stream", len(data)))
        self.holdfast("export", "latest", "-o", self.folder / "a.sql.zst").expect(OK)
        if shutil.which("zstd"):
            out = subprocess.run(["zstd", "-dc", self.folder / "a.sql.zst"], capture_output=True, check=True).stdout
            self.assertEqual(out, self.plain)
        self.holdfast("export", "latest", "-o", self.folder / "b", "--compression", "gzip").expect(OK)
        self.assertEqual(gzip.decompress((self.folder / "b").read_bytes()), self.plain)

    def test_an_existing_file_is_kept_unless_forced(self):
        file = self.folder / "a.sql"
        file.write_text("mine")
        self.assertIn("--force", self.holdfast("export", "latest", "-o", file).expect(FAILED).error_line)
        self.assertEqual(file.read_text(), "mine")
        self.holdfast("export", "latest", "-o", file, "--force").expect(OK)
        self.assertEqual(file.read_bytes(), self.plain)

    def test_a_failed_export_leaves_no_file(self):
        self.holdfast("export", "latest", "-o", self.folder / "a.dump", "--format", "archive").expect(FAILED)
        self.holdfast("export", "latest", "-o", self.folder / "none" / "a.sql").expect(FAILED)
        self.assertEqual(sorted(os.listdir(self.folder)), ["repository"])

    def test_standard_output_that_goes_away_is_a_failure(self):
        self.backup("exec:seq 1 1000000")
        process = self.holdfast.start("export", "latest", "-o", "-")
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), FAILED)
        self.assertIn("standard output", process.stderr.read())
        process.stderr.close()


class Interrupted(CommandCase):
    """A source that reports its beginning and then runs for a long time."""

    def begin(self):
        self.backup()
        self.before = self.files()
        marker = self.folder / "begun"
        process = self.holdfast.start("backup", f"exec:sh -c 'echo $$ > \"$1\"; seq 1 200000; sleep 300' sh {marker}")
        self.assertTrue(wait_until(lambda: marker.exists() and marker.read_text().strip()), "the source never began")
        self.child = int(marker.read_text())
        return process

    def child_is_gone(self):
        return wait_until(lambda: not pathlib.Path(f"/proc/{self.child}").exists())

    def test_a_signal_cancels_and_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                process = self.begin()
                process.send_signal(number)
                self.assertEqual(finish(process).exit, CANCELLED)
                self.assertTrue(self.child_is_gone())
                self.assertEqual(self.files(), self.before)
                (self.folder / "begun").unlink()

    def test_under_nohup_a_hangup_does_not_cancel(self):
        nohup = ["nohup", command_path(), "backup", "exec:sh -c 'kill -HUP $PPID; sleep 0.5; echo data'", "-r", str(self.repository)]
        done = subprocess.run(nohup, env=self.holdfast.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, OK, done.stderr)

    def test_kill_9_keeps_earlier_backups_and_lists_no_other(self):
        process = self.begin()
        listed = self.ids()
        process.kill()
        finish(process)
        self.assertTrue(self.child_is_gone())
        self.assertEqual(self.ids(), listed)
        self.holdfast("verify", "--level", "full").expect(OK, WARNINGS)
        self.backup()
        self.assertEqual(len(self.ids()), len(listed) + 1)


if __name__ == "__main__":
    harness.main()
