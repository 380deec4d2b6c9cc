#!/usr/bin/env python3
"""Backs up, replicates, restores and watches a stack of two PostgreSQL databases, a volume of files and a backend. README.md describes it."""

import argparse
import datetime
import signal
import sys
import threading

import holdfast

import backups
import drill
import monitor
import replication
import restore
import settings
from system import PARTS, Failed, Stack, log


def arguments():
    parser = argparse.ArgumentParser(prog="stack_backup", description=__doc__)
    parser.add_argument("--config", default="", help="a file of NAME=VALUE lines; the environment wins")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="whether a backup could run now")
    commands.add_parser("backup", help="back up both databases and the volume, verify, expire, export, replicate")
    commands.add_parser("schedule", help="back up when BACKUP_SCHEDULE is due, until SIGTERM")
    commands.add_parser("list", help="list the backups")
    export = commands.add_parser("export", help="write the files for stock tools to BACKUP_DIR/data")
    again = commands.add_parser("replicate", help="copy what the destinations do not have, and verify it")
    again.add_argument("--continuous", action="store_true", help="every REPLICATE_EVERY seconds, until SIGTERM")
    back = commands.add_parser("restore", help="validate, stop the backend, restore, compare, start the backend")
    back.add_argument("--only", choices=PARTS, action="append", help="restore this part (repeatable)")
    back.add_argument("--from", dest="copy", default="", metavar="URI", help="from this copy instead of BACKUP_DIR/repository")
    for command in (export, back):
        command.add_argument("backup", nargs="?", default="latest")
    commands.add_parser("monitor", help="serve the status page")
    trial = commands.add_parser("drill", help="back up, destroy the stack, restore it, and measure RTO and RPO")
    for command in (back, trial):
        command.add_argument("--yes", action="store_true", help="do not ask")
    return parser.parse_args()


def confirm(yes, word):
    """A function that asks to type a word, and ends the command at any other answer."""

    def ask(what):
        if yes:
            return
        log(f"{what}. Type '{word}' to go on:", "WARNING")
        if sys.stdin.readline().strip() != word:
            raise Failed("not confirmed: nothing was changed", 2)

    return ask


def list_backups(stack):
    with stack.open() as repo:
        for backup in repo:
            log(f"{backup.id} {backup.time:%Y-%m-%d %H:%M:%S} {backup.plain_bytes} bytes, {backup.level}" if not backup.damage
                else f"{backup.id} is damaged: {backup.damage}")


def schedule(stack, cancel):
    """Backups when they are due; between them the alerts, every 15 minutes."""
    times = holdfast.Schedule(stack.settings["BACKUP_SCHEDULE"], zone=stack.settings["BACKUP_ZONE"])
    due = times.next(datetime.datetime.now(datetime.UTC))
    judged = datetime.datetime.now(datetime.UTC)
    wait = threading.Event()
    log(f"the next backup is due at {due:%Y-%m-%d %H:%M:%S} UTC")
    while not cancel.cancelled:
        now = datetime.datetime.now(datetime.UTC)
        if now >= due:
            guarded(lambda: backups.back_up(stack, cancel))
            due = times.next(datetime.datetime.now(datetime.UTC))
            log(f"the next backup is due at {due:%Y-%m-%d %H:%M:%S} UTC")
        elif now - judged >= datetime.timedelta(minutes=15):
            guarded(lambda: holdfast.tell_alerts(stack.job_file, settings.JOB, variables=stack.settings.variables))
            judged = now
        wait.wait(0.2)


def guarded(work):
    """A run that fails ends neither the schedule nor those after it."""
    try:
        work()
    except (holdfast.Error, Failed, OSError) as error:
        log(str(error), "ERROR")


def run(asked, cancel):
    stack = Stack(settings.read(asked.config))
    if asked.command == "check":
        return backups.check(stack)
    stack.prepare()
    if asked.command == "backup":
        return backups.back_up(stack, cancel)
    if asked.command == "schedule":
        schedule(stack, cancel)
    elif asked.command == "list":
        list_backups(stack)
    elif asked.command == "export":
        backups.export(stack, asked.backup)
    elif asked.command == "monitor":
        monitor.serve(stack, cancel)
    elif asked.command == "restore":
        restore.restore(stack, asked.backup, asked.only or list(PARTS), confirm(asked.yes, "restore"), asked.copy)
    elif asked.command == "drill":
        return drill.drill(stack, confirm(asked.yes, "destroy"), cancel)
    elif asked.continuous:
        replication.replicate_continuously(stack, cancel)
    elif not replication.replicate_all(stack, cancel):
        return 1
    return 0


def main():
    asked = arguments()
    cancel = holdfast.CancelToken()
    signal.signal(signal.SIGTERM, lambda *_: cancel.cancel())
    try:
        return run(asked, cancel)
    except settings.WrongSettings as error:
        log(str(error), "ERROR")
        return 2
    except (holdfast.VerificationError, holdfast.IntegrityError) as error:
        log(str(error), "ERROR")
        return 4
    except Failed as error:
        log(str(error), "ERROR")
        return error.status
    except holdfast.Cancelled:
        log("cancelled", "WARNING")
        return 143
    except (holdfast.Error, OSError) as error:
        log(str(error), "ERROR")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
