"""The recurrence set of an object, one instance after the other up to a horizon: RFC 5545 sections
3.8.4.4 and 3.8.5, as literally as can be. python-dateutil knows the rules."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from dateutil.rrule import rrulestr

from zone import UTC, seconds

DAY = 86_400


@dataclass(frozen=True)
class Moment:
    """A value of DTSTART and its like."""

    local: datetime
    zone: object
    is_date: bool = False

    @property
    def instant(self):
        return self.zone.instant(self.local)

    def plus(self, length):
        """Days by the clock, then exact time (RFC 5545 section 3.3.6)."""
        days, exact = length
        return self.zone.instant(self.local + timedelta(days=days)) + exact


@dataclass(frozen=True)
class Instance:
    component: object
    id: int | None  # its original start; None where nothing recurs
    start: Moment
    starts: int
    ends: int


def instance(component, identity, start, lasts):
    return Instance(component, identity, start, start.instant, start.plus(lasts))


def read_moment(text, parameters, zones):
    if len(text) == 8:
        return Moment(datetime.strptime(text, "%Y%m%d"), zones.floating, True)
    if text.endswith("Z"):
        return Moment(datetime.strptime(text, "%Y%m%dT%H%M%SZ"), UTC)
    zone = zones.of(parameters["TZID"]) if "TZID" in parameters else zones.floating
    return Moment(datetime.strptime(text, "%Y%m%dT%H%M%S"), zone)


def read_duration(text):
    """Days by the clock, and exact seconds."""
    parts = {unit: int(number) for number, unit in re.findall(r"(\d+)([WDHMS])", text)}
    sign = -1 if text.startswith("-") else 1
    days = 7 * parts.get("W", 0) + parts.get("D", 0)
    exact = 3600 * parts.get("H", 0) + 60 * parts.get("M", 0) + parts.get("S", 0)
    return sign * days, sign * exact


def property_moment(component, name, zones):
    found = component.first(name)
    return found and read_moment(found[1], found[0], zones)


def length(component, start, zones):
    """Of DTEND and DUE the exact time, of DURATION the nominal one (RFC 5545 section 3.8.5.3)."""
    end = property_moment(component, "DUE" if component.name == "VTODO" else "DTEND", zones)
    if component.name == "VJOURNAL":
        end = None
    if end and start.is_date and end.is_date:
        days = (end.local - start.local).days
        return max(days, 1) if component.name == "VEVENT" else days, 0
    if end:
        exact = end.instant - start.instant
        # Of an event an end that is none is passed over, also where a gap makes it one.
        return 0, max(exact, 0) if component.name == "VEVENT" else exact
    duration = component.value("DURATION")
    if duration and component.name != "VJOURNAL":
        return read_duration(duration)
    if start.is_date and component.name != "VTODO":
        return 1, 0
    return 0, 0


def anchor(component, zones):
    """DTSTART; of a task without one, DUE."""
    return property_moment(component, "DTSTART", zones) or (
        component.name == "VTODO" and property_moment(component, "DUE", zones) or None
    )


def by_rule(text, start, horizon):
    """Local starts. DTSTART is the first and counts, whether the rule gives it or not."""
    parts = dict(part.split("=", 1) for part in text.split(";"))
    count = int(parts.pop("COUNT", 0))
    until = parts.pop("UNTIL", None)
    last = horizon
    if until:
        if len(until) == 8:
            last = min(last, datetime.strptime(until, "%Y%m%d") + timedelta(days=1, seconds=-1))
        elif until.endswith("Z") and not start.is_date:
            utc = seconds(datetime.strptime(until, "%Y%m%dT%H%M%SZ"))
            last = min(last, start.zone.local(utc))
        else:
            last = min(last, datetime.strptime(until.rstrip("Z"), "%Y%m%dT%H%M%S"))
    found = [start.local]
    for local in rrulestr(";".join(f"{k}={v}" for k, v in parts.items()), dtstart=start.local):
        if local > last or count and len(found) == count:
            break
        if local > found[-1]:
            found.append(local)
    return found


class RecurrenceSet:
    """All instances of the VEVENTs, VTODOs or VJOURNALs of an object, or of these without one of them."""

    def __init__(self, calendar, zones, horizon, without=None):
        self.zones = zones
        self.components = [c for c in calendar.named("VEVENT", "VTODO", "VJOURNAL") if c is not without]
        self.instances = []
        overrides = [c for c in self.components if c.first("RECURRENCE-ID")]
        master = next((c for c in self.components if not c.first("RECURRENCE-ID")), None)
        start = master and anchor(master, zones)
        self.taken_ids, self.taken_days = set(), set()
        self.changes = []
        for override in overrides:
            self.take(override, start)
        if start:
            self.add_master(master, start, horizon)
        self.instances.sort(key=lambda one: (one.starts, one.ends))

    def identity(self, value, start):
        """The instants and days that a RECURRENCE-ID or EXDATE means."""
        if start is None or value.is_date == start.is_date:
            return value.instant, None
        return None, value.local.date()

    def take(self, override, start):
        parameters, text = override.first("RECURRENCE-ID")
        original = read_moment(text, parameters, self.zones)
        instant, day = self.identity(original, start)
        self.taken_ids.add(instant)
        self.taken_days.add(day)
        own = anchor(override, self.zones)
        lasts = length(override, own, self.zones)
        self.instances.append(instance(override, original.instant, own, lasts))
        if parameters.get("RANGE") == "THISANDFUTURE":
            self.changes.append((original.instant, own, own.local - start.zone.local(original.instant), lasts, override))

    def add_master(self, master, start, horizon):
        locals_ = {start.local}
        periods = {}
        for _, text in master.all("RRULE"):
            locals_.update(by_rule(text, start, horizon))
        for parameters, text in master.all("RDATE"):
            for value in text.split(","):
                begin, _, end = value.partition("/")
                local = start.zone.local(read_moment(begin, parameters, self.zones).instant)
                if start.is_date:
                    local = datetime.strptime(begin[:8], "%Y%m%d")
                locals_.add(local)
                if end.startswith("P"):
                    periods[local] = read_duration(end)
                elif end:
                    begins = start.zone.instant(local)
                    periods[local] = 0, read_moment(end, parameters, self.zones).instant - begins
        excluded_ids, excluded_days = set(), set()
        for parameters, text in master.all("EXDATE"):
            for value in text.split(","):
                instant, day = self.identity(read_moment(value, parameters, self.zones), start)
                excluded_ids.add(instant)
                excluded_days.add(day)
        recurs = len(self.components) > 1 or master.first("RRULE") or master.first("RDATE")
        own = length(master, start, self.zones)
        for local in sorted(locals_):
            at = Moment(local, start.zone, start.is_date)
            instant = at.instant
            if {instant, local.date()} & (excluded_ids | excluded_days | self.taken_ids | self.taken_days):
                continue
            begin, lasts, component = at, periods.get(local, own), master
            # "THISANDFUTURE": the same time difference and the same duration for all that follow.
            for since, base, by, changed, override in sorted(self.changes, key=lambda change: change[0]):
                if since <= instant:
                    begin = Moment(local + by, base.zone, base.is_date)
                    lasts, component = periods.get(local, changed), override
            identity = instant if recurs else None
            self.instances.append(instance(component, identity, begin, lasts))
