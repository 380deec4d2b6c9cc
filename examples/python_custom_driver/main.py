"""A custom driver: backs up, proves and restores files of settings (KEY=VALUE). main.py EMPTY-DIRECTORY."""

import pathlib
import sys
import tempfile

import holdfast


def read_settings(path, prefix="", strict=False):
    settings = {}
    for line in pathlib.Path(path).read_text().splitlines():
        key, equals, value = line.partition("=")
        if not equals and strict:
            raise holdfast.SourceError(f"{path}: not a setting: {line}")
        if equals and key.startswith(prefix):
            settings[key] = value
    return settings


def settings_in(backup):
    return {entry.name: backup.open(entry).read().decode() for entry in backup.entries}


class SettingsSource(holdfast.Source):
    def __init__(self, path, prefix, strict):
        self.path, self.prefix, self.strict = pathlib.Path(path), prefix, strict

    def describe(self):
        self.settings = read_settings(self.path, self.prefix, self.strict)
        return holdfast.SourceInfo(name=self.path.name, uri=f"settings:{self.path}", driver="settings")

    def backup(self, out):
        for key, value in self.settings.items():
            with out.open(key, kind="setting") as entry:
                entry.write(value.encode())
        out.note("settings", str(len(self.settings)))


class SettingsTarget(holdfast.Target):
    def __init__(self, path):
        self.path = pathlib.Path(path)

    def preflight(self, backup):
        if self.path.exists():
            raise holdfast.AlreadyExistsError(f"{self.path}: exists already")

    def restore(self, backup):
        settings = settings_in(backup)
        self.path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        return holdfast.RestoreReport(entries=len(settings), counts={"settings": len(settings)}, where=str(self.path))


class SettingsDriver(holdfast.CustomDriver):
    name = scheme = "settings"
    option_specs = (
        holdfast.DriverOption(name="prefix", help="back up only keys that begin with this", calls=("backup",)),
        holdfast.DriverOption(name="strict", type="boolean", default="no", help="fail on a line that is not a setting", calls=("backup",)),
    )

    def open_source(self, uri, options):
        return SettingsSource(uri.partition(":")[2], options["prefix"], options["strict"])

    def open_target(self, uri, options):
        return SettingsTarget(uri.partition(":")[2])

    def prove(self, backup, request):
        with tempfile.TemporaryDirectory() as scratch:
            target = SettingsTarget(pathlib.Path(scratch) / "settings")
            target.restore(backup)
            equal = read_settings(target.path) == settings_in(backup)
        faults = () if equal else (holdfast.Fault(object="settings", what="the restored settings differ"),)
        return holdfast.Proof(level="content-equal", counts={"settings": len(backup.entries)}, where="a file", faults=faults)


def main(folder):
    driver, file = SettingsDriver(), folder / "app.conf"
    for each in holdfast.drivers([driver]):
        print(each.name)
        for option in each.options:
            print(f"  {option.name} ({option.type}): {option.help}")
    file.write_text("app.color=green\napp.size=7\nother=1\n")
    with holdfast.create(folder / "repository", password="correct horse battery staple", drivers=[driver]) as repo:
        backup = repo.backup(f"settings:{file}", options={"prefix": "app.", "strict": "yes"})
        proof = repo.verify(backup, level="restore")
        file.unlink()
        report = repo.restore(backup, f"settings:{file}")
    print(f"PROVED {proof.counts['settings']} settings, {report.counts['settings']} restored")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
