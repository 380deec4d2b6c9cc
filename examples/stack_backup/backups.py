"""Checks before a backup, the backup itself, and its files for stock tools."""

import contextlib
import gzip
import os
import tarfile

import holdfast

import replication
from settings import JOB
from system import Failed, log, sha256

GOOD = {"succeeded": 0, "planned": 0, "warnings": 3, "faults": 4}
EXPORTS = (("main", 0), ("functions", 1))


def check(stack):
    """Whether a backup could run now: credentials, rights, disk space, the backend. Returns the exit status."""
    stack.prepare()
    found = holdfast.preflight(stack.job_file, JOB, variables=stack.settings.variables)
    for one in found:
        level = {"ok": "INFO", "warning": "WARNING"}.get(one.state, "ERROR")
        log(f"{one.of}, {one.what}: {one.detail}" + (f"; {one.advice}" if one.advice else ""), level)
    healthy = stack.backend_is_healthy()
    log(f"backend: {'healthy' if healthy else 'not healthy'}", "INFO" if healthy else "WARNING")
    states = {one.state for one in found} | (set() if healthy else {"warning"})
    return 1 if "missing" in states else 3 if "warning" in states else 0


def back_up(stack, cancel):
    """One backup of all parts with everything after it. Returns the exit status."""
    with stack.alone():
        if stack.unfinished.exists():
            raise Failed("a restore was killed while it exchanged old and new: run restore again, then back up")
        if not stack.backend_is_healthy():
            log("the backend is not healthy; its data is backed up all the same", "WARNING")
        report = holdfast.run_job(stack.job_file, JOB, variables=stack.settings.variables, cancel=cancel)
        for step in report.steps:
            log(f"{step.step} {step.subject}".strip() + f": {step.state}" + (f", {step.message}" if step.message else ""),
                "INFO" if step.state in ("succeeded", "planned") else "WARNING")
        made = [id for step in report.steps if step.step == "backup" for id in step.backups]
        status = GOOD.get(report.state, 1)
        if made and stack.settings["BACKUP_EXPORT"] == "yes":
            export(stack, made[0])
        if made and not replication.replicate_all(stack, cancel):
            status = status or 1
        return status


def stamp(backup):
    return f"{backup.time:%Y%m%d_%H%M%S}"


@contextlib.contextmanager
def new_file(path):
    """A private file that appears complete, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(path.name + ".new")
    try:
        with open(unfinished, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)


def export(stack, wanted):
    """Writes the files that stock tools restore (gunzip | psql, tar), and removes those of backups that are gone."""
    data = stack.settings.folder / "data"
    with stack.open() as repo:
        backup = repo.find(wanted)
        time = stamp(backup)
        dumps = [data / f"{stack.name(part)}_{time}.sql.gz" for part, _ in EXPORTS]
        for path, (_, source) in zip(dumps, EXPORTS, strict=True):
            export_one(repo, backup, path, source, "sql")
        files = data / "volumes" / f"functions_volume_{time}.tar.gz"
        export_one(repo, backup, files, 2, "tar")
        combined = [combine(data / f"full_backup_{time}.tar.gz", dumps), combine(data / "volumes" / f"volumes_backup_{time}.tar.gz", [files]),
                    combine(data / f"complete_backup_{time}.tar.gz", [*dumps, files])]
        describe(data / f"backup_{time}.meta", backup, dumps)
        describe(data / "volumes" / f"volume_backup_{time}.meta", backup, [files])
        with new_file(data / f"backup_manifest_{time}.txt") as out:
            for path in (*dumps, files, *combined):
                out.write(f"{sha256(path)}  {path.relative_to(data)}\n".encode())
        kept = {stamp(each) for each in repo.backups() if not each.damage}
    log(f"exported {backup.id} to {data}")
    for path in data.rglob("*_????????_??????.*"):
        if path.name.split(".")[0][-15:] not in kept:
            path.unlink()


def export_one(repo, backup, path, source, form):
    with new_file(path) as file, gzip.GzipFile(fileobj=file, mode="wb", filename="") as packed:
        repo.export(backup, packed, source=source, format=form)


def combine(path, parts):
    with new_file(path) as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
        for part in parts:
            archive.add(part, arcname=part.name)
    return path


def describe(path, backup, files):
    with new_file(path) as out:
        facts = {"backup": backup.id, "time": backup.time.isoformat(), "proof": backup.level}
        for file in files:
            facts[file.name] = f"{file.stat().st_size} bytes, sha256 {sha256(file)}"
        out.write("".join(f"{name}: {value}\n" for name, value in facts.items()).encode())
