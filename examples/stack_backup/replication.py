"""Copies of the repository elsewhere: a folder, sftp://, s3://, a program (command:), or another machine through rsync.

All but rsync are repositories that get the missing backups and read each copy back. rsync copies the repository's files
and then compares their checksums.
"""

import subprocess
import threading

import holdfast

from settings import WrongSettings
from system import Failed, log


def destinations(stack):
    """REPLICATE_TO: one destination on each line, or separated by commas."""
    return [each.strip() for each in stack.settings["REPLICATE_TO"].replace("\n", ",").split(",") if each.strip()]


def policy(stack):
    return holdfast.RetentionPolicy(**{name.lower(): stack.settings.number(name) for name in ("KEEP_DAILY", "KEEP_WEEKLY", "KEEP_MONTHLY")})


def replicate_all(stack, cancel):
    """Each destination once. Returns whether all have everything."""
    well = True
    for destination in destinations(stack):
        try:
            replicate(stack, destination, cancel)
        except (holdfast.Error, Failed, OSError) as error:
            if isinstance(error, holdfast.Cancelled):
                raise
            well = False
            log(f"replication to {destination} failed: {error}", "ERROR")
            stack.tell("replica_behind", "critical", f"replication to {destination} failed", str(error))
    return well


def replicate(stack, destination, cancel):
    """One round: copies what is missing, reads each copy back, and removes what the policy removes here, too."""
    if destination.startswith("rsync:"):
        rsync(stack, destination)
        return
    with stack.open() as repo, stack.open(destination, create=True) as to:
        report = repo.replicate(to, verify="full", cancel=cancel)
        for one in report.failed:
            raise Failed(f"{one.backup}: {one.error}")
        to.expire(policy(stack), cancel=cancel)
    log(f"replicated to {destination}: {len(report.copied)} copied and verified, {report.present} were there")


def replicate_continuously(stack, cancel):
    """All destinations at once, until it is cancelled."""
    every = stack.settings.number("REPLICATE_EVERY")
    if every < 1 or not destinations(stack):
        raise WrongSettings("REPLICATE_TO is not set, or REPLICATE_EVERY is less than a second")
    threads = [threading.Thread(target=_follow, args=(stack, each, every, cancel)) for each in destinations(stack)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.2)  # signals are looked at between


def _follow(stack, destination, every, cancel):
    wait = threading.Event()
    while not cancel.cancelled:
        try:
            replicate(stack, destination, cancel)
        except (holdfast.Error, Failed, OSError) as error:
            if not cancel.cancelled:
                log(f"replication to {destination} failed, and is tried again: {error}", "ERROR")
        for _ in range(every * 5):
            if not cancel.cancelled:
                wait.wait(0.2)


def rsync(stack, destination):
    with stack.open() as repo:
        repo.verify(level="quick")  # what is no repository would empty the copy
    log_lines = _rsync(stack, destination, "--delete", "--itemize-changes")
    different = _rsync(stack, destination, "--delete", "--itemize-changes", "--dry-run", "--checksum")
    if different:
        raise Failed(f"{len(different)} files differ after the transfer: {different[0]}")
    log(f"replicated to {destination}: {len(log_lines)} changes, all checksums are equal")


def _rsync(stack, destination, *options):
    place = destination.removeprefix("rsync:")
    done = subprocess.run(["rsync", "-a", "-e", stack.settings["REPLICATE_SSH"], "--exclude", ".tmp/", *options,
                           f"{stack.settings.repository}/", f"{place}/"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"rsync ended with {done.returncode}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return done.stdout.splitlines()


def missing(stack, repo, destination):
    """The times of the backups that a destination does not have."""
    here = {backup.id: backup.time for backup in repo.backups() if not backup.damage}
    if destination.startswith("rsync:"):
        changes = _rsync(stack, destination, "--itemize-changes", "--dry-run")
        return [here[name] for name in (line.rpartition("/")[2] for line in changes) if name in here]
    with stack.open(destination) as to:
        there = {backup.time for backup in to.backups()}
    return [time for time in here.values() if time not in there]
