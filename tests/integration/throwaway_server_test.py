"""The throw-away PostgreSQL server, which every other integration test uses."""

import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

import harness
import pg


def alive(pid):
    return pathlib.Path(f"/proc/{pid}").exists()


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


class ThrowawayServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()

    def test_is_gone_with_its_directory_when_the_block_ends(self):
        with pg.PgServer() as server:
            pid, directory = server.pid, server.directory
            self.assertEqual(server.psql("SELECT 41 + 1"), "42")
        self.assertFalse(alive(pid))
        self.assertFalse(directory.exists())

    def test_is_gone_when_the_block_fails(self):
        with self.assertRaises(pg.PgError):
            with pg.PgServer() as server:
                pid, directory = server.pid, server.directory
                server.psql("SELECT no_such_column")
        self.assertFalse(alive(pid))
        self.assertFalse(directory.exists())

    def test_leaves_nothing_when_a_setting_keeps_it_from_starting(self):
        server = pg.PgServer(settings={"shared_buffers": "nonsense"})
        with self.assertRaisesRegex(pg.PgError, "shared_buffers"):
            with server:
                pass
        self.assertIsNone(server.directory)

    def test_does_not_listen_on_the_network_unless_asked(self):
        with pg.PgServer() as server:
            self.assertEqual(server.psql("SHOW listen_addresses"), "")
        with pg.PgServer(tcp=True) as server:
            said = server.run("psql", "-XqAt", "-d", server.uri(tcp=True), "-c", "SELECT inet_server_port()")
            self.assertEqual(said.strip(), str(server.port))
            wrong = server.uri(tcp=True).replace(server.password, "wrong")
            with self.assertRaisesRegex(pg.PgError, "password authentication failed"):
                server.run("psql", "-XqAt", "-d", wrong, "-c", "SELECT 1")

    def test_reaches_databases_of_any_name(self):
        name = 'a "b" %c/d?e&f=g\nü \''
        with pg.PgServer() as server:
            server.create_db(name)
            self.assertEqual(server.psql("SELECT current_database()", db=name), name)
            self.assertEqual(server.databases(), name.split("\n"))
            server.drop_db(name)
            self.assertEqual(server.databases(), [])

    def test_two_schema_dumps_of_one_database_are_equal(self):
        with pg.PgServer() as server:
            server.create_db("one")
            server.psql("CREATE TABLE t (a int PRIMARY KEY, b text)", db="one")
            first = server.dump_schema("one")
            self.assertIn("CREATE TABLE public.t", first)
            self.assertEqual(first, server.dump_schema("one"))
            server.psql("ALTER TABLE t ADD c int", db="one")
            self.assertNotEqual(first, server.dump_schema("one"))

    def test_keeps_what_was_committed_through_a_crash_when_durable(self):
        with pg.PgServer(durable=True) as server:
            server.psql("CREATE TABLE kept (a int)")
            server.halt(signal.SIGQUIT)
            server.restart()
            self.assertEqual(server.psql("SELECT count(*) FROM kept"), "0")

    def test_served_to_a_script_ends_when_the_script_is_killed(self):
        script = f"coproc PG {{ exec {sys.executable} {pg.__file__} serve; }}; read -r line <&${{PG[0]}}; echo $line; sleep 60"
        shell = subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True)
        settings = dict(pair.split("=", 1) for pair in shell.stdout.readline().split())
        directory = pathlib.Path(settings["PGHOST"])
        pid = int((directory / "data" / "postmaster.pid").read_text().splitlines()[0])
        self.assertTrue(alive(pid))
        os.kill(shell.pid, signal.SIGKILL)
        shell.wait()
        shell.stdout.close()
        self.assertTrue(wait_until(lambda: not alive(pid)))
        self.assertTrue(wait_until(lambda: not directory.exists()))


if __name__ == "__main__":
    harness.main()
