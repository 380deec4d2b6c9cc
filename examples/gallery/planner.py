"""The retention planner alone: which of these backups would a policy keep, and why? It reads neither clock nor repository. planner.py"""

import datetime

import holdfast

NOW = datetime.datetime(2026, 3, 31, 12, tzinfo=datetime.UTC)


def nightly(days):
    """What a host knows of its backups, one for each of the last nights."""
    for day in range(days):
        time = NOW.replace(hour=2) - datetime.timedelta(days=day)
        yield holdfast.Backup(id=f"backup_{time:%Y%m%d_%H%M%S}", time=time, tags={"keep": "for good"} if day == 50 else {})


def main():
    policy = holdfast.RetentionPolicy(keep_daily=7, keep_weekly=4, keep_monthly=3, keep_tags=("keep",))
    plan = holdfast.plan_retention(nightly(90), policy, NOW)
    for decision in plan.decisions:
        if decision.action is holdfast.RetentionAction.KEEP:
            print(decision.backup, "because", ", ".join(decision.reasons))
    print(f"{len(plan.kept)} kept, {len(plan.removed)} expired")


if __name__ == "__main__":
    main()
