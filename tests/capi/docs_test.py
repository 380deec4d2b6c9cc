"""docs/c-api.md and docs/embedding.md: each snippet compiles, and the lists in them and in docs/command.md match the
library. `docs_test.py --write` renews those lists."""

import ctypes
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = os.environ.get("HOLDFAST_CAPI", "")
PAGES = [ROOT / "docs" / name for name in ("c-api.md", "embedding.md", "audit.md", "envelope.md")]
LISTING = [*PAGES, ROOT / "docs" / "command.md", ROOT / "docs" / "catalog.md"]
CC = os.environ.get("CC") or "gcc"
TYPES = {1: "string", 2: "integer", 3: "boolean", 4: "bytes", 5: "list", 6: "family", 7: "size", 8: "duration", 9: "choice"}
# The section of docs/storage.md with the options of each storage.
SECTIONS = {"": "For every storage", "s3": "S3", "gs": "Google Cloud Storage", "azblob": "Azure Blob Storage", "sftp": "SFTP", "command": "A program of your own"}
# The page with the options of each driver.
DRIVER_PAGES = {"postgresql": "postgresql.md", "files": "files.md", "exec": "command.md", "cloudsql": "cloudsql.md"}
PART = re.compile(r"<!-- generated: (\w+) -->\n(.*?)<!-- end -->", re.DOTALL)


class OptionInfo(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("type", ctypes.c_int32), ("name", ctypes.c_char_p), ("default_value", ctypes.c_char_p),
                ("help", ctypes.c_char_p), ("minimum", ctypes.c_int64), ("maximum", ctypes.c_int64), ("is_secret", ctypes.c_int32),
                ("choices", ctypes.c_char_p), ("calls", ctypes.c_char_p), ("unit", ctypes.c_char_p)]


def options():
    """Returns the table of options, as the library lists them."""
    library = ctypes.CDLL(LIBRARY)
    library.holdfast_option_count.restype = ctypes.c_size_t
    library.holdfast_option_at.restype = ctypes.POINTER(OptionInfo)
    library.holdfast_option_at.argtypes = [ctypes.c_size_t]
    rows = ["| option | type | default | |", "|---|---|---|---|"]
    for index in range(library.holdfast_option_count()):
        info = library.holdfast_option_at(index).contents
        kind = TYPES[info.type] + (", secret" if info.is_secret else "")
        name = info.name.decode() + ("NAME" if kind == "family" else "")
        help_text = info.help.decode().replace("|", "\\|")
        rows.append(f"| `{name}` | {kind} | {info.default_value.decode()} | {help_text} |")
    return "\n".join(rows) + "\n"


def declared(kind, title):
    """Returns the options of each driver ("driver", "name") or storage ("storage_kind", "scheme"), as the library lists
    them."""
    library = ctypes.CDLL(LIBRARY)
    for name, result, arguments in (("count", ctypes.c_size_t, []), (title, ctypes.c_char_p, [ctypes.c_size_t]),
                                    ("option_count", ctypes.c_size_t, [ctypes.c_size_t]),
                                    ("option_at", ctypes.POINTER(OptionInfo), [ctypes.c_size_t, ctypes.c_size_t])):
        function = getattr(library, f"holdfast_{kind}_{name}")
        function.restype, function.argtypes = result, arguments

    def call(name, *arguments):
        return getattr(library, f"holdfast_{kind}_{name}")(*arguments)

    return {call(title, owner).decode(): [call("option_at", owner, index).contents for index in range(call("option_count", owner))]
            for owner in range(call("count"))}


def driver_options():
    """Returns the options of all drivers, as a table."""
    rows = ["| driver | option | takes | default | in | |", "|---|---|---|---|---|---|"]
    for driver, infos in declared("driver", "name").items():
        for info in infos:
            choices = " or ".join(f"`{choice}`" for choice in info.choices.decode().split("|"))
            takes = choices if TYPES[info.type] == "choice" else TYPES[info.type]
            default = f"`{info.default_value.decode()}`" if info.default_value else ""
            rows.append(f"| {driver} | `{info.name.decode()}` | {takes} | {default} | {info.calls.decode().replace('|', ', ')} | {info.help.decode()} |")
    return "\n".join(rows) + "\n"


def functions():
    """Returns all functions, by section of the headers."""
    lines = []
    include = ROOT / "capi" / "include"
    for header in (include / "holdfast.h", *sorted(include.glob("holdfast_*.h"))):
        text = header.read_text()
        for title, body in re.findall(r"^/\* --- (.*?) -+ \*/\n(.*?)(?=^/\* --- |\Z)", text, re.DOTALL | re.MULTILINE):
            names = re.findall(r"HOLDFAST_API\s[^;(]*?\b(holdfast_\w+)\(", re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL))
            if names:
                lines.append(f"**{title}** (`{header.name}`): " + ", ".join(f"`{name}`" for name in names) + "\n")
    return "\n".join(lines)


def drivers():
    """Returns the table of drivers, as the library describes them."""
    library = ctypes.CDLL(LIBRARY)
    text, error = ctypes.c_char_p(), ctypes.c_void_p()
    if library.holdfast_drivers_to_json(ctypes.byref(text), None, ctypes.byref(error)) != 0:
        raise AssertionError("holdfast_drivers_to_json failed")
    rows = ["| driver | URIs | exports as | counts | parts | as of one moment | highest proof |", "|---|---|---|---|---|---|---|"]
    for driver in json.loads(text.value):
        uris = ", ".join(f"`{scheme}:`" for scheme in driver["schemes"])
        formats = "; ".join(f"`{format['name']}`: {format['help']}" for format in driver["formats"])
        yes = {True: "yes", False: "no"}
        rows.append(f"| `{driver['name']}` | {uris} | {formats} | {', '.join(driver['counts'])} | {yes[driver['selection']]} "
                    f"| {yes[driver['consistent']]} | {driver['proof']} |")
    return "\n".join(rows) + "\n"


def catalog():
    """Returns everything that the library has, as it says itself."""
    library = ctypes.CDLL(LIBRARY)
    text, error = ctypes.c_char_p(), ctypes.c_void_p()
    if library.holdfast_catalog_to_json(ctypes.byref(text), None, ctypes.byref(error)) != 0:
        raise AssertionError("holdfast_catalog_to_json failed")
    return json.loads(text.value)


def table(*columns):
    """Returns the function that makes a table of rows of texts."""
    def make(rows):
        cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
        return "\n".join(f"| {' | '.join(row)} |" for row in [columns, ["---"] * len(columns), *cells]) + "\n"
    return make


def option_cells(option):
    """Returns the cells that describe one option."""
    takes = " or ".join(f"`{choice}`" for choice in option["choices"]) or option["type"] + (", secret" if option["secret"] else "")
    default = f"`{option['default']}`" if option["default"] else ""
    unbounded = (0, 0, 2**63 - 1)
    low, high = option["minimum"], option["maximum"]
    bounds = "" if low == 0 and high in unbounded else f"{low} to {high}" if high not in unbounded else f"from {low}"
    return [f"`{option['name']}`", takes, default, bounds, option["unit"], option["help"]]


def storage_options():
    """Returns the options of all storages."""
    rows = [[kind["scheme"] or "all", *option_cells(option)] for kind in catalog()["storages"] for option in kind["options"]]
    return table("storage", "option", "takes", "default", "bounds", "unit", "")(rows)


def storage_forms():
    """Returns the storages and their URIs."""
    return table("storage", "URI")([[kind["scheme"], f"`{kind['form']}`"] for kind in catalog()["storages"] if kind["scheme"]])


def transforms():
    """Returns the transforms."""
    return table("transform", "as an option", "suffix", "")(
        [[f"`{kind['name']}`", f"`{kind['form']}`" if kind["form"] else "", f"`{kind['suffix']}`" if kind["suffix"] else "", kind["help"]]
         for kind in catalog()["transforms"]])


def proof_levels():
    """Returns the levels of proof."""
    return table("level", "promises")([[level["level"], level["help"]] for level in catalog()["proof_levels"]])


GENERATED = {"storage_options": storage_options, "storage_forms": storage_forms, "transforms": transforms, "proof_levels": proof_levels,
             "options": options, "drivers": drivers, "driver_options": driver_options, "functions": functions}


def compile_snippet(code):
    head = "#include <holdfast_audit.h>\n#include <holdfast_driver.h>\n#include <holdfast_notify.h>\n#include <holdfast_envelope.h>\n#include <holdfast_mask.h>\n#include <holdfast_options.h>\n#include <holdfast_report.h>\n#include <holdfast_sql.h>\n#include <holdfast_storages.h>\n#include <stdio.h>\n#include <string.h>\n"
    if not code.startswith("static"):
        given = "holdfast_repository *repository, holdfast_options *options, const void *data, size_t length, holdfast_error **err"
        given = given.replace(", size_t length", "") if re.search(r"\bsize_t length\b", code) else given
        unused = "(void)repository, (void)options, (void)data, (void)err;"
        code = f"holdfast_status example({given});\nholdfast_status example({given}) {{\n{unused}\n{code}return HOLDFAST_OK;\n}}\n"
    done = subprocess.run([CC, "-std=c99", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-unused-function", "-Werror", "-x", "c",
                           "-I", ROOT / "capi" / "include", "-"], input=head + code, capture_output=True, text=True, check=False)
    return done.stderr


class Docs(unittest.TestCase):
    @unittest.skipUnless(shutil.which(CC), "no C compiler here")
    def test_every_snippet_compiles(self):
        for page in PAGES:
            snippets = re.findall(r"^```c\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
            self.assertTrue(snippets)
            for number, code in enumerate(snippets, 1):
                with self.subTest(f"{page.name} {number}"):
                    self.assertEqual(compile_snippet(code), "")

    @unittest.skipUnless(LIBRARY and not harness.sanitized(LIBRARY), "no library here that another program can load")
    def test_lists_are_what_the_library_has(self):
        for page in LISTING:
            for name, text in PART.findall(page.read_text()):
                with self.subTest(name):
                    self.assertEqual(text, GENERATED[name](), "renew it: tests/capi/docs_test.py --write, with HOLDFAST_CAPI set to the library")

    @unittest.skipUnless(LIBRARY and not harness.sanitized(LIBRARY), "no library here that another program can load")
    def test_storage_page_has_what_storages_declare(self):
        page = (ROOT / "docs" / "storage.md").read_text()
        sections = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE))
        storages = declared("storage_kind", "scheme")
        self.assertEqual({scheme for scheme, infos in storages.items() if infos}, set(SECTIONS))
        for scheme, title in SECTIONS.items():
            defaults = {info.name.decode(): info.default_value.decode() for info in storages[scheme]}
            for name in defaults:
                with self.subTest(storage=scheme, option=name):
                    self.assertRegex(sections[title], rf"`{name}[`=]", "docs/storage.md does not name it")
            for table in re.findall(r"^\| option \|.*?(?=^\n|\Z)", sections[title], re.DOTALL | re.MULTILINE):
                for row in re.findall(r"^\| (`.*?) \| (.*?) \|", table, re.MULTILINE):
                    with self.subTest(storage=scheme, row=row[0]):
                        self.check_row(*row, defaults)

    def check_row(self, names, default, defaults):
        """Checks that the storage declares a row's options, with the defaults of the row."""
        names = re.findall(r"`(\w+)(?:\.KEY)?[`=]", names)
        self.assertEqual(set(names) - set(defaults), set(), "the storage does not take it")
        said = re.findall(r"`([^`]*)`", default)
        if len(said) == len(names) and re.fullmatch(r"`[^`]*`(, `[^`]*`)*", default):
            self.assertEqual(dict(zip(names, said)), {name: defaults[name] for name in names})

    @unittest.skipUnless(LIBRARY and not harness.sanitized(LIBRARY), "no library here that another program can load")
    def test_page_of_each_driver_names_its_options(self):
        for driver, infos in declared("driver", "name").items():
            text = (ROOT / "docs" / DRIVER_PAGES[driver]).read_text()
            for info in infos:
                self.assertRegex(text, rf"\b{info.name.decode()}\b", f"docs/{DRIVER_PAGES[driver]} does not name it")

    def test_every_option_is_looked_at(self):
        """Every declared option is used: the code that reads options has its key, or for those that several operations
        have, its operation."""
        source = "".join(path.read_text() for path in (ROOT / "capi" / "src").glob("*.cpp") if path.name != "option_table.cpp")
        table = (ROOT / "capi" / "src" / "option_table.cpp").read_text()
        for key in re.findall(r'"((?:backup|driver|entry|expire|export|gc|host|limits|process|quota|replica|repository|restore|retry|storage|throttle|tier|verify)\.[\w.]*)"', table):
            operation, _, part = key.partition(".")
            shared = {"include": "selection", "exclude": "selection", "mask": "mask", "mask_key": "mask"}.get(part)
            read = f'"{key}"' in source or (shared and re.search(rf'\b{shared}\(\w+, "{operation}"\)', source))
            self.assertTrue(read, key)

    def test_the_readme_shows_the_example_itself(self):
        example = (ROOT / "examples" / "c_minimal" / "main.c").read_text()
        self.assertIn(f"```c\n{example}```\n", (ROOT / "README.md").read_text())


def write():
    for page in LISTING:
        page.write_text(PART.sub(lambda part: f"<!-- generated: {part.group(1)} -->\n{GENERATED[part.group(1)]()}<!-- end -->", page.read_text()))
    readme = ROOT / "README.md"
    example = (ROOT / "examples" / "c_minimal" / "main.c").read_text()
    shown = re.compile(r"^```c\n.*?^```\n", re.DOTALL | re.MULTILINE)
    readme.write_text(shown.sub(lambda _: f"```c\n{example}```\n", readme.read_text()))


if __name__ == "__main__":
    if "--write" in sys.argv:
        write()
    else:
        harness.main()
