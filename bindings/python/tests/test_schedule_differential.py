"""Random cron expressions, zones and starts against two independent implementations: croniter for the calendar, with
Python's zoneinfo for the rules of docs/schedules.md about clocks that change, and systemd's calendar where no clock
changes. HOLDFAST_SEED repeats a run; HOLDFAST_TESTS_LONG=1 makes 200,000 comparisons."""

import importlib
import os
import random
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import holdfast
import pytest

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu",
         "Asia/Beirut", "Pacific/Apia", "America/Havana", "Africa/Cairo", "Antarctica/Troll", "Asia/Tehran", "Pacific/Chatham"]
LONG = os.environ.get("HOLDFAST_TESTS_LONG") == "1"
COUNT = 4
LONGEST_REPEAT = timedelta(hours=3)  # of a clock that goes back in these zones since 2000
WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


class Field:
    """A random field: its text, and the values that it means."""

    def __init__(self, dice, first, last, words=()):
        def shown(value):
            return dice.choice([str(value), words[value - first]]) if words else str(value)

        self.values = set()
        parts = []
        for _ in range(dice.choice([1, 1, 1, 2, 3])):
            low, step = dice.randint(first, last - 1), dice.randint(1, last - first)
            high = dice.randint(low + 1, last)
            kind = dice.choice(["value", "value", "range", "range step", "all", "all", "all step", "open step"])
            if kind == "open step" and words is WEEKDAYS:
                kind = "value"  # croniter is of two minds about Sunday at the end of such a week
            if kind == "value":
                parts.append(shown(low))
                self.values.add(low)
            elif kind.startswith("range"):
                stepped = kind.endswith("step")
                parts.append(f"{shown(low)}-{shown(high)}" + (f"/{step}" if stepped else ""))
                self.values.update(range(low, high + 1, step if stepped else 1))
            elif kind == "open step":
                parts.append(f"{low}/{step}")
                self.values.update(range(low, last + 1, step))
            else:
                stepped = kind.endswith("step")
                parts.append(f"*/{step}" if stepped else "*")
                self.values.update(range(first, last + 1, step if stepped else 1))
        self.text = ",".join(parts)
        self.all = len(self.values) == last - first + 1
        self.starred = self.text.startswith("*")


class Expression:
    """A random expression, for this library and for the others."""

    def __init__(self, dice):
        self.second = Field(dice, 0, 59) if dice.random() < 0.3 else None
        if self.second and len(self.second.values) > 3:
            self.second = None  # too many times for the slow implementation
        self.minute, self.hour, self.day = Field(dice, 0, 59), Field(dice, 0, 23), Field(dice, 1, 31)
        self.month, self.weekday = Field(dice, 1, 12, MONTHS), Field(dice, 0, 6, WEEKDAYS)
        if dice.random() < 0.5:
            self.day.text, self.day.all, self.day.starred, self.day.values = "*", True, True, set(range(1, 32))
        if dice.random() < 0.5:
            self.weekday.text, self.weekday.all, self.weekday.starred, self.weekday.values = "*", True, True, set(range(7))
        self.special = ""
        if dice.random() < 0.1:
            self.special, self.day.text, self.day.starred, self.day.all = "last day", "L", False, False
            self.weekday.text, self.weekday.starred, self.weekday.all = "*", True, True
        elif dice.random() < 0.1:
            self.special, self.day.text, self.day.starred, self.day.all = "weekday of the month", "*", True, True
            weekday = dice.randint(0, 6)
            self.weekday.text = dice.choice([f"{weekday}#{dice.randint(1, 5)}", f"L{weekday}"])
            self.weekday.starred = self.weekday.all = False
        fields = [self.minute.text, self.hour.text, self.day.text, self.month.text, self.weekday.text]
        self.text = " ".join(([self.second.text] if self.second else []) + fields)
        # As in crontab(5), a field of days is no restriction if it begins with *; for croniter, if it has all values.
        self.either_day = not self.day.starred and not self.weekday.starred
        if self.either_day and (self.day.all or self.weekday.all):
            fields[2] = fields[4] = "*"
        self.seconds_last = " ".join(fields + ([self.second.text] if self.second else []))

    def for_systemd(self, zone):
        def listed(field):
            return "*" if field.all else ",".join(f"{value:02}" for value in sorted(field.values))

        weekdays = "" if self.weekday.all else ",".join(WEEKDAYS[value] for value in sorted(self.weekday.values)) + " "
        second = listed(self.second) if self.second else "00"
        return f"{weekdays}*-{listed(self.month)}-{listed(self.day)} {listed(self.hour)}:{listed(self.minute)}:{second} {zone}"


def change_between(zone, low, high):
    """The moment at which the offset changes, which is between both."""
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset() else (low, middle)
    return high


def moments(zone, clock, every_hour):
    """The moments at which something is due that the calendar has at this time of the clock."""
    first, second = (clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != clock:  # in a gap
        return [] if every_hour else [change_between(zone, first - timedelta(hours=25), first)]
    return [first, second] if every_hour and first != second else [first]


def is_steady(zone, moment):
    return len({(moment + sign * LONGEST_REPEAT).astimezone(zone).utcoffset() for sign in (-1, 1)}) == 1


def expected(croniter, expression, zone, after):
    """The first times; fewer if croniter finds no more."""
    every_hour = expression.hour.all
    clock = after.astimezone(zone).replace(tzinfo=None) - (timedelta(0) if is_steady(zone, after) else LONGEST_REPEAT)
    calendar = croniter.croniter(expression.seconds_last, clock, ret_type=datetime, day_or=expression.either_day, max_years_between_matches=60)
    found = set()
    while True:
        try:
            due = moments(zone, calendar.get_next(), every_hour)
        except croniter.CroniterBadDateError:
            return sorted(found)[:COUNT]
        found.update(moment for moment in due if moment > after)
        # In repeated time, an earlier time of the clock may be a later moment.
        if len(found) >= COUNT and due and is_steady(zone, due[0]):
            return sorted(found)[:COUNT]


def random_start(dice, zone):
    """Any time of this century, or a time near a change of the zone's clock."""
    start = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(37 * 365 * 86400))
    if dice.random() < 0.5:
        return start
    for day in range(400):
        low, high = start + timedelta(days=day), start + timedelta(days=day + 1)
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            return change_between(zone, low, high) + timedelta(seconds=dice.randint(-100_000, 20_000))
    return start


def cases(count):
    seed = int(os.environ.get("HOLDFAST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"HOLDFAST_SEED={seed}", file=sys.stderr)
    dice = random.Random(seed)
    while count > 0:
        expression, name = Expression(dice), dice.choice(ZONES)
        zone = ZoneInfo(name)
        try:
            schedule = holdfast.Schedule(expression.text, zone=name)
        except holdfast.InvalidArgumentError as error:
            assert "no date ever matches" in str(error), expression.text
            continue
        yield expression, name, zone, schedule, random_start(dice, zone)
        count -= 1


@pytest.fixture
def croniter(tmp_path, monkeypatch):
    """A croniter that knows the last days of February; Debian 12's does not."""
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", tmp_path, "--only-binary=:all:", "--timeout", "15",
                           "--retries", "1", "croniter>=7"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("the package index can't be reached, which pip needs for croniter")
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("croniter")


def test_times_are_those_of_croniter_under_the_documented_rules(croniter):
    for expression, name, zone, schedule, after in cases(200_000 if LONG else 2_000):
        wanted = expected(croniter, expression, zone, after)
        found = list(schedule.next_times(after, COUNT))
        assert found[:len(wanted)] == wanted, f"{expression.text!r} in {name} after {after}"
        assert schedule.previous(found[-1]) == found[-1] and schedule.next(found[0] - timedelta(microseconds=1)) == found[0], expression.text


def systemd_times(spec, after):
    done = subprocess.run(["systemd-analyze", "calendar", f"--iterations={COUNT}", f"--base-time={after:%Y-%m-%d %H:%M:%S} UTC", spec],
                          capture_output=True, text=True, env={"TZ": "UTC", "LC_ALL": "C", "PATH": os.environ["PATH"]}, check=False)
    assert done.returncode == 0, done.stderr
    found = re.findall(r"(?:Next elapse|Iter[^:]*): \w+ (\S+ \S+) UTC|Next elapse: (never)", done.stdout)
    return [datetime.strptime(time, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for time, never in found if not never]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_times_are_those_of_systemd_while_no_clock_changes():
    compared = 0
    for expression, name, zone, schedule, after in cases(5_000 if LONG else 150):
        found = list(schedule.next_times(after, COUNT))
        days = [after + timedelta(days=day) for day in range(-2, min((found[-1] - after).days, 1000) + 3)]
        steady = len({day.astimezone(zone).utcoffset() for day in days}) == 1
        if expression.special or expression.either_day or not steady or found[-1].year > after.year + 2:
            continue
        assert found == systemd_times(expression.for_systemd(name), after), f"{expression.text!r} in {name} after {after}"
        compared += 1
    assert compared > 10
