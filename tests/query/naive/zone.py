"""Time zones as RFC 5545 describes them: a VTIMEZONE, or Python's zoneinfo for a name. Moments are
seconds since 1970 in UTC."""

from bisect import bisect_right
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

import zones

EPOCH = datetime(1970, 1, 1)


def seconds(local):
    return (local - EPOCH) // timedelta(seconds=1)


def moment(number):
    return EPOCH + timedelta(seconds=number)


class Named:
    def __init__(self, name):
        self.zone = ZoneInfo(name)

    def instant(self, local):
        """Of a time that is not there and of one that is twice, fold=0 is what RFC 5545 section 3.3.5
        says: the offset before the gap, the first of both."""
        offset = local.replace(tzinfo=self.zone, fold=0).utcoffset()
        return seconds(local) - offset // timedelta(seconds=1)

    def local(self, number):
        offset = moment(number).replace(tzinfo=ZoneInfo("UTC")).astimezone(self.zone).utcoffset()
        return moment(number) + offset


class Defined:
    """A VTIMEZONE (RFC 5545 section 3.6.5)."""

    def __init__(self, component):
        onsets = []
        for observance in component.parts:
            since, to = (offset(observance.value(name)) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
            first = datetime.strptime(observance.value("DTSTART"), "%Y%m%dT%H%M%S")
            rule = observance.value("RRULE")
            begins = [first]
            if rule:
                begins += [m for m in rrulestr(rule + ";UNTIL=21100101T000000", dtstart=first) if m > first]
            onsets += [(seconds(begin) - since, seconds(begin), since, to) for begin in begins]
        onsets.sort()
        self.at = [at for at, _, _, _ in onsets]
        # The new offset counts once its clock has passed both what the gap skips and what comes twice.
        self.passed = [begin + max(0, to - since) for _, begin, since, to in onsets]
        self.offsets = [onsets[0][2]] + [to for _, _, _, to in onsets]

    def instant(self, local):
        number = seconds(local)
        return number - self.offsets[bisect_right(self.passed, number)]

    def local(self, number):
        return moment(number + self.offsets[bisect_right(self.at, number)])


def offset(text):
    sign = -1 if text[0] == "-" else 1
    return sign * (int(text[1:3]) * 3600 + int(text[3:5]) * 60 + int(text[5:7] or 0))


UTC = Named("UTC")


class Zones:
    """Those of one object: its own definition first."""

    known = {}

    def __init__(self, calendar, floating):
        self.floating = floating
        self.defined = {}
        for component in calendar.named("VTIMEZONE"):
            text = repr([(part.name, part.lines) for part in component.parts])
            if text not in Zones.known:
                Zones.known[text] = Defined(component)
            self.defined[component.value("TZID")] = Zones.known[text]

    def of(self, name):
        if name in self.defined:
            return self.defined[name]
        return Named(zones.ALIASES.get(name, name))
