"""`holdfast schedule`: next times on a zone's clock, wrong expressions, and conflicts."""

import unittest

import harness
from holdfast import OK, USAGE, WARNINGS, Holdfast

HOLDFAST = Holdfast()


def schedule(*arguments):
    return HOLDFAST("schedule", *arguments)


class Next(unittest.TestCase):
    def test_times_are_shown_in_utc_and_on_the_zone_s_clock(self):
        arguments = ("next", "30 2 * * *", "--zone", "Europe/Berlin", "--after", "2026-03-28T12:00:00Z", "--count", "2")
        self.assertEqual(schedule(*arguments).expect(OK).stdout, "2026-03-29T01:00:00Z  2026-03-29 03:00:00 +02:00\n"
                                                                 "2026-03-30T00:30:00Z  2026-03-30 02:30:00 +02:00\n")
        document = schedule(*arguments, "--json").expect(OK).json
        self.assertEqual((document["expression"], document["zone"]), ("30 2 * * *", "Europe/Berlin"))
        self.assertEqual(document["times"][0], {"time": "2026-03-29T01:00:00Z", "local": "2026-03-29 03:00:00 +02:00"})

    def test_the_present_is_where_it_begins(self):
        self.assertEqual(len(schedule("next", "every 1s", "--json").expect(OK).json["times"]), 10)

    def test_jitter_and_blackouts_move_runs(self):
        moved = schedule("next", "0 12 * * *", "--blackout", "mon-fri 08:00-18:00", "--after", "2026-11-20T00:00:00Z", "--count", "1")
        self.assertTrue(moved.expect(OK).stdout.startswith("2026-11-20T18:00:00Z"))
        late = schedule("next", "0 12 * * *", "--jitter", "1h", "--name", "shop", "--after", "2026-11-20T00:00:00Z", "--count", "1")
        self.assertRegex(late.expect(OK).stdout, r"^2026-11-20T1(2:\d\d:\d\d|3:00:00)Z")

    def test_a_wrong_expression_is_named_with_its_field(self):
        for expression, part in (("61 * * * *", "minute '61' is not from 0 to 59"), ("", "0 fields"), ("* * * * *\n", None), ("0 0 30 2 *", "no date ever")):
            with self.subTest(expression):
                done = schedule("next", expression)
                if part is None:
                    done.expect(OK)
                else:
                    self.assertIn(part, done.expect(USAGE).error_line)
        self.assertIn("'Mars/Base' is unknown", schedule("next", "@daily", "--zone", "Mars/Base").expect(USAGE).error_line)
        self.assertIn("needs a name", schedule("next", "@daily", "--jitter", "1h").expect(USAGE).error_line)


class Check(unittest.TestCase):
    def test_jobs_that_run_at_once_are_a_warning_with_a_shift(self):
        arguments = ("check", "0 2 * * *", "30 2 * * *", "--duration", "1h", "--after", "2026-11-20T00:00:00Z")
        done = schedule(*arguments).expect(WARNINGS)
        self.assertIn("ok        0 2 * * *  next 2026-11-20T02:00:00Z\n", done.stdout)
        self.assertIn("conflict  0 2 * * * and 30 2 * * * run at once, first at 2026-11-20T02:30:00Z, 28 times, for up to 30m; "
                      "if 30 2 * * * begins 30m later, they do not\n", done.stdout)
        conflict, = schedule(*arguments, "--json").expect(WARNINGS).json["conflicts"]
        self.assertEqual((conflict["kind"], conflict["times"], conflict["shift_seconds"]), ("collision", 28, 1800))

    def test_without_durations_expressions_are_only_read(self):
        self.assertEqual(schedule("check", "0 2 * * *", "0 2 * * *", "--json").expect(OK).json["conflicts"], [])
        schedule("check", "0 2 * * *", "0 2 * *").expect(USAGE)
        self.assertIn("3 times for 2 expressions", schedule("check", "@daily", "@weekly", *("--duration", "1h") * 3).expect(USAGE).error_line)


if __name__ == "__main__":
    harness.main()
