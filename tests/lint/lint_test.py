"""Checks the tree against its rules (rules.py), and that each rule can fail."""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import harness  # noqa: E402
import rules  # noqa: E402
from budget import some  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def project_files():
    """Files that git tracks, or would track because they are not ignored. Without git (a release tarball), everything
    outside build/."""
    listed = subprocess.run(["git", "-C", ROOT, "-c", f"safe.directory={ROOT}", "ls-files", "-coz", "--exclude-standard"],
                            capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.split("\0") if name]
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
        names = [name for name in names if not name.startswith(("build/", "out/", ".git/")) and "__pycache__" not in name]
    return sorted(name for name in names if (ROOT / name).is_file())


def read_tree():
    tree = {}
    for name in project_files():
        try:
            tree[name] = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return tree


HEADERS = 12  # that a short run compiles
COMPILER = os.environ.get("CXX") or "g++"
needs_compiler = unittest.skipUnless(shutil.which(COMPILER), "no C++ compiler here")


def compile_text(text, source, *warnings):
    """Writes a text to the file `source`, and returns the compiler's messages."""
    source.write_text(text)
    command = [COMPILER, "-std=c++20", "-fsyntax-only", *warnings, "-Werror", "-I", ROOT / "include", source]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def compile_header(header, source):
    """Returns the compiler's messages for a file that includes only one header, twice."""
    return compile_text(f'#include "{header}"\n#include "{header}"\n', source, "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Wshadow")


def compile_snippet(code, source):
    """The same for a document's example: its includes and aliases, then its statements in a function with the
    parameters that they use."""
    head = [line for line in code.splitlines() if line.startswith(("#include", "namespace"))]
    body = [line for line in code.splitlines() if line not in head]
    given = "std::string_view secret, const hf::Secret& key, std::shared_ptr<hf::Storage> storage"
    return compile_text("\n".join([*head, f"void example({given}) {{", *body, "(void)secret, (void)key, (void)storage; }", ""]), source)


class Tree(unittest.TestCase):
    """The rules on the real tree."""

    @classmethod
    def setUpClass(cls):
        cls.tree = read_tree()
        for line in rules.long_files(cls.tree):
            print(f"note: long: {line}")

    def test_every_rule_holds(self):
        for rule in rules.RULES:
            with self.subTest(rule.__name__):
                problems = rule(self.tree)
                self.assertEqual(problems, [], "\n" + "\n".join(problems))

    @needs_compiler
    def test_every_public_header_compiles_alone(self):
        headers = [name.removeprefix("include/") for name in self.tree if name.startswith("include/")]
        self.assertTrue(headers)
        headers = some(sorted(headers), HEADERS)  # each parses the standard library anew
        with tempfile.TemporaryDirectory() as place, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            sources = [pathlib.Path(place) / f"{number}.cpp" for number in range(len(headers))]
            said = dict(zip(headers, pool.map(compile_header, headers, sources)))
        self.assertEqual({header: text for header, text in said.items() if text}, {})

    @needs_compiler
    def test_the_examples_of_the_documents_compile(self):
        examples = []
        for page in ("README.md", "docs/notifications.md"):
            found = rules.code_blocks(self.tree[page], "cpp")
            self.assertTrue(found, page)
            examples += found
        with tempfile.TemporaryDirectory() as place:
            for number, code in enumerate(examples):
                self.assertEqual(compile_snippet(code, pathlib.Path(place) / f"{number}.cpp"), "")

    @unittest.skipUnless(shutil.which("clang-format"), "no clang-format here")
    def test_every_source_is_formatted(self):
        sources = [name for name in self.tree if rules.is_cpp(name)]
        done = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources], cwd=ROOT, capture_output=True, text=True, check=False)
        bad = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "error:" in line})
        self.assertEqual(bad, [], "run clang-format -i on them")

    def test_every_script_is_executable(self):
        scripts = [name for name, text in self.tree.items() if text.startswith("#!")]
        self.assertEqual([name for name in scripts if not os.access(ROOT / name, os.X_OK)], [])


class Rules(unittest.TestCase):
    """Each rule on trees that break it, and on the same trees without the fault."""

    def check(self, rule, good, *bad):
        self.assertEqual(rule(good), [])
        for change in bad:
            self.assertNotEqual(rule({**good, **change}), [], f"{rule.__name__} does not see {change}")

    def test_no_rule_goes_untested(self):
        untested = [rule.__name__ for rule in rules.RULES if not hasattr(self, f"test_{rule.__name__}")]
        self.assertEqual(untested, [])

    def test_layer_order(self):
        good = {"src/storage/a.cpp": '#include "base/hex.hpp"\n#include "io/file.hpp"\n#include "storage/b.hpp"\n#include <zstd.h>\n',
                "src/driver/postgres/a.cpp": '#include "driver/postgres/b.hpp"\n'}
        self.check(rules.layer_order, good,
                   {"src/base/x.hpp": '#include "io/file.hpp"\n'},
                   {"src/storage/x.cpp": '#include "transform/zstd.hpp"\n'},
                   {"src/repository/x.cpp": '  #  include "operations/backup.hpp"\n'},
                   {"src/retention/x.cpp": '#include "io/file.hpp"\n'},
                   {"src/driver/postgres/x.cpp": '#include "driver/command/b.hpp"\n'},
                   {"src/newfolder/x.cpp": "\n"})

    def test_planning_is_pure(self):
        self.check(rules.planning_is_pure, {"src/retention/a.cpp": '#include "holdfast/retention.hpp"\n'},
                   {"src/retention/a.cpp": "auto now = system_clock().now();\n"},
                   {"src/schedule/a.cpp": '#include "holdfast/storage.hpp"\n'})

    def test_public_headers_stand_alone(self):
        good = {"include/holdfast/a.hpp": '#include <span>\n#include "holdfast/b.hpp"\n', "include/holdfast/b.hpp": "\n"}
        self.check(rules.public_headers_stand_alone, good,
                   {"include/holdfast/a.hpp": "#include <zstd.h>\n"},
                   {"include/holdfast/a.hpp": "#include <nlohmann/json.hpp>\n"},
                   {"include/holdfast/a.hpp": '#include "base/hex.hpp"\n'},
                   {"include/holdfast/a.hpp": '#include "holdfast/gone.hpp"\n'})

    def test_umbrella_is_complete(self):
        good = {"include/holdfast/holdfast.hpp": '#include "holdfast/a.hpp"\n', "include/holdfast/a.hpp": "\n"}
        self.check(rules.umbrella_is_complete, good, {"include/holdfast/b.hpp": "\n"})

    def test_command_uses_public_headers(self):
        good = {"src/cli/main.cpp": '#include <CLI/CLI.hpp>\n#include <csignal>\n#include <sys/ioctl.h>\n#include "holdfast/a.hpp"\n'
                                    '#include "options.hpp"\n', "src/cli/options.hpp": "\n", "include/holdfast/a.hpp": "\n"}
        self.check(rules.command_uses_public_headers, good,
                   {"src/cli/x.cpp": '#include "base/hex.hpp"\n'},
                   {"src/cli/x.cpp": "#include <openssl/evp.h>\n"},
                   {"src/cli/x.cpp": '#include "operations/backup.hpp"\n'})

    def test_c_interface_wraps_public_headers(self):
        good = {"capi/src/a.cpp": '#include <span>\n#include "guard.hpp"\n#include "holdfast.h"\n#include "holdfast/a.hpp"\n',
                "capi/src/guard.hpp": "\n", "capi/include/holdfast.h": "\n", "include/holdfast/a.hpp": "\n"}
        self.check(rules.c_interface_wraps_public_headers, good,
                   {"capi/src/a.cpp": '#include "base/hex.hpp"\n'},
                   {"capi/src/a.cpp": "#include <zstd.h>\n"},
                   {"capi/src/a.cpp": '#include "../src/base/hex.hpp"\n'})

    def test_entry_points_are_guarded(self):
        good = {"capi/src/a.cpp": "holdfast_status with_x(int a) {\n  return guard(a);\n}\n"
                                  "holdfast_status holdfast_x_new(holdfast_x** out,\n    int a) {\n  clear(out);\n  return with_x(a);\n}\n"
                                  "holdfast_status holdfast_x_open(int a) {\n  return guard(a, [&] {\n    open();\n  });\n}\n"
                                  "int holdfast_x_count(int a) {\n  return a;\n}\n"}
        self.check(rules.entry_points_are_guarded, good,
                   {"capi/src/b.cpp": "holdfast_status holdfast_x_bare(int a) {\n  return a;\n}\n"},
                   {"capi/src/b.cpp": "holdfast_status holdfast_x_late(int a) {\n  auto b = new X;\n  return guard(b);\n}\n"})

    def test_python_module_wraps_public_headers(self):
        good = {"bindings/python/src/a.cpp": '#include <pybind11/stl.h>\n#include <span>\n#include "a.hpp"\n#include "holdfast/a.hpp"\n',
                "bindings/python/src/a.hpp": "\n", "include/holdfast/a.hpp": "\n"}
        self.check(rules.python_module_wraps_public_headers, good,
                   {"bindings/python/src/a.cpp": '#include "base/hex.hpp"\n'},
                   {"bindings/python/src/a.cpp": "#include <zstd.h>\n"})

    def test_file_length(self):
        self.check(rules.file_length, {"src/base/a.cpp": "\n" * rules.MAX_LINES}, {"src/base/a.cpp": "\n" * (rules.MAX_LINES + 1)})
        self.assertEqual(rules.long_files({"a.cpp": "\n" * rules.LONG_LINES}), [])
        self.assertNotEqual(rules.long_files({"a.cpp": "\n" * (rules.LONG_LINES + 1)}), [])

    def test_white_space(self):
        self.check(rules.white_space, {"a.cpp": "int a;\n"}, {"a.cpp": "int a; \n"}, {"a.cpp": "\tint a;\n"}, {"a.cpp": "int a;"},
                   {"a.py": "a = 1\r\n"})

    def test_comment_width(self):
        wide = "a" * 118
        self.check(rules.comment_width, {"src/a.cpp": f"// {wide[:-1]}\nint {wide}bc;\n", "tests/capi/frozen/a.h": f"/* {wide} */\n"},
                   {"src/a.cpp": f"// {wide}\n"}, {"src/a.hpp": f"int a;\n  /// {wide}\n"}, {"capi/include/a.h": f"/* a\n * {wide}\n */\n"})

    def test_programs_run_through_the_executor(self):
        include = '#include "base/subprocess.hpp"\n'
        self.check(rules.programs_run_through_the_executor, {"src/base/executor.cpp": include, "tests/a.cpp": include}, {"src/driver/a.cpp": include})

    def test_todo_has_owner(self):
        self.check(rules.todo_has_owner, {"a.cpp": "// TODO(#12): split\n"}, {"a.cpp": "// TODO: split\n"}, {"a.py": "# FIXME\n"})

    def test_no_machine_paths(self):
        self.check(rules.no_machine_paths, {"a.md": "see /var/backups and docs/work/plan, ${base}/home/x\n"},
                   {"a.md": "in /home/ada/holdfast\n"}, {"a.sh": 'cd "/root/holdfast"\n'}, {"a.cpp": '"/Users/ada/x"\n'})

    def test_pragma_once(self):
        self.check(rules.pragma_once, {"a.hpp": "// About.\n#pragma once\n"}, {"a.hpp": "#include <span>\n"}, {"a.hpp": "// #pragma once\n"})
        self.check(rules.pragma_once, {"a.h": "/* About. */\n#ifndef A_H\n#define A_H\n"}, {"a.h": "#pragma once\n"},
                   {"a.h": "#ifndef A_H\n#define B_H\n"})

    def test_guest_in_the_process(self):
        good = {"src/base/a.cpp": '// printf("x")\nauto t = "getenv(";\nstd::format("{}", x); s.signal(1); on_exit(2); abort(); void Session::abort() {}\n',
                "src/cli/main.cpp": "std::cout << getenv(x);\n", "src/base/subprocess.cpp": "::_exit(127); ::signal(SIGPIPE, SIG_DFL);\n"}
        self.check(rules.guest_in_the_process, good,
                   *({"src/base/a.cpp": f"  {code};\n"} for code in
                     ("std::cout << 1", "printf(x)", 'std::fprintf(stderr, "x")', 'std::getenv("HOME")', "::signal(SIGINT, f)",
                      "sigaction(SIGINT, &a, 0)", "exit(1)", "std::abort()", "::abort()", "std::terminate()", "int a = std::rand()")))

    def test_locale_does_not_matter(self):
        good = {"src/base/a.cpp": '#include <charconv>\n// isalnum(c)\nbool a = is_ascii_alnum(c) || list.isdigit(c); auto t = "tolower("; to_string(1);\n',
                "tests/unit/a.cpp": "#include <cctype>\n"}
        self.check(rules.locale_does_not_matter, good,
                   *({"src/base/a.cpp": code + "\n"} for code in
                     ("#include <cctype>", "#include <locale.h>", "std::isalnum(c);", "::isdigit(c);", "isspace (c);", "x = std::tolower(c);",
                      "std::strtod(t, 0);", "std::stod(t);", "strcasecmp(a, b);", "std::locale(x);", "std::regex r;")))

    def test_json_trees_have_an_owner(self):
        good = {"src/io/a.cpp": "// nlohmann::json value;\nvoid f(const nlohmann::json& a, const nlohmann::json::exception& b);\n"
                                "nlohmann::json::sax_parse(text, &reader);\n",
                "src/base/json_tree.cpp": "nlohmann::json root;\n", "src/cli/a.cpp": "nlohmann::json value;\n"}
        self.check(rules.json_trees_have_an_owner, good,
                   *({path: f"{code}\n"} for path in ("src/io/a.hpp", "capi/src/a.cpp") for code in
                     ("nlohmann::json value;", "const nlohmann::json value = f();", "using Json = nlohmann::json;", "using nlohmann::json;",
                      "auto value = nlohmann::json::parse(text);", "nlohmann::ordered_json value;", "void f(nlohmann::json& value);",
                      "const auto value = nlohmann::json(1);")))

    def test_readme_commands_exist(self):
        good = {"README.md": "```sh\ntests/run --quick\n$ holdfast backup x\n```\n", "tests/run": "", "src/cli/a.cpp": 'add_subcommand("backup", "")'}
        self.check(rules.readme_commands_exist, good,
                   {"README.md": "```sh\ntests/walk\n```\n"}, {"README.md": "```sh\nbuild/release/holdfast fly\n```\n"})

    def test_versions_are_current(self):
        good = {"CMakeLists.txt": "project(holdfast VERSION 0.2.0 LANGUAGES CXX)\n", "README.md": "libholdfast0.2, holdfast-0.2.0-*.whl; Holdfast 0.1 did not\n"}
        self.check(rules.versions_are_current, good, {"README.md": "libholdfast0.1\n"}, {"docs/a.md": "pip install holdfast-0.3.0-cp311.whl\n"})

    def test_links_exist(self):
        self.check(rules.links_exist, {"README.md": "[a](docs/a.md#x) [b](https://example.org/b) [c](docs)\n", "docs/a.md": "[r](../README.md)\n"},
                   {"README.md": "[a](docs/b.md)\n"}, {"docs/a.md": "[r](README.md)\n"})

    def test_room_order(self):
        good = {"src/driver/postgres/restore/a.cpp": '#include "driver/postgres/client/b.hpp"\n#include "base/hex.hpp"\n',
                "src/driver/postgres/driver.cpp": '#include "driver/postgres/proof/c.hpp"\n'}
        self.check(rules.room_order, good, {"src/driver/postgres/client/b.hpp": '#include "driver/postgres/restore/a.hpp"\n'},
                   {"src/driver/postgres/proof/c.hpp": '#include "driver/postgres/driver.hpp"\n'}, {"src/driver/postgres/attic/d.hpp": "\n"})

    def test_walks_lead_somewhere(self):
        walks = "".join(f"### Walk: {walk}\n\n1. `src/a/a.cpp` begins\n2. `src/a/b.cpp` ends\n\n" for walk in rules.WALKS)
        good = {"ARCHITECTURE.md": walks, "src/a/a.cpp": "\n", "src/a/b.cpp": "\n"}
        self.check(rules.walks_lead_somewhere, good, {"ARCHITECTURE.md": walks.replace("a.cpp", "gone.cpp")},
                   {"ARCHITECTURE.md": walks.replace("### Walk: gc", "### Steps of gc")},
                   {"ARCHITECTURE.md": walks.replace("### Walk: gc\n", "### Walk: gc\n" + "1. `src/a/a.cpp`\n" * 11)})

    def test_code_map_is_complete(self):
        good = {"ARCHITECTURE.md": "## Codemap\n| `src/a/` | a | `src/a/b/` |\n## More\n`src/c/`\n", "src/a/a.cpp": "\n", "src/a/b/b.cpp": "\n"}
        self.check(rules.code_map_is_complete, good, {"src/c/c.cpp": "\n"}, {"src/a/d/d.hpp": "\n"},
                   {"ARCHITECTURE.md": "## Codemap\n| `src/a/` | `src/a/b/` | `src/gone/` |\n"})

    def test_one_type_of_a_name(self):
        good = {"src/a/a.hpp": "namespace holdfast {\nclass B;\nstruct A { int a; };\nnamespace { struct Own {}; }\n"
                               "void f() { struct Local {}; }\ntemplate <> struct Of<int> : Base<A> {};\n}\n",
                "src/a/b.hpp": "namespace holdfast::b {\nstruct A {};\n}\nnamespace holdfast {\nnamespace {\nclass Own final : Base {\n};\n}\n"
                               "// struct A {\nclass B { struct A { }; enum class E : int { one }; };\nvoid g() { struct Local {}; }\n"
                               "template <class A> void h(struct A* a) {}\ntemplate <> struct Of<long> {};\n}\n"}
        self.check(rules.one_type_of_a_name, good,
                   *({"src/c/c.cpp": code} for code in
                     ("namespace holdfast {\nclass A final : public Base<B>, public C {\n};\n}\n", "namespace holdfast {\nenum class A { a };\n}\n",
                      "namespace holdfast {\ntemplate <>\nstruct Of<int> {};\n}\n", "namespace holdfast::b {\nunion A {};\n}\n",
                      "namespace holdfast {\nnamespace b {\nenum A : int {};\n}\n}\n", "struct holdfast::B::A {};\n",
                      "namespace holdfast {\nstruct [[nodiscard]] A {\n};\n}\n")))

    def test_plain_words(self):
        good = {"include/holdfast/a.hpp": "/// Reads `instant`, the snapshot time.\nint instant;\n", "src/base/a.cpp": "int frozen;  // archived\n",
                "tests/unit/a_test.cpp": "// It lies in a pack.\n",
                "capi/include/a.h": "/* `frozen` objects are archived. */\nint frozen;\n",
                "docs/a.md": "A stand-in restores `what of a` pack.\n\n```\nbut for\n```\n\n    it lies in code\n",
                "CONTRIBUTING.md": "# A\n\n## Words\n\n| but for | except |\n\n## B\n"}
        self.check(rules.plain_words, good,
                   {"include/holdfast/a.hpp": "/// All objects but for\n/// the packs.\n"},
                   {"include/holdfast/a.hpp": "int a;  // it lies in a pack\n"},
                   {"src/base/a.cpp": "// It lies in a pack.\n"},
                   {"capi/include/a.h": "/* All but\n * for one. */\n"},
                   {"CONTRIBUTING.md": "# A\n\n## Words\n\n| but for | except |\n\n## B\n\nAll but for one.\n"},
                   *({"docs/a.md": f"# A\n\n{words}\n"} for words in
                     ("Its writer is Taken for dead.", "It is not to be had.", "What of a backup is read", "All but\nfor one.", "Who has it open",
                      "It is thawed first.", "Frozen objects", "It stands in a list.", "Packs lie on it.", "The same is said of it.", "beneath it",
                      "by way of names", "consistent as of one instant")))

    @needs_compiler
    def test_an_example_that_does_not_compile_is_seen(self):
        with tempfile.TemporaryDirectory() as place:
            code = "#include <holdfast/holdfast.hpp>\nnamespace hf = holdfast;\nhf::Repository::no_such_call();\n"
            self.assertIn("no_such_call", compile_snippet(code, pathlib.Path(place) / "a.cpp"))

    @needs_compiler
    def test_a_header_that_does_not_stand_alone_is_seen(self):
        with tempfile.TemporaryDirectory() as place:
            header = pathlib.Path(place) / "needy.hpp"
            header.write_text("#pragma once\nstd::string name();\n")
            self.assertIn("error", compile_header(header, pathlib.Path(place) / "a.cpp"))


if __name__ == "__main__":
    harness.main()
