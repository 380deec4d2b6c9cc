"""Backs up a PostgreSQL database, lists the backups, proves the new one and expires old ones.

main.py DATABASE_URI DIRECTORY, with the password in HOLDFAST_PASSWORD.
"""
import os
import pathlib
import sys

import holdfast

database, place = sys.argv[1], pathlib.Path(sys.argv[2])
enter = holdfast.open if place.exists() else holdfast.create

with enter(place, password=os.environ["HOLDFAST_PASSWORD"]) as repo:
    backup = repo.backup(database, progress=print)
    for each in repo:
        print(each.id, each.time, each.level)
    proof = repo.verify(backup, level="restore")  # restores into a scratch server; raises if anything differs
    print(f"PROVED {proof.tables} tables, {proof.rows} rows are what they were at {backup.sources[0].instant}")
    plan = repo.expire(keep_daily=7, keep_weekly=4, keep_monthly=12)
    print(f"{len(plan.kept)} kept, {len(plan.removed)} expired")
