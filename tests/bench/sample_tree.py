"""A tree of files like a server's: text that compresses, noise that does not, copies, many small files and a few large ones."""

import random

_WORDS = "accept alarm batch cache client commit delay error failed gateway index invoice job latency node order paid queue retry shard".split()


def _text(rng, size):
    lines, length = [], 0
    while length < size:
        line = (f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02} "
                f"{rng.choice(_WORDS)} {rng.choice(_WORDS)} id={rng.getrandbits(40):x} ms={rng.randint(1, 9999)}\n")
        lines.append(line)
        length += len(line)
    return "".join(lines).encode()


def make(root, size, seed):
    """Fills the directory `root` with about `size` bytes: four tenths text, four tenths noise, two tenths copies."""
    rng = random.Random(seed)
    written, number, stock = 0, 0, _text(rng, 8 << 20)
    paths = []
    while written < size:
        kind = rng.random()
        length = min(size - written, rng.choice((4, 16, 64, 64, 256, 1024, 16384)) << 10)
        if kind < 0.2 and paths:
            data = rng.choice(paths).read_bytes()
        elif kind < 0.6:
            begin = rng.randrange(len(stock))
            # Rotated and numbered, so that a chunker finds no equal ones and each is cheap to make.
            data = (f"log {number}\n".encode() + stock[begin:] + stock[:begin]) * (length // len(stock) + 1)
            data = data[:length]
        else:
            data = rng.randbytes(length)
        path = root / f"{number % 64:02}" / f"file{number:06}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        paths.append(path)
        written += len(data)
        number += 1
    return paths


def change(paths, share, seed):
    """Changes `share` of the files: a few bytes in the middle of each, and a new first line."""
    rng = random.Random(seed)
    chosen = rng.sample(paths, max(1, int(len(paths) * share)))
    for place, path in enumerate(chosen):
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        data[middle:middle + 8] = rng.randbytes(8)
        path.write_bytes((b"one line more\n" if place == 0 else b"") + data)
