"""A Django management command: backs up the default database, proves the backup, expires old ones.

Keep it as YOURAPP/management/commands/backup.py and run `manage.py backup`. The settings have
HOLDFAST = {"PLACE": "/var/backups/shop", "PASSWORD": …}.
"""

import pathlib
import urllib.parse

import holdfast
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


def database_uri(name):
    """The URI of one of Django's PostgreSQL databases."""
    database = settings.DATABASES[name]
    if not database["ENGINE"].endswith("postgresql"):
        raise CommandError(f"database {name} is {database['ENGINE']}, not PostgreSQL")
    fields = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    given = {field: str(database[key]) for field, key in fields.items() if database.get(key)}
    return "postgresql:///?" + urllib.parse.urlencode(given, quote_via=urllib.parse.quote)


class Command(BaseCommand):
    help = "Back up the database, and prove that the backup restores."

    def add_arguments(self, parser):
        parser.add_argument("--database", default="default")
        parser.add_argument("--keep-daily", type=int, default=7)
        parser.add_argument("--level", choices=[level.value for level in holdfast.VerifyLevel], default="restore")

    def handle(self, *args, database, keep_daily, level, **options):
        place = pathlib.Path(settings.HOLDFAST["PLACE"])
        enter = holdfast.open if place.exists() else holdfast.create
        try:
            with enter(place, password=settings.HOLDFAST["PASSWORD"]) as repo:
                backup = repo.backup(database_uri(database), tags={"app": "django"}, progress=self.show)
                report = repo.verify(backup, level=level)
                repo.expire(keep_daily=keep_daily)
        except holdfast.Error as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{backup}: {report.level}, {report.tables} tables")

    def show(self, event):
        if event.kind is holdfast.EventKind.WARNING:
            self.stderr.write(str(event))
