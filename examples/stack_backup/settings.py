"""The settings of the stack's backup, from a file of NAME=VALUE lines and the environment, and the job file that they make."""

import dataclasses
import json
import os
import pathlib
import urllib.parse

JOB = "stack"
DEFAULTS = {
    "BACKUP_DIR": "backups", "BACKUP_SCHEDULE": "0 2 * * *", "BACKUP_ZONE": "UTC", "BACKUP_VERIFY": "full", "BACKUP_EXPORT": "no",
    "KEEP_DAILY": "7", "KEEP_WEEKLY": "4", "KEEP_MONTHLY": "12", "REPLICATE_TO": "", "REPLICATE_EVERY": "300", "REPLICATE_SSH": "ssh",
    "BACKEND_STOP": "", "BACKEND_START": "", "BACKEND_HEALTH": "", "WEBHOOK_URL": "", "MAIL_HOST": "", "MAIL_PORT": "", "MAIL_FROM": "", "MAIL_TO": "",
    "MAIL_TLS": "none", "MAIL_CA_FILE": "", "MAIL_USER": "", "MAIL_PASSWORD": "", "NOTIFY_COMMAND": "", "MONITOR_ADDRESS": "127.0.0.1:8080", "RTO_TARGET": "3600", "RPO_TARGET": "14400",
    "S3_ENDPOINT": "", "S3_REGION": "", "S3_ACCESS_KEY_ID": "", "S3_SECRET_ACCESS_KEY": "",
}
NEEDED = ("MAIN_DATABASE_URL", "FUNCTIONS_DATABASE_URL", "FUNCTIONS_VOLUME", "BACKUP_KEY_FILE")


class WrongSettings(ValueError):
    """One line for people, without a secret."""


@dataclasses.dataclass(frozen=True)
class Settings:
    values: dict = dataclasses.field(repr=False)

    def __getitem__(self, name):
        return self.values[name]

    def number(self, name):
        try:
            return int(self[name])
        except ValueError:
            raise WrongSettings(f"{name}={self[name]} is not a number") from None

    def database(self, part):
        return self["MAIN_DATABASE_URL" if part == "main" else "FUNCTIONS_DATABASE_URL"]

    @property
    def volume(self):
        return pathlib.Path(self["FUNCTIONS_VOLUME"]).absolute()

    @property
    def folder(self):
        return pathlib.Path(self["BACKUP_DIR"]).absolute()

    @property
    def repository(self):
        return self.folder / "repository"

    @property
    def key(self):
        """Of the repository and its copies: 64 hex digits."""
        try:
            return bytes.fromhex(pathlib.Path(self["BACKUP_KEY_FILE"]).read_text(encoding="utf-8").strip())
        except (OSError, ValueError) as error:
            raise WrongSettings(f"BACKUP_KEY_FILE has no key of 64 hex digits: {error}") from None

    @property
    def variables(self):
        """What the job file refers to with env:."""
        found = {part: urllib.parse.urlsplit(self.database(part)).password for part in ("main", "functions")}
        found = {part: urllib.parse.unquote(password) for part, password in found.items() if password}
        return {**found, "repository": self.key.hex(), "webhook": self["WEBHOOK_URL"], "mail": self["MAIL_PASSWORD"]}


def read(file):
    """The settings of a file, if there is one, with those of the environment over them."""
    found = dict(DEFAULTS)
    if file:
        for number, line in enumerate(pathlib.Path(file).read_text(encoding="utf-8").splitlines(), 1):
            name, sign, value = line.partition("=")
            if not line.strip() or line.startswith("#"):
                continue
            if not sign or name not in (*DEFAULTS, *NEEDED):
                raise WrongSettings(f"{file}, line {number}: there is no setting {name!r}")
            found[name] = value
    found |= {name: os.environ[name] for name in (*DEFAULTS, *NEEDED) if name in os.environ}
    for name in NEEDED:
        if not found.get(name):
            raise WrongSettings(f"{name} is not set")
    return Settings(found)


def _source(settings, part):
    url = urllib.parse.urlsplit(settings.database(part))
    if url.scheme not in ("postgresql", "postgres"):
        raise WrongSettings(f"{part.upper()}_DATABASE_URL does not begin with postgresql://")
    bare = url._replace(netloc=(f"{url.username}@" if url.username else "") + url.netloc.rpartition("@")[2]).geturl()
    return {"uri": bare, "name": part} | ({"password": f"env:{part}"} if url.password else {})


def _channels(settings):
    found = {}
    if settings["WEBHOOK_URL"]:
        found["webhook"] = {"kind": "webhook", "url": "env:webhook"}
    if settings["MAIL_TO"]:
        names = ("HOST", "PORT", "FROM", "TO", "TLS", "USER", "CA_FILE")
        options = {name.lower(): settings[f"MAIL_{name}"] for name in names if settings[f"MAIL_{name}"]}
        found["mail"] = {"kind": "email", "options": options} | ({"secret_options": {"password": "env:mail"}} if settings["MAIL_PASSWORD"] else {})
    if settings["NOTIFY_COMMAND"]:
        found["command"] = {"kind": "command", "options": {"command": settings["NOTIFY_COMMAND"]}}
    return found


def job_file(settings):
    """The text of the job file: both databases and the volume in one backup."""
    keep = {name.lower(): settings.number(name) for name in ("KEEP_DAILY", "KEEP_WEEKLY", "KEEP_MONTHLY")}
    channels = _channels(settings)
    volume = {"uri": f"dir://{urllib.parse.quote(str(settings.volume))}", "name": "volume"}
    job = {
        "description": "two databases and the files of the functions, in one backup",
        "sources": [_source(settings, "main"), _source(settings, "functions"), volume],
        "repository": "main",
        "schedule": {"at": settings["BACKUP_SCHEDULE"], "zone": settings["BACKUP_ZONE"]},
        "retention": keep,
        "verification": [{"level": settings["BACKUP_VERIFY"]}],
        "notifications": [{"channel": name} for name in channels],
    }
    return json.dumps({"version": 1, "state": str(settings.folder / "state"), "channels": channels, "jobs": {JOB: job},
                       "repositories": {"main": {"uri": str(settings.repository), "key": "env:repository"}}})
