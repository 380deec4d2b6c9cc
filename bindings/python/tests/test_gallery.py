"""The gallery: every example of the page exists, is short, runs, and says what it should."""

import json
import os
import pathlib
import re
import subprocess
import sys

import application_schemas
import pytest
from conftest import ROOT

GALLERY = ROOT / "examples/gallery"
LONGEST = 100

SAID = {
    "asyncio_events": r"2 backups verified\n\Z",
    "cancel": r"\Atoken: cancelled\ndeadline: over\nCtrl-C: interrupted\n0 backups\n\Z",
    "custom_storage": r"\A1 verified on sqlite:",
    "custom_transform": r"\A180000 bytes came back",
    "embedded_app": r"\Anow: overwritten by mistake; before: buy milk\n\Z",
    "forked_workers": r"\A\['1', '2', '3'\] failed: 0\n\Z",
    "pipeline": r"\A200000 lines came back\n\Z",
    "planner": r"12 kept, 78 expired\n\Z",
    "progress_bar": r"\A\Z",
    "several_repositories": r"\A\[1, 1, 1\] backups\n\Z",
}
WITH_PACKAGES = {"django_command": "django==5.2.7", "web_service": "fastapi==0.121.0 httpx==0.28.1"}

REQUESTS = """
import time
import fastapi.testclient
import web_service

with fastapi.testclient.TestClient(web_service.app) as client:
    assert client.get("/backups").json() == []
    assert client.post("/backups").status_code == 202
    while "verified" not in (state := client.get("/backups/state").json()["state"]):
        assert "failed" not in state, state
        time.sleep(0.05)
    backup, = client.get("/backups").json()
    print(backup["level"])
    assert client.post("/backups").status_code == 202  # still running at the end, which cancels it
"""
MANAGE = """
import json, sys
import django
from django.conf import settings
from django.core.management import call_command
settings.configure(**json.load(sys.stdin))
django.setup()
import django_command
call_command(django_command.Command())
"""


def run(*arguments, place, packages="", said=None, **environment):
    path = os.pathsep.join(part for part in (str(GALLERY), str(packages), os.environ.get("PYTHONPATH", "")) if part)
    done = subprocess.run([sys.executable, "-W", "error::ResourceWarning", *map(str, arguments)], cwd=place, input=said, capture_output=True, text=True,
                          check=False, timeout=300, env={**os.environ, "PYTHONPATH": path, **environment})
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("name", SAID)
def test_an_example_runs_and_says_what_it_did(name, tmp_path):
    done = run(GALLERY / f"{name}.py", tmp_path, place=tmp_path)
    assert re.search(SAID[name], done.stdout), done.stdout
    assert not done.stderr if name != "progress_bar" else re.search(r"backup succeeded after [\d.]+ s\n\Z", done.stderr), done.stderr


@pytest.fixture
def packages(request):
    """The folder of an example's packages, which pip fetches once."""
    wanted = WITH_PACKAGES[request.param].split()
    place = application_schemas.packages() / f"gallery-{request.param}-{sys.version_info.major}.{sys.version_info.minor}"
    if not place.exists():
        with_pip = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary=:all:", "--timeout=15", "--retries=0", f"--target={place}.new", *wanted]
        done = subprocess.run(with_pip, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode != 0:
            pytest.skip(f"pip can't fetch {' and '.join(wanted)} ({done.stderr.strip().splitlines()[-1]})")
        pathlib.Path(f"{place}.new").rename(place)
    return place


@pytest.mark.parametrize("packages", ["web_service"], indirect=True)
def test_the_web_service_backs_up_beside_its_requests(packages, tmp_path):
    done = run("-c", REQUESTS, place=tmp_path, packages=packages, HOLDFAST_PLACE=str(tmp_path / "r"), HOLDFAST_PASSWORD="x",
               HOLDFAST_SOURCE="exec:sh -c 'seq 1 1000; sleep 0.3'")
    assert done.stdout == "checksummed\n"


@pytest.mark.parametrize("packages", ["django_command"], indirect=True)
def test_the_management_command_proves_its_backup(packages, server, tmp_path):
    settings = {"DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": str(server.directory), "PORT": server.port,
                                          "USER": server.environment()["PGUSER"], "NAME": "shop"}},
                "HOLDFAST": {"PLACE": str(tmp_path / "r"), "PASSWORD": "x"}}
    done = run("-c", MANAGE, place=tmp_path, packages=packages, said=json.dumps(settings))
    assert re.fullmatch(r"backup_\S+: restore, 2 tables\n", done.stdout), done.stdout


def test_the_page_shows_every_example_and_each_is_short():
    page = (ROOT / "examples/README.md").read_text()
    linked = set(re.findall(r"\]\(([^)#]+)\)", page))
    assert not [link for link in linked if "://" not in link and not (ROOT / "examples" / link).exists()]
    folders = {path.name for path in (ROOT / "examples").iterdir() if path.is_dir()} - {"gallery", "service"}
    assert {link.split("/")[0] for link in linked} >= folders
    written = {path.stem for path in GALLERY.glob("*.py")}
    assert written == SAID.keys() | WITH_PACKAGES.keys() == {pathlib.Path(link).stem for link in linked if link.startswith("gallery/")}
    assert {path.name: lines for path in GALLERY.glob("*.py") if (lines := len(path.read_text().splitlines())) > LONGEST} == {}
