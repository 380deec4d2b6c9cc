"""Restore: into new databases and a new folder, compared with the backup there, then exchanged with the old ones.

Until the exchange the stack keeps what it had. One that is killed is run again: it begins anew.
"""

import os
import shutil

import holdfast

from system import PARTS, Failed, empty, log, quoted


def restore(stack, wanted, parts, confirm, place=""):
    """Restores a backup of the repository, or of a copy of it. `confirm(text)` raises unless the user agrees."""
    with stack.alone(), stack.open(place) as repo:
        backup = pick(repo, wanted)
        parts = [part for part in PARTS if part in parts or part in stack.interrupted()]
        confirm(f"{', '.join(parts)} will be replaced by the backup {backup.id} of {backup.time:%Y-%m-%d %H:%M:%S} UTC")
        log("stopping the backend")
        stack.stop_backend()
        try:
            stack.wait_for_databases()
            for part in parts:
                stage(stack, repo, backup, part)
            stack.unfinished.write_text(" ".join(parts), encoding="utf-8")
            for part in parts:
                exchange(stack, part)
            stack.unfinished.unlink()
        except BaseException:
            if not stack.unfinished.exists():
                give_up(stack, parts)
            raise
        log("starting the backend")
        stack.start_backend()
        log(f"restored {', '.join(parts)} of {backup.id}; the backend is healthy")


def pick(repo, wanted):
    """Finds the backup and reads every byte of it."""
    try:
        backup = repo.find(wanted)
    except holdfast.NotFoundError as error:
        raise Failed(str(error), 2) from None
    log(f"validating {backup.id}")
    repo.verify(backup, level="full")
    return backup


def stage(stack, repo, backup, part):
    """Restores one part beside the old one, and compares every row and file with the backup."""
    log(f"restoring {part}")
    if part == "volume":
        shutil.rmtree(stack.staging, ignore_errors=True)
        (stack.staging / "old").mkdir(parents=True, mode=0o700)
        target = f"dir://{stack.staging / 'new'}"
    else:
        name = f"{stack.name(part)}__restore"
        stack.sql(part, f'DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)')
        target = stack.url(part, name)
    report = repo.restore(backup, target, source=part)
    for left in report.left_out:
        log(f"{part}: {left.object} was left out: {left.reason}", "WARNING")
    proof = repo.verify(backup, level="restore", source=part, restored=target).proof
    log(f"{part} equals the backup: {', '.join(f'{count} {name}' for name, count in proof.counts.items())}")


def give_up(stack, parts):
    """Removes what was restored and not exchanged, and starts the backend with what it had."""
    log("the restore failed: starting the backend with what it had", "WARNING")
    try:
        shutil.rmtree(stack.staging, ignore_errors=True)
        for part in parts:
            if part != "volume":
                stack.sql(part, f'DROP DATABASE IF EXISTS {quoted(stack.name(part) + "__restore")} WITH (FORCE)')
        stack.start_backend(10)
    except (Failed, holdfast.Error) as error:  # the reason of the failure is the one to tell
        log(str(error), "WARNING")


def exchange(stack, part):
    """Puts the restored part in the place of the old one, which is removed. Safe to repeat."""
    if part == "volume":
        exchange_files(stack.settings.volume, stack.staging)
        return
    name = stack.name(part)
    old, new = f"{name}__replaced", f"{name}__restore"
    stack.sql(part, f'DROP DATABASE IF EXISTS {quoted(old)} WITH (FORCE)')
    there = set(stack.sql(part, "SELECT datname FROM pg_database"))
    away = f'ALTER DATABASE {quoted(name)} RENAME TO {quoted(old)};' if name in there else ""
    stack.sql(part, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ({literal(name)}, {literal(new)})")
    stack.sql(part, f'BEGIN; {away} ALTER DATABASE {quoted(new)} RENAME TO {quoted(name)}; COMMIT')
    stack.sql(part, f'DROP DATABASE IF EXISTS {quoted(old)} WITH (FORCE)')


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def exchange_files(volume, staging):
    new, old = staging / "new", staging / "old"
    for each in volume.iterdir():
        if each != staging:
            each.rename(old / each.name)
    for each in new.iterdir():
        each.rename(volume / each.name)
    state = new.stat()
    os.chown(volume, state.st_uid, state.st_gid)
    shutil.copystat(new, volume)
    shutil.rmtree(staging)


def destroy(stack):
    """What a disaster leaves: no database, and an empty volume."""
    for part in ("main", "functions"):
        stack.sql(part, f'DROP DATABASE IF EXISTS {quoted(stack.name(part))} WITH (FORCE)')
    empty(stack.settings.volume)
