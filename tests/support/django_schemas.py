"""The schemas of real Django applications: made by their own migrations, which are Python. pip installs each with what it
needs into build/packages (or $HOLDFAST_TEST_PACKAGES)."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import application_schemas
from application_schemas import Unavailable

INSTALL_SECONDS = 900
DRIVER = "psycopg[binary]==3.2.9"
COMMON = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages", "django.contrib.admin",
          "django.contrib.sites", "django.contrib.postgres", "django.contrib.flatpages", "django.contrib.redirects"]
MIGRATE = """
import json, sys
import django
from django.conf import settings
from django.core.management import call_command
settings.configure(**json.load(sys.stdin))
django.setup()
call_command("migrate", verbosity=0, skip_checks=True)
"""


@dataclasses.dataclass(frozen=True)
class DjangoApplication:
    """Apps of one package, besides Django's own."""

    name: str
    package: str  # as pip names it, with its version
    apps: tuple
    tables: int  # without rows of their own
    small: bool = False

    def load(self, server, database, user):
        """Makes the schema in an empty database, which the user owns. Raises Unavailable."""
        place = self._installed()
        connection = {"ENGINE": "django.db.backends.postgresql", "HOST": str(server.directory), "PORT": server.port, "USER": user, "NAME": database}
        settings = {"INSTALLED_APPS": [*COMMON, *self.apps], "DATABASES": {"default": connection}, "SECRET_KEY": "test", "SITE_ID": 1, "STATIC_URL": "/static/",
                    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField", "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]}
        done = subprocess.run([sys.executable, "-c", MIGRATE], input=json.dumps(settings), env={**os.environ, "PYTHONPATH": str(place)}, capture_output=True,
                              text=True, timeout=INSTALL_SECONDS, check=False)
        if done.returncode != 0:
            raise AssertionError(f"the migrations of {self.package} failed: {done.stderr}")

    def _installed(self):
        place = application_schemas.packages() / re.sub(r"[^\w.@-]", "_", self.package)
        if not place.exists():
            with tempfile.TemporaryDirectory(dir=place.parent) as folder:
                target = pathlib.Path(folder) / "files"
                application_schemas.run(folder, sys.executable, "-m", "pip", "install", "--quiet", "--only-binary=:all:", f"--target={target}", self.package, DRIVER,
                                        seconds=INSTALL_SECONDS)
                target.rename(place)
        return place


APPLICATIONS = (
    DjangoApplication("wagtail", "wagtail==7.0.3",
                      ("wagtail.contrib.forms", "wagtail.contrib.redirects", "wagtail.embeds", "wagtail.sites", "wagtail.users", "wagtail.snippets",
                       "wagtail.documents", "wagtail.images", "wagtail.search", "wagtail.admin", "wagtail", "modelcluster", "taggit"), 50),
)
