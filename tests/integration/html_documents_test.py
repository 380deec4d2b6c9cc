"""The HTML of the interfaces and pages: how the sources are read, and in a long run that Doxygen makes all of it, says nothing about the
public headers, and leaves no link that leads nowhere."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import harness
from budget import LONG

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs" / "html"))
import filter as html_filter  # noqa: E402

BUILD = pathlib.Path(os.environ.get("HOLDFAST", "")).parent


class Sources(unittest.TestCase):
    def test_comments_of_c_headers_become_documentation(self):
        text = html_filter.c_header("/* All. */\n#ifndef X\n/* --- One --- */\n/* Does a@b. */\nint f(void);\n#define Y 1 /* yes */\n"
                                    "/* --- Two --- */\n#ifdef __cplusplus\n}\n#endif /* X */\n")
        self.assertIn("/** @file\n * All. */", text)
        self.assertIn("/** @name One */ /** @{ */\n/** Does a\\@b. */\nint f", text)
        self.assertIn("#define Y 1 /**< yes */", text)
        self.assertIn("/** @} */ /** @name Two */", text)
        self.assertIn("#endif /* X */", text)
        self.assertEqual(text.count("@{"), text.count("@}"))

    def test_every_c_header_is_still_one(self):
        for header in sorted((ROOT / "capi/include").glob("*.h")):
            text = header.read_text(encoding="utf-8")
            shown = html_filter.c_header(text)
            self.assertEqual(re.sub(r"/\*.*?\*/|\s", "", shown, flags=re.DOTALL), re.sub(r"/\*.*?\*/|\s", "", text, flags=re.DOTALL), header)
            self.assertEqual(shown.count("@{"), shown.count("@}"), header)

    def test_links_and_anchors_of_pages(self):
        page = ROOT / "docs/storage.md"
        text = html_filter.markdown("# S\n## Locked `buckets`\n## Same\n## Same\n[a](audit.md#export) [h](../capi/include/holdfast.h)\n"
                                    "[e](../examples/c_minimal/main.c) [l](../LICENSE) [w](https://w.example/x)\n```sh\n# no heading\n```\n", page)
        self.assertIn("# S {#page-storage}\n## Locked buckets {#page-storage-locked-buckets}\n", text)
        self.assertIn("## Same {#page-storage-same-1}", text)
        self.assertIn("[a](@ref page-audit-export) [h](@ref holdfast.h)\n", text)
        self.assertIn("[e](c_minimal_2main_8c-example.html) l [w](https://w.example/x)\n```sh\n# no heading\n```", text)


@unittest.skipUnless(LONG, "a long run does it: it takes half a minute")
class Html(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("doxygen"):
            raise unittest.SkipTest("no doxygen here")
        subprocess.run(["cmake", BUILD], check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run(["cmake", "--build", BUILD, "--target", "docs"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_no_warning_is_about_a_public_header(self):
        warnings = (BUILD / "docs/warnings.txt").read_text(encoding="utf-8").splitlines()
        self.assertEqual([line for line in warnings if re.match(r"\S+\.(h|hpp):", line)], [])

    def test_each_interface_and_page_is_there_and_each_link_leads_somewhere(self):
        html = BUILD / "docs/html"
        for name in ("index", "holdfast_8h", "classholdfast_1_1Storage", "page-python-reference", "page-storage", "c_minimal_2main_8c-example"):
            self.assertTrue((html / f"{name}.html").is_file(), name)
        lost = []
        for page in html.glob("*.html"):
            for link in re.findall(r'href="([^":#]+\.html)', page.read_text(encoding="utf-8")):
                if not (html / link).is_file():
                    lost.append(f"{page.name}: {link}")
        self.assertEqual(lost, [])


if __name__ == "__main__":
    harness.main()
