"""Calendar objects that are always the same for a seed: a calendar as people have it (`real`), one where
everything is an edge (`edges`), and one from 1900 to 2100 (`ages`).

    calendars.py real|edges|ages NUMBER     writes them to standard output, for other uses"""

import random
import sys
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import NamedTuple

import zones

SEED = 4791
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


class Object(NamedTuple):
    name: str  # also its UID
    text: str


class Writer:
    """The lines of one object. Every component that is begun has the same UID."""

    def __init__(self, name):
        self.name = name
        self.lines = []
        self.zones = {}

    def zone(self, name, definition):
        self.zones.setdefault(name, definition)

    def component(self, kind, *lines):
        self.lines += [f"BEGIN:{kind}", f"UID:{self.name}", "DTSTAMP:20250102T030405Z"]
        self.lines += [*lines, f"SUMMARY:{self.name}", f"END:{kind}"]

    def object(self):
        head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//davbox//query//EN"]
        defined = [line for definition in self.zones.values() for line in definition]
        lines = [*head, *defined, *self.lines, "END:VCALENDAR"]
        return Object(self.name, "".join(f"{line}\r\n" for line in lines))


class Clock:
    """How an object writes times: in UTC, floating, or in a zone with its definition or without."""

    def __init__(self, writer, name=None, definition=()):
        self.name = name
        if name not in (None, "floating", "UTC"):
            writer.zone(name, definition)

    def __call__(self, name, *moments, value=None):
        """The line of one or several moments."""
        text = ",".join(self.text(moment) for moment in moments)
        zone = "" if self.name in (None, "floating", "UTC") else f";TZID={self.name}"
        value = f";VALUE={value}" if value else ""
        return f"{name}{value}{zone}:{text}"

    def text(self, moment):
        if isinstance(moment, tuple):
            start, end = moment
            return f"{self.text(start)}/{end if isinstance(end, str) else self.text(end)}"
        return moment.strftime("%Y%m%dT%H%M%S").rjust(15, "0") + ("Z" if self.name == "UTC" else "")


def days(name, *moments):
    return f"{name};VALUE=DATE:" + ",".join(moment.strftime("%Y%m%d").rjust(8, "0") for moment in moments)


class Dice(random.Random):
    def chance(self, probability):
        return self.random() < probability

    def clock(self, writer):
        """As calendars are: most in a zone with its definition."""
        kind = self.random()
        if kind < 0.15:
            return Clock(writer, "UTC")
        if kind < 0.25:
            return Clock(writer, self.choice(zones.NAMED))
        if kind < 0.32:
            return Clock(writer, self.choice(list(zones.ALIASES)))
        if kind < 0.38:
            return Clock(writer, "floating")
        name = self.choice([*zones.DEFINED, *zones.FIXED])
        return Clock(writer, name, zones.definition(name))

    def moment(self, first=2024, last=2027):
        day = date(first, 1, 1) + timedelta(days=self.randrange((date(last, 12, 31) - date(first, 1, 1)).days))
        return datetime(day.year, day.month, day.day, self.randrange(24), self.choice([0, 0, 15, 30, 45]))

    def length(self):
        return timedelta(minutes=15 * self.randint(1, 12))


class Repeat(NamedTuple):
    """A rule, and when its k-th instance after `start` is."""

    rule: str
    start: datetime
    step: object

    def at(self, k):
        return self.step(k)


def repeat(dice, start, kinds="DDWWWWWMMNNY"):
    """A rule with one instance per period, of which `start` is the first."""
    every = dice.choice([1, 1, 1, 2, 3])
    interval = f";INTERVAL={every}" if every > 1 else ""
    kind = dice.choice(kinds)
    if kind == "D":
        return Repeat(f"FREQ=DAILY{interval}", start, lambda k: start + timedelta(days=every * k))
    if kind == "W":
        weekday = f";BYDAY={WEEKDAYS[start.weekday()]}" if dice.chance(0.8) else ""
        return Repeat(f"FREQ=WEEKLY{weekday}{interval}", start, lambda k: start + timedelta(weeks=every * k))
    if kind == "Y":
        start = start.replace(day=min(start.day, 28))
        return Repeat(f"FREQ=YEARLY{interval}", start, lambda k: start.replace(year=start.year + every * k))
    if kind == "M":
        start = start.replace(day=min(start.day, 28))
        return Repeat(f"FREQ=MONTHLY;BYMONTHDAY={start.day}{interval}", start, lambda k: month(start, every * k))
    nth = min((start.day - 1) // 7, 3)
    rule = f"FREQ=MONTHLY;BYDAY={nth + 1}{WEEKDAYS[start.weekday()]}{interval}"
    start = start if start.day <= 28 else nth_weekday(start, nth, 0)
    return Repeat(rule, start, lambda k: nth_weekday(start, nth, every * k))


def month(moment, later):
    years, months = divmod(moment.month - 1 + later, 12)
    return moment.replace(year=moment.year + years, month=months + 1)


def nth_weekday(moment, nth, later):
    first = month(moment.replace(day=1), later)
    return first + timedelta(days=(moment.weekday() - first.weekday()) % 7 + 7 * nth)


def ending(dice, found, clock):
    """How a rule ends: not at all, or after some instances, in one of the ways to say so."""
    number = dice.randint(3, 40)
    if found.rule.startswith("FREQ=YEARLY"):
        number = dice.randint(2, 5)
    last = found.at(number - 1)
    way = dice.randrange(6)
    if way < 2:
        return ""
    if way < 4:
        return f";COUNT={number}"
    if clock is None:
        return f";UNTIL={last:%Y%m%d}"
    # A day that the zone's offset cannot turn into another instance's.
    return f";UNTIL={last + timedelta(hours=12):%Y%m%dT%H%M%S}" + ("" if clock.name == "floating" else "Z")


# --- as people have it -------------------------------------------------------------------------------


def real(number):
    """72 % timed, 12 % all-day, 16 % recurring."""
    dice = Dice(SEED)
    found = []
    for count in range(number):
        writer = Writer(f"real{count}")
        kind = dice.random()
        start = dice.moment()
        if kind < 0.72:
            timed(dice, writer, start)
        elif kind < 0.84:
            last = start + timedelta(days=dice.choice([1, 1, 1, 2, 5, 14]))
            writer.component("VEVENT", days("DTSTART", start), days("DTEND", last), *habits(dice))
        else:
            recurring(dice, writer, start)
        found.append(writer.object())
    return found


def habits(dice):
    """What says whether somebody is busy."""
    kind = dice.random()
    if kind < 0.1:
        return ["TRANSP:TRANSPARENT"]
    if kind < 0.15:
        return ["STATUS:CANCELLED"]
    if kind < 0.25:
        return ["STATUS:TENTATIVE", "TRANSP:OPAQUE"]
    return ["STATUS:CONFIRMED"] if kind < 0.6 else []


def timed(dice, writer, start):
    clock = dice.clock(writer)
    if dice.chance(0.7):
        end = clock("DTEND", start + dice.length())
    else:
        end = f"DURATION:PT{dice.randint(1, 240)}M"
    writer.component("VEVENT", clock("DTSTART", start), end, *habits(dice))


def recurring(dice, writer, start):
    if dice.chance(0.2):
        found = repeat(dice, start)
        rule = f"RRULE:{found.rule}{ending(dice, found, None)}"
        lines = [days("DTSTART", found.start), rule]
        if dice.chance(0.3):
            lines.append(days("EXDATE", found.at(1)))
        writer.component("VEVENT", *lines)
        return
    clock = dice.clock(writer)
    start = start.replace(hour=dice.randint(6, 20))
    length = dice.length()
    if dice.chance(0.3):
        # Several days of a week.
        weekdays = sorted(dice.sample(range(7), dice.randint(2, 4)))
        start += timedelta(days=weekdays[0] - start.weekday())
        every = dice.randint(1, 3)
        rule = f"FREQ=WEEKLY;INTERVAL={every};BYDAY=" + ",".join(WEEKDAYS[day] for day in weekdays)
        found = Repeat(rule, start, lambda k: start + timedelta(weeks=every * k))
    else:
        found = repeat(dice, start)
    lines = [f"RRULE:{found.rule}{ending(dice, found, clock)}"]
    if dice.chance(0.3):
        lines.append(clock("EXDATE", found.at(dice.randint(1, 2))))
    end = clock("DTEND", found.start + length)
    if dice.chance(0.2):
        end = f"DURATION:PT{dice.randint(10, 300)}M"
    writer.component("VEVENT", clock("DTSTART", found.start), end, *lines, *habits(dice))
    for k in (3, 4):
        if dice.chance(0.2):
            override(dice, writer, clock, found.at(k), found.at(k) + timedelta(minutes=15 * dice.randint(-100, 100)))


def override(dice, writer, clock, original, start, *more, length=None):
    writer.component(
        "VEVENT",
        clock("RECURRENCE-ID", original),
        clock("DTSTART", start),
        clock("DTEND", start + (length or dice.length())),
        *(more or habits(dice)),
    )


# --- where everything is an edge ----------------------------------------------------------------------


def edges(number):
    """Every kind in turn."""
    dice = Dice(SEED + 1)
    found = []
    for count in range(number):
        kind = EDGES[count % len(EDGES)]
        writer = Writer(f"{kind.__name__}{count}")
        kind(dice, writer)
        found.append(writer.object())
    return found


def jump(dice, writer):
    """Every day, or once, at a time that a day lacks or has twice."""
    name, day, time = dice.choice(zones.JUMPS)
    defined = name in zones.DEFINED and dice.chance(0.6)
    clock = Clock(writer, name, zones.definition(name) if defined else ())
    start = datetime(*day, *time)
    length = dice.choice([timedelta(minutes=30), timedelta(hours=1), timedelta(hours=5)])
    end = dice.choice([clock("DTEND", start + length), f"DURATION:PT{length.seconds // 60}M"])
    if dice.chance(0.3):
        writer.component("VEVENT", clock("DTSTART", start), end)
        return
    # The length is that of a day without a jump.
    start -= timedelta(days=dice.randint(1, 5))
    if end.startswith("DTEND"):
        end = clock("DTEND", start + length)
    elif dice.chance(0.3):
        # From one day to the next by the clock, or exactly.
        start = start.replace(hour=20)
        end = f"DURATION:{dice.choice(['P1D', 'PT24H', 'P1DT2H', 'PT12H', 'P1W'])}"
    writer.component("VEVENT", clock("DTSTART", start), end, "RRULE:FREQ=DAILY;COUNT=9")


def all_day(dice, writer):
    start = dice.moment()
    end = dice.choice(
        [
            [],
            [days("DTEND", start)],
            [days("DTEND", start + timedelta(days=dice.randint(1, 40)))],
            [f"DURATION:{dice.choice(['P1D', 'P3D', 'P2W'])}"],
        ]
    )
    rule = dice.choice(
        [[], [], ["RRULE:FREQ=YEARLY"], ["RRULE:FREQ=WEEKLY;INTERVAL=2"], ["RRULE:FREQ=MONTHLY;BYMONTHDAY=-1"]]
    )
    if rule and "-1" in rule[0]:
        start = start.replace(day=monthrange(start.year, start.month)[1])
        end = []
    if dice.chance(0.1):
        start, end, rule = datetime(dice.choice([1996, 2000, 2024]), 2, 29), [], ["RRULE:FREQ=YEARLY"]
    value = start.strftime("%Y%m%d")
    bare = not end and not rule and dice.chance(0.2)
    # Programs leave VALUE=DATE out.
    writer.component("VEVENT", f"DTSTART:{value}" if bare else days("DTSTART", start), *end, *rule, *habits(dice))


def point(dice, writer):
    """Without a length."""
    clock = dice.clock(writer)
    start = dice.moment()
    end = dice.choice([[], [clock("DTEND", start)], ["DURATION:PT0S"], ["DURATION:P0D"]])
    rule = dice.choice([[], ["RRULE:FREQ=WEEKLY;COUNT=30"]])
    writer.component("VEVENT", clock("DTSTART", start), *end, *rule)


def floating(dice, writer):
    clock = Clock(writer, "floating")
    found = repeat(dice, dice.moment())
    rule = [] if dice.chance(0.4) else [f"RRULE:{found.rule}{ending(dice, found, clock)}"]
    writer.component("VEVENT", clock("DTSTART", found.start), clock("DTEND", found.start + dice.length()), *rule)


def long(dice, writer):
    """Goes on for days, and the next instance may begin before this one ends."""
    clock = dice.clock(writer)
    start = dice.moment()
    length = timedelta(days=dice.randint(1, 40), hours=dice.randint(0, 23))
    found = repeat(dice, start, "DWM")
    rule = [] if dice.chance(0.4) else [f"RRULE:{found.rule};COUNT={dice.randint(2, 50)}"]
    writer.component("VEVENT", clock("DTSTART", found.start), clock("DTEND", found.start + length), *rule)


def excluded(dice, writer):
    """EXDATE in every form."""
    clock = dice.clock(writer)
    start = dice.moment().replace(hour=12)
    found = repeat(dice, start, "DWM")
    way = dice.randrange(5)
    if way == 0:
        lines = [clock("EXDATE", found.at(1), found.at(3)), clock("EXDATE", found.at(5))]
    elif way == 1:
        lines = [clock("EXDATE", found.start)]
    elif way == 2:
        lines = [days("EXDATE", found.at(2))]
    elif way == 3:
        # Something that is no instance.
        lines = [clock("EXDATE", found.at(1) + timedelta(minutes=1))]
    else:
        clock = Clock(writer, "Asia/Kolkata")
        utc = Clock(writer, "UTC")
        lines = [utc("EXDATE", found.at(2) - timedelta(hours=5, minutes=30))]
    rule = f"RRULE:{found.rule};COUNT={dice.randint(6, 30)}"
    writer.component("VEVENT", clock("DTSTART", found.start), "DURATION:PT90M", rule, *lines)


def dated(dice, writer):
    """RDATE in every form."""
    clock = dice.clock(writer)
    start = dice.moment().replace(hour=10)
    found = repeat(dice, start, "WM")
    others = [found.start + timedelta(days=dice.randint(-20, 90), hours=dice.randint(-8, 8)) for _ in range(3)]
    way = dice.randrange(5)
    if way == 0:
        lines = [clock("RDATE", *others)]
    elif way == 1:
        lines = [clock("RDATE", *((o, o + timedelta(hours=3)) for o in others), value="PERIOD")]
    elif way == 2:
        lines = [clock("RDATE", *((o, "PT7H30M") for o in others), value="PERIOD")]
    elif way == 3:
        # What the rule gives as well, and one that is excluded again.
        lines = [clock("RDATE", found.at(1), others[0], others[1]), clock("EXDATE", others[1])]
    else:
        lines = [clock("RDATE", found.start)]
    rule = [] if dice.chance(0.3) else [f"RRULE:{found.rule};COUNT=8"]
    writer.component("VEVENT", clock("DTSTART", found.start), clock("DTEND", found.start + dice.length()), *rule, *lines)


def overridden(dice, writer):
    """Overrides in every form."""
    clock = dice.clock(writer)
    start = dice.moment().replace(hour=9)
    found = repeat(dice, start, "DWM")
    rule = f"RRULE:{found.rule};COUNT={dice.randint(6, 60)}"
    if dice.chance(0.9):
        writer.component("VEVENT", clock("DTSTART", found.start), "DURATION:PT1H", rule, *habits(dice))
    for k in sorted(dice.sample(range(6), dice.randint(1, 4))):
        original = found.at(k)
        way = dice.randrange(7)
        if way == 0:
            override(dice, writer, clock, original, original + timedelta(days=dice.choice([-400, -30, 30, 400])))
        elif way == 1:
            override(dice, writer, clock, original, original, length=timedelta(days=dice.randint(1, 9)))
        elif way == 2:
            writer.component("VEVENT", clock("RECURRENCE-ID", original), days("DTSTART", original))
        elif way == 3:
            override(dice, writer, clock, original, original, "STATUS:CANCELLED")
        elif way == 4:
            other = dice.clock(writer)
            lines = [other("DTSTART", original), other("DTEND", original + timedelta(hours=2))]
            writer.component("VEVENT", clock("RECURRENCE-ID", original), *lines)
        elif way == 5:
            # Of an instance that is none.
            override(dice, writer, clock, original + timedelta(minutes=7), original + timedelta(minutes=7))
        else:
            # To where another instance is.
            override(dice, writer, clock, original, found.at(k + 1))


def in_utc(dice, writer):
    """RECURRENCE-ID in UTC where DTSTART has a zone."""
    clock = Clock(writer, "Asia/Tokyo", zones.definition("Asia/Tokyo"))
    utc = Clock(writer, "UTC")
    found = repeat(dice, dice.moment(), "DW")
    writer.component("VEVENT", clock("DTSTART", found.start), "DURATION:PT2H", f"RRULE:{found.rule};COUNT=9")
    original, start = found.at(3) - timedelta(hours=9), found.at(3) - timedelta(hours=dice.randint(0, 40))
    lines = [utc("DTSTART", start), utc("DTEND", start + timedelta(hours=1))]
    writer.component("VEVENT", utc("RECURRENCE-ID", original), *lines)


def future(dice, writer):
    """RANGE=THISANDFUTURE, once or twice, and overrides after it."""
    clock = dice.clock(writer)
    start = dice.moment().replace(hour=11)
    found = repeat(dice, start, "DDWWM")
    number = dice.randint(8, 20)
    excluded = [clock("EXDATE", found.at(5))] if dice.chance(0.3) else []
    rule = f"RRULE:{found.rule};COUNT={number}" if dice.chance(0.7) else f"RRULE:{found.rule}"
    writer.component("VEVENT", clock("DTSTART", found.start), clock("DTEND", found.start + dice.length()), rule, *excluded)
    for k in sorted(dice.sample([1, 2, 4, 6], dice.randint(1, 2))):
        begin = found.at(k) + timedelta(minutes=30 * dice.randint(-60, 60))
        identity = clock("RECURRENCE-ID", found.at(k)).replace("RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE", 1)
        end = dice.choice([clock("DTEND", begin + dice.length()), f"DURATION:PT{dice.randint(1, 300)}M"])
        writer.component("VEVENT", identity, clock("DTSTART", begin), end, *habits(dice))
    if dice.chance(0.5):
        override(dice, writer, clock, found.at(7), found.at(7) + timedelta(hours=dice.randint(-50, 50)))


def until(dice, writer):
    """UNTIL at an instance, a second before it, a day."""
    name, offset = dice.choice([("Asia/Kathmandu", 345), ("Etc/GMT+12", -720), ("Pacific/Kiritimati", 840)])
    clock = Clock(writer, name, zones.definition(name) if dice.chance(0.5) else ())
    found = repeat(dice, dice.moment(), "DWM")
    last = found.at(dice.randint(1, 9))
    way = dice.randrange(5)
    if way == 0:
        end = (last - timedelta(minutes=offset)).strftime("%Y%m%dT%H%M%SZ")
    elif way == 1:
        end = (last - timedelta(minutes=offset, seconds=1)).strftime("%Y%m%dT%H%M%SZ")
    elif way == 2:
        end = last.strftime("%Y%m%dT%H%M%S")
    elif way == 3:
        end = (last - timedelta(seconds=1)).strftime("%Y%m%dT%H%M%S")
    else:
        end = last.strftime("%Y%m%d")
    writer.component("VEVENT", clock("DTSTART", found.start), "DURATION:PT1H", f"RRULE:{found.rule};UNTIL={end}")


def parts(dice, writer):
    """Rules with more than one part."""
    clock = dice.clock(writer)
    start, rule = dice.choice(
        [
            (datetime(2024, 1, 31, 17), "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
            (datetime(2024, 1, 1, 8), "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,2"),
            (datetime(2024, 1, 31, 9), "FREQ=MONTHLY;BYMONTHDAY=-1"),
            (datetime(2024, 1, 31, 9), "FREQ=MONTHLY;BYMONTHDAY=31"),
            (datetime(2024, 1, 26, 9), "FREQ=MONTHLY;BYDAY=-1FR"),
            (datetime(2024, 1, 29, 9), "FREQ=MONTHLY;BYDAY=5MO"),
            (datetime(2024, 2, 29, 9), "FREQ=YEARLY"),
            (datetime(2024, 3, 31, 9), "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
            (datetime(2024, 9, 13, 9), "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
            (datetime(2024, 4, 9, 9), "FREQ=YEARLY;BYYEARDAY=100,200,300"),
            (datetime(2024, 1, 1, 6), "FREQ=HOURLY;INTERVAL=7;COUNT=60"),
            (datetime(2026, 3, 28, 23), "FREQ=MINUTELY;INTERVAL=20;COUNT=40"),
            (datetime(2024, 1, 1, 9), "FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30;COUNT=100"),
            (datetime(2024, 1, 2, 9), "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU"),
            (datetime(2024, 1, 2, 9), "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO"),
            (datetime(2024, 1, 1, 9), "FREQ=DAILY;BYMONTH=1,7"),
            (datetime(2024, 5, 1, 9), "FREQ=YEARLY;BYMONTH=5,11;BYMONTHDAY=1,15"),
        ]
    )
    writer.component("VEVENT", clock("DTSTART", start), f"DURATION:PT{dice.randint(10, 600)}M", f"RRULE:{rule}")


def outside(dice, writer):
    """Begins with what its rule does not give, which is an instance all the same."""
    clock = dice.clock(writer)
    start = dice.moment().replace(hour=15)
    weekday = WEEKDAYS[(start.weekday() + dice.randint(1, 6)) % 7]
    end = dice.choice(["", ";COUNT=5"])
    writer.component("VEVENT", clock("DTSTART", start), "DURATION:PT1H", f"RRULE:FREQ=WEEKLY;BYDAY={weekday}{end}")


def two_rules(dice, writer):
    clock = dice.clock(writer)
    start = dice.moment().replace(hour=13)
    rules = [f"RRULE:{repeat(dice, start, kind).rule};COUNT={dice.randint(2, 12)}" for kind in "DW"]
    writer.component("VEVENT", clock("DTSTART", start), "DURATION:PT1H", *rules)


def flight(dice, writer):
    """Ends in another zone than it begins."""
    start = dice.moment()
    there = Clock(writer, "Asia/Tokyo", zones.definition("Asia/Tokyo"))
    here = Clock(writer, "Europe/Berlin", zones.definition("Europe/Berlin"))
    rule = dice.choice([[], ["RRULE:FREQ=WEEKLY;COUNT=40"]])
    writer.component("VEVENT", there("DTSTART", start), here("DTEND", start + timedelta(hours=5)), *rule)


def contradicted(dice, writer):
    """The definition in the object is not what the name says."""
    name = dice.choice(list(zones.CONTRADICTED))
    clock = Clock(writer, name, zones.contradiction(name))
    start = dice.moment()
    rule = dice.choice([[], ["RRULE:FREQ=DAILY;COUNT=9"]])
    writer.component("VEVENT", clock("DTSTART", start), "DURATION:PT1H", *rule)


def task(dice, writer):
    """The eight rows of RFC 4791 section 9.9, and rules with the first three."""
    clock = dice.clock(writer)
    start = dice.moment(2025, 2026)
    later = start + dice.choice([timedelta(0), timedelta(hours=2), timedelta(days=3)])
    utc = Clock(writer, "UTC")
    row = dice.randrange(8)
    lines = []
    if row < 3:
        lines.append(clock("DTSTART", start))
    if row == 0:
        lines.append(dice.choice(["DURATION:PT2H", "DURATION:PT0S", "DURATION:P2D"]))
    if row in (1, 3):
        lines.append(clock("DUE", later))
    if row < 3 and dice.chance(0.4):
        lines.append(f"RRULE:{repeat(dice, start, 'DW').rule};COUNT={dice.randint(2, 20)}")
        if dice.chance(0.5):
            lines.append(clock("EXDATE", start))
    # What the other rows look at; in the first four it changes nothing.
    if row in (4, 5) or dice.chance(0.2):
        if row not in (6, 7):
            lines.append(utc("COMPLETED", start + timedelta(days=dice.randint(0, 9))))
    if row in (4, 6) or dice.chance(0.2):
        if row not in (5, 7):
            lines.append(utc("CREATED", start - timedelta(days=dice.randint(0, 9))))
    writer.component("VTODO", *lines)


def dated_task(dice, writer):
    """Tasks of whole days."""
    start = dice.moment(2025, 2026)
    due = start + timedelta(days=dice.randint(1, 5))
    lines = dice.choice(
        [
            [days("DTSTART", start)],
            [days("DTSTART", start), days("DUE", due)],
            [days("DUE", due)],
            [days("DTSTART", start), "DURATION:P2D"],
            [days("DTSTART", start), days("DUE", due), "RRULE:FREQ=WEEKLY;COUNT=10"],
        ]
    )
    writer.component("VTODO", *lines)


def journal(dice, writer):
    clock = dice.clock(writer)
    start = dice.moment(2025, 2026)
    lines = dice.choice(
        [[], [days("DTSTART", start)], [clock("DTSTART", start)], [clock("DTSTART", start), "RRULE:FREQ=WEEKLY;COUNT=20"]]
    )
    writer.component("VJOURNAL", *lines)


def free_busy(dice, writer):
    utc = Clock(writer, "UTC")
    start = dice.moment(2025, 2026)
    moments = [start + timedelta(hours=dice.randint(0, 60)) for _ in range(4)]
    lines = [
        f"FREEBUSY;FBTYPE={kind}:{utc.text((moment, dice.choice(['PT3H', moment + timedelta(hours=2)])))}"
        for kind, moment in zip(["BUSY", "FREE", "BUSY-TENTATIVE", "BUSY-UNAVAILABLE"], moments)
    ]
    if dice.chance(0.2):
        lines = []
    if dice.chance(0.5):
        lines = [utc("DTSTART", start), utc("DTEND", start + timedelta(days=3)), *lines]
    writer.component("VFREEBUSY", *lines)


def alarm(dice, writer):
    """Alarms: before, after, far ahead, again and again, at a moment of their own."""
    clock = Clock(writer, dice.choice(["UTC", "Asia/Tokyo", "floating"]))
    start = dice.moment(2025, 2026)
    trigger = dice.choice(
        [
            ["TRIGGER:-PT15M"],
            ["TRIGGER:PT0S"],
            ["TRIGGER;RELATED=END:PT10M"],
            ["TRIGGER;RELATED=END:-PT5M"],
            ["TRIGGER:-P7D"],
            ["TRIGGER:-P1W"],
            ["TRIGGER:P1DT2H"],
            ["TRIGGER:-PT1H", "REPEAT:4", "DURATION:PT20M"],
            [Clock(writer, "UTC")("TRIGGER", start - timedelta(days=100), value="DATE-TIME")],
        ]
    )
    rule = dice.choice([[], ["RRULE:FREQ=DAILY;INTERVAL=3;COUNT=30"], ["RRULE:FREQ=WEEKLY"]])
    alarm = ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Now", *trigger, "END:VALARM"]
    writer.component("VEVENT", clock("DTSTART", start), "DURATION:PT45M", *rule, *alarm)


EDGES = [
    jump,
    jump,
    jump,
    all_day,
    all_day,
    point,
    floating,
    long,
    long,
    excluded,
    excluded,
    dated,
    dated,
    overridden,
    overridden,
    overridden,
    in_utc,
    future,
    future,
    future,
    until,
    until,
    parts,
    parts,
    outside,
    two_rules,
    flight,
    contradicted,
    task,
    task,
    task,
    task,
    dated_task,
    journal,
    free_busy,
    alarm,
    alarm,
]

# --- two centuries ------------------------------------------------------------------------------------


def ages(number):
    """Begins long ago or far ahead, and mostly never ends."""
    dice = Dice(SEED + 2)
    found = []
    for count in range(number):
        writer = Writer(f"ages{count}")
        zone = dice.choice(["UTC", "floating", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Africa/Cairo"])
        clock = Clock(writer, zone)
        year = dice.choice([1900, 1916, 1933, 1945, 1969, 1970, 1985, 2038, 2077, 2098])
        repeated = repeat(dice, dice.moment(year, year), "WMNY")
        start = repeated.start
        rule = [] if dice.chance(0.2) else [f"RRULE:{repeated.rule}"]
        if dice.chance(0.3):
            times = [days("DTSTART", start), days("DTEND", start + timedelta(days=dice.randint(1, 9)))]
        else:
            times = [clock("DTSTART", start), clock("DTEND", start + dice.length())]
        writer.component("VEVENT", *times, *rule)
        found.append(writer.object())
    return found


if __name__ == "__main__":
    makers = {"real": real, "edges": edges, "ages": ages}
    for item in makers[sys.argv[1]](int(sys.argv[2])):
        sys.stdout.write(item.text)
