"""The drill: a backup, a disaster, a restore, and how long it took."""

import datetime
import time

import backups
import restore
from system import PARTS, Failed, log


def drill(stack, confirm, cancel):
    """Destroys the stack's databases and volume, and restores them. Returns the exit status: 1 if a target was missed."""
    confirm("both databases and the volume will be destroyed, and restored from a backup that is made now")
    if not stack.backend_is_healthy():
        raise Failed("the backend is not healthy: a drill needs a stack that works")
    age = age_of_newest(stack)
    log("stopping the backend, so that nothing is written after the backup")
    stack.stop_backend()
    try:
        before = stack.fingerprint()
        status = backups.back_up(stack, cancel)
        if status not in (0, 3):
            raise Failed(f"the backup ended with status {status}: nothing was destroyed", status)
    except BaseException:
        stack.start_backend()
        raise
    log("destroying the databases and the volume")
    restore.destroy(stack)
    begun = time.monotonic()
    restore.restore(stack, "latest", list(PARTS), lambda _: None)
    seconds = time.monotonic() - begun
    after = stack.fingerprint()
    different = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if different:
        raise Failed(f"the restored stack differs in {', '.join(different)}")
    log(f"data: {len(after)} tables and files equal those before the disaster")
    return report("RTO", seconds, stack.settings.number("RTO_TARGET")) | report("RPO", age, stack.settings.number("RPO_TARGET"))


def age_of_newest(stack):
    """The seconds of work that a disaster would have cost just now; None before the first backup."""
    with stack.open() as repo:
        times = [backup.time for backup in repo.backups() if not backup.damage]
    return (datetime.datetime.now(datetime.UTC) - max(times)).total_seconds() if times else None


def report(name, seconds, target):
    if seconds is None:
        log(f"{name}: unknown, there was no backup before the drill", "WARNING")
        return 0
    missed = seconds > target
    log(f"{name}: {seconds:.1f} seconds, target {target}", "ERROR" if missed else "INFO")
    return int(missed)
