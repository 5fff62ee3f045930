"""The ranges of time that the suites ask for, as pairs of seconds since 1970."""

import random
from datetime import datetime, timedelta

EPOCH = datetime(1970, 1, 1)


def pair(start, **length):
    begin = (start - EPOCH) // timedelta(seconds=1)
    return begin, begin + timedelta(**length) // timedelta(seconds=1)


def usual():
    """Days, weeks and months as programs ask for them."""
    found = [pair(datetime(2025, 1, 6) + timedelta(days=61 * n), days=7) for n in range(14)]
    found += [pair(datetime(2024, 6, 1), days=30), pair(datetime(2026, 2, 1), days=28), pair(datetime(2027, 12, 1), days=31)]
    found += [pair(datetime(2025, 3, 29) + timedelta(days=n), days=1) for n in range(3)]
    found += [pair(datetime(2025, 10, 4, 22), days=2), pair(datetime(2026, 4, 4, 12), hours=6)]
    found += [pair(datetime(2023, 1, 1), days=365), pair(datetime(2029, 1, 1), days=14)]
    return found


def quarters():
    """Of two years, and the seconds around the DTSTAMP that everything has."""
    stamp = datetime(2025, 1, 2, 3, 4, 5)
    found = [pair(datetime(2025 + n // 4, 1 + 3 * (n % 4), 1), days=91) for n in range(8)]
    return [*found, pair(stamp, seconds=1), pair(stamp - timedelta(seconds=1), seconds=1)]


def far():
    """Weeks in years that are far apart."""
    years = [1899, 1900, 1916, 1938, 1945, 1969, 1970, 1999, 2000, 2037, 2038, 2050, 2080, 2099]
    return [pair(datetime(year, month, 3), days=7) for year in years for month in (1, 7)]


def touching(spans, number, seed=9):
    """Ranges that begin or end at the second where something begins or ends: `spans` are its starts and
    ends. This is where a range that is half open shows."""
    dice = random.Random(seed)
    found = []
    for start, end in dice.sample(spans, min(number, len(spans))):
        found.append(
            dice.choice(
                [
                    (end, end + 3600),
                    (end - 1, end + 3600),
                    (start - 3600, start),
                    (start - 3600, start + 1),
                    (start, start + 1),
                    (start + 1, start + 3600),
                ]
            )
        )
    return found
