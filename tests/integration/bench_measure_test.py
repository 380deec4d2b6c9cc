"""The benchmark's measuring detects everything that a contender does."""

import os
import pathlib
import sys
import tempfile
import unittest

import harness
import holdfast

sys.path.insert(0, str(holdfast.ROOT / "tests" / "bench"))
import measure  # noqa: E402


class Measure(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.place = pathlib.Path(directory.name)
        (self.place / "store").mkdir()

    def cost(self, *programs, **files):
        commands = [[sys.executable, "-c", program] for program in programs]
        return measure.run_chain(commands, os.getpid(), self.place, [self.place / "store"], **files)

    def test_counts_the_memory_of_a_child_of_a_child(self):
        hungry = "b = bytearray(120 << 20); b[::4096] = b'x' * len(b[::4096]); import time; time.sleep(0.3)"
        cost = self.cost(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hungry!r}])")
        self.assertGreater(cost.peak_bytes, 120 << 20)

    def test_adds_up_the_memory_of_all_processes_of_a_pipe(self):
        hungry = "b = bytearray(60 << 20); b[::4096] = b'x' * len(b[::4096]); import time; time.sleep(0.5)"
        self.assertGreater(self.cost(hungry, hungry).peak_bytes, 120 << 20)

    def test_counts_the_cpu_of_a_child_of_a_child(self):
        busy = "import time\nwhile time.process_time() < 0.4: pass"
        self.assertGreaterEqual(self.cost(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])").client_cpu, 0.4)

    def test_sees_a_temporary_file_even_without_a_name(self):
        write = "import tempfile, time; f = tempfile.{}(); f.write(b'x'); f.flush(); time.sleep(0.3)"
        self.assertTrue(self.cost(write.format("NamedTemporaryFile")).stray_files)
        self.assertTrue(self.cost(write.format("TemporaryFile")).stray_files)

    def test_sees_a_file_left_in_the_working_directory(self):
        self.assertTrue(self.cost("import time; open('left', 'w'); time.sleep(0.3)").stray_files)

    def test_allows_the_store_and_anonymous_memory(self):
        store = self.place / "store" / "backup"
        cost = self.cost(f"import os, time; f = open({str(store)!r}, 'w'); m = os.memfd_create('m'); time.sleep(0.2)")
        self.assertEqual(cost.stray_files, set())

    def test_pipes_one_program_into_the_next(self):
        source, output = self.place / "store" / "source", self.place / "store" / "output"
        source.write_text("abc")
        copy = "import sys; sys.stdout.write(sys.stdin.read() + 'd')"
        self.cost(copy, copy, source=source, output=output)
        self.assertEqual(output.read_text(), "abcdd")
        self.assertEqual(measure.stored_size(self.place / "store"), 8)

    def test_a_program_that_fails_is_no_result(self):
        with self.assertRaisesRegex(RuntimeError, "exited with 3: .*sorry"):
            self.cost("import sys; sys.stderr.write('sorry'); sys.exit(3)", "import sys; sys.stdin.read()")


if __name__ == "__main__":
    harness.main()
