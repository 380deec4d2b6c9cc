"""The documents match the package."""

import os
import re
import signal

import pytest
import reference
from conftest import ROOT


def blocks(path):
    """Each Python block of a document with the line it begins at."""
    text = (ROOT / path).read_text()
    for found in re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield text.count("\n", 0, found.start()) + 2, found.group(1)


def test_the_code_of_the_guide_runs_top_to_bottom(server, tmp_path, monkeypatch, capsys):
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    space = {"secret": "correct horse", "__name__": "guide"}
    found = list(blocks("docs/python.md"))
    assert len(found) > 10
    for line, code in found:
        exec(compile("\n" * (line - 1) + code, "docs/python.md", "exec"), space)
    said = capsys.readouterr().out
    assert "2 tables, 7000 rows are exactly what they were" in said and "cancelled" in said
    server.drop_db("shop_copy")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_code_of_the_page_about_schedules_runs(capsys):
    for line, code in blocks("docs/schedules.md"):
        exec(compile("\n" * (line - 1) + code, "docs/schedules.md", "exec"), {"__name__": "page"})
    assert capsys.readouterr().out == "shop start\n"


@pytest.mark.parametrize("path", ["docs/audit.md", "docs/envelope.md"])
def test_the_code_of_other_pages_runs(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = list(blocks(path))
    assert found
    for line, code in found:
        exec(compile("\n" * (line - 1) + code, path, "exec"), {"__name__": "page"})


def test_the_reference_is_up_to_date():
    assert (ROOT / "docs/python-reference.md").read_text() == reference.text(), \
        "make it again: PYTHONPATH=build/release/bindings/python python3 bindings/python/tests/reference.py > docs/python-reference.md"
    assert reference.unlisted() == []


def test_the_readme_shows_the_minimal_example():
    example = (ROOT / "examples/python_minimal/main.py").read_text()
    assert example in [code for _, code in blocks("README.md")]


@pytest.mark.parametrize("path", ["docs/python.md", "README.md"])
def test_the_documents_name_what_is_there(path):
    for name in re.findall(r"\b(?:tests|examples|bindings)/[\w./-]+", (ROOT / path).read_text()):
        assert os.path.exists(ROOT / name.rstrip(".")), name
