"""Where recurring-ical-events gives other instances, and why ours are right: one class per reason. The
first class that fits is the one. A difference that fits no class fails the suite, and so does a
class that nothing fits any more.

`naive/` must agree with the server everywhere: it has no classes."""

import re
from typing import NamedTuple

RFC = "RFC 5545 section "


class Case(NamedTuple):
    """An object, a range of it, and what only one of both has there, as starts and ends."""

    text: str
    start: int
    theirs: set
    ours: set


def has(pattern):
    return lambda case: re.search(pattern, case.text, re.M) is not None


def day_without_length(case):
    start = re.search(r"^DTSTART;VALUE=DATE:(.*)$", case.text, re.M)
    return start is not None and f"DTEND;VALUE=DATE:{start[1]}" in case.text


def ends_by_the_clock(case):
    """Nothing differs but ends, by one jump of the clock or two; who ends before the range is not in it."""
    theirs, ours = dict(case.theirs), dict(case.ours)
    ends = [(theirs.get(start, case.start), ours.get(start, case.start)) for start in theirs | ours]
    return "TZID" in case.text and all(abs(one - other) <= 7200 for one, other in ends)


# Name, what it does, why not, and which cases it concerns.
DIFFERENCES = [
    (
        "contradicted",
        "knows the zone by its name, though the object defines it otherwise",
        RFC + "3.8.3.1: TZID uniquely identifies a time zone definition within the calendar object",
        has("^UID:contradicted"),
    ),
    (
        "day-without-length",
        "lets an all-day event that ends on the day it begins last no time",
        RFC + "3.8.2.2: the value MUST be later in time than DTSTART",
        day_without_length,
    ),
    (
        "until-in-a-zone",
        "takes an UNTIL that is a local time, or a day, for one in UTC",
        RFC + "3.3.10: UNTIL as a local time [...] and inclusive",
        has(r"^DTSTART;TZID=(.*\n)*RRULE:.*UNTIL=\d{8}(T\d{6})?\r?$"),
    ),
    (
        "count-from-the-rule",
        "counts the instances of the rule, and DTSTART besides",
        RFC + "3.8.5.3: the DTSTART property value counts as the first occurrence",
        has("^UID:outside"),
    ),
    (
        "exact-length",
        "moves the end by the clock, also where DTEND or hours say how long",
        RFC + "3.8.5.3: the same exact duration will apply to all the members",
        ends_by_the_clock,
    ),
]
