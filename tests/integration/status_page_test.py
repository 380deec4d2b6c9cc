"""The status page in a real browser: no serious fault in axe-core's eyes, no request, nothing cut off, on telephone, screen
and paper, light and dark.

HOLDFAST_TEST_PICTURES names a folder in which pictures and prints of all pages are left, for a look.
"""

import os
import pathlib
import re
import shutil
import tempfile
import unittest

import browser
import harness
import places
import servers
from budget import LONG
from holdfast import FAILED, OK, WARNINGS, Holdfast, raw_key

BACKUPS = 5000 if LONG else 12
PICTURES = os.environ.get("HOLDFAST_TEST_PICTURES")
TELEPHONE, SCREEN, PAPER = 390, 1440, 718  # pixels; those of paper are the width of A4 less the usual margins
HOSTILE = ("</bdi><script>alert(1)</script>\"\\{}' \u202eevil", "\u05d2\u05d9\u05d1\u05d5\u05d9 \u0646\u0633\u062e", "<img src=http://127.0.0.1/x>",
           "\U0001f4be" * 40, "word" * 60, "&lt;b&gt;&#60;", " ")


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfpage.", dir=places.memory_directory()))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        try:
            browser.axe()
            cls.browser = cls.enterClassContext(browser.Browser())
        except servers.ServerError as error:
            raise unittest.SkipTest(str(error)) from error

    def repository(self, name, *more):
        """An initialised repository; `more` are further replicas."""
        holdfast = Holdfast(self.folder / name, key=raw_key())
        holdfast("init", "--layout", "plain", *more).expect(OK)
        return holdfast

    def page(self, holdfast, *more):
        path = pathlib.Path(holdfast.repository + ".html")
        holdfast("status", "--html", path, "--measure", *more).expect(OK, WARNINGS)
        return path

    def judge(self, path):
        """All that is demanded of a page, in each form."""
        for width in (TELEPHONE, SCREEN):
            for scheme in ("light", "dark"):
                with self.subTest(page=path.stem, width=width, scheme=scheme):
                    self.judge_form(path, f"{width}-{scheme}", width=width, scheme=scheme)
        with self.subTest(page=path.stem, form="print"):
            self.judge_form(path, "print", width=PAPER, media="print")

    def judge_form(self, path, form, **settings):
        page = self.browser.open(path, **settings)
        self.assertEqual(page.overflow(), 0)
        self.assertEqual(page.faults(), [])
        self.assertEqual(page.requests(), [path.as_uri()])
        self.assertEqual(page.complaints(), [])
        self.assertEqual(page.value("document.scripts.length + document.images.length"), 0)
        if PICTURES:
            page.picture(pathlib.Path(PICTURES) / f"{path.stem}-{form}.png")
        page.close()

    def test_a_page_without_backups(self):
        self.judge(self.page(self.repository("empty")))

    def test_a_page_of_hostile_names_failures_and_proofs(self):
        holdfast = self.repository("hostile")
        for number, name in enumerate(HOSTILE):
            for lines in range(1, 4):
                holdfast("backup", f"exec:seq 1 {lines * 1000 * number + lines}", "--tag", f"series={name}").expect(OK)
        holdfast("verify", "--level", "restore", "--target", "exec:cat").expect(OK)
        for name in HOSTILE[:2]:
            holdfast("backup", f"exec:sh -c 'echo \"<h1>{'x' * 300}</b>\" >&2; exit 1'", "--tag", f"series={name}").expect(FAILED)
        self.judge(self.page(holdfast))

    def test_a_page_with_a_replica_that_is_behind(self):
        other = self.folder / ("other-" + "long" * 30)
        more = ("-r", self.folder / "third", "-r", other)
        holdfast = self.repository("replicas", *more)
        other.rename(self.folder / "away")
        holdfast("backup", "exec:seq 1 10", *more).expect(WARNINGS)
        (self.folder / "away").rename(other)
        self.judge(self.page(holdfast, *more))

    def test_a_page_of_many_backups(self):
        holdfast = self.repository("many")
        for number in range(BACKUPS):
            holdfast("backup", f"exec:seq 1 {1 + number % 97}", "--series", "shop").expect(OK)
        self.judge(self.page(holdfast))

    def test_the_keyboard_reaches_every_table_and_link(self):
        holdfast = self.repository("keys")
        holdfast("backup", "exec:seq 1 10").expect(OK)
        page = self.browser.open(self.page(holdfast), width=TELEPHONE)
        wanted = page.value("document.querySelectorAll('a, .scroll').length")
        self.assertGreater(wanted, 2)
        seen = set()
        for _ in range(wanted):
            for kind in ("keyDown", "keyUp"):
                page.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
            seen.add(page.value("[...document.querySelectorAll('a, .scroll')].indexOf(document.activeElement)"))
            self.assertNotEqual(page.value("getComputedStyle(document.activeElement).outlineStyle"), "none")
        self.assertEqual(seen, set(range(wanted)))
        page.close()

    def test_a_print_is_light_though_the_screen_is_dark_and_has_no_more_pages_than_it_needs(self):
        holdfast = self.repository("print")
        holdfast("backup", "exec:seq 1 10").expect(OK)
        path = self.page(holdfast)
        page = self.browser.open(path, width=PAPER, scheme="dark", media="print")
        self.assertEqual(page.value("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
        page.close()
        page = self.browser.open(path, width=SCREEN, scheme="dark")
        file = pathlib.Path(PICTURES or self.folder) / "print.pdf"
        page.print(file)
        page.close()
        self.assertLessEqual(len(re.findall(rb"/Type /Page\b", file.read_bytes())), 2)


if __name__ == "__main__":
    harness.main()
