"""What a short run tries of a long list: part of it, at random. `tests/run --long` tries all.

HOLDFAST_SEED repeats the choice of an earlier run.
"""

import os
import random
import unittest

LONG = bool(os.environ.get("HOLDFAST_TESTS_LONG"))
SEED = int(os.environ.get("HOLDFAST_SEED") or random.SystemRandom().randrange(1 << 32))
_RANDOM = random.Random(SEED)
only_long = unittest.skipUnless(LONG, "tests/run --long runs it")  #: for cases whose relatives are in every run


def some(cases, count):
    """`count` of the cases, in their order, so that over many runs all are met; in a long run all."""
    cases = list(cases)
    if LONG or len(cases) <= count:
        return cases
    print(f"HOLDFAST_SEED={SEED}", flush=True)
    return [cases[index] for index in sorted(_RANDOM.sample(range(len(cases)), count))]
