"""The tables of RFC 4791 section 9.9, row by row, and its section 7.10. A range is a pair of seconds
since 1970."""

import math
from bisect import bisect_left, bisect_right

from instances import RecurrenceSet, property_moment, read_duration, read_moment
from zone import Zones


class Subject:
    """An object with its instances up to a horizon."""

    def __init__(self, name, calendar, floating, horizon):
        self.name = name
        self.zones = Zones(calendar, floating)
        self.calendar = calendar
        self.components = calendar.named("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")
        self.kind = self.components[0].name
        self.horizon = horizon
        self.set = RecurrenceSet(calendar, self.zones, horizon)
        self.originals = {}
        self.starts = [one.starts for one in self.set.instances]
        self.longest = max((one.ends - one.starts for one in self.set.instances), default=0)

    def overlapping(self, start, end):
        """The instances that a range has."""
        # The tables count some ends in; nothing further away has anything to do with the range.
        first = bisect_left(self.starts, start - self.longest)
        last = bisect_right(self.starts, end)
        return [one for one in self.set.instances[first:last] if has(one, start, end)]

    def overlaps(self, start, end):
        if self.kind == "VFREEBUSY":
            return any(free_busy_overlaps(part, self.zones, start, end) for part in self.components)
        if self.kind == "VTODO" and not self.set.instances:
            return any(undated_overlaps(part, self.zones, start, end) for part in self.components)
        return bool(self.overlapping(start, end))

    def impacts(self, override, start, end):
        """Whether an override's "current start and end times overlap the time range, or [...] the original
        start and end times" (RFC 4791 section 9.6.6)."""
        ids = {one.id for one in self.set.instances if one.component is override}
        now = (one for one in self.set.instances if one.component is override)
        once = (one for one in self.without(override).instances if one.id in ids and one.component is not override)
        return any(has(one, start, end) for several in (now, once) for one in several)

    def without(self, override):
        if id(override) not in self.originals:
            self.originals[id(override)] = RecurrenceSet(self.calendar, self.zones, self.horizon, override)
        return self.originals[id(override)]

    def alarms(self):
        """Every moment at which an alarm goes off."""
        found = set()
        for instance in self.set.instances:
            for alarm in instance.component.named("VALARM"):
                found.update(triggers(alarm, instance, self.zones))
        return found


def has(instance, start, end):
    component, begins, ends = instance.component, instance.starts, instance.ends
    dated = {name for name in ("DTSTART", "DURATION", "DUE") if component.first(name)}
    if component.name == "VTODO" and "DTSTART" not in dated:
        return start < ends and end >= ends
    if component.name == "VTODO" and "DURATION" in dated:
        return start <= ends and (end > begins or end >= ends)
    if component.name == "VTODO" and "DUE" in dated:
        return (start < ends or start <= begins) and (end > begins or end >= ends)
    if component.name == "VTODO" or ends <= begins:
        return start <= begins and end > begins
    return start < ends and end > begins


def undated_overlaps(component, zones, start, end):
    completed, created = (property_moment(component, name, zones) for name in ("COMPLETED", "CREATED"))
    if completed and created:
        first, second = created.instant, completed.instant
        return (start <= first or start <= second) and (end >= first or end >= second)
    if completed:
        return start <= completed.instant <= end
    return not created or end > created.instant


def free_busy_overlaps(component, zones, start, end):
    begin, until = (property_moment(component, name, zones) for name in ("DTSTART", "DTEND"))
    if begin and until:
        return start <= until.instant and end > begin.instant
    return any(start < last and end > first for _, first, last in periods(component, zones))


def periods(component, zones):
    for parameters, text in component.all("FREEBUSY"):
        for value in text.split(","):
            first, _, last = value.partition("/")
            begin = read_moment(first, {}, zones)
            end = begin.plus(read_duration(last)) if last.startswith("P") else read_moment(last, {}, zones).instant
            yield parameters.get("FBTYPE", "BUSY"), begin.instant, end


def triggers(alarm, instance, zones):
    parameters, text = alarm.first("TRIGGER")
    if parameters.get("VALUE") == "DATE-TIME":
        first = read_moment(text, {}, zones).instant
    else:
        days, exact = read_duration(text)
        base = instance.ends if parameters.get("RELATED") == "END" else instance.starts
        first = base + 86_400 * days + exact
    again = int(alarm.value("REPEAT") or 0)
    step = read_duration(alarm.value("DURATION") or "PT0S")[1]
    return {first + number * step for number in range(again + 1)}


def busy(subjects, start, end):
    """The busy time of a range: periods by type, overlapping and consecutive ones as one."""
    found = {}
    for subject in subjects:
        for kind, first, last in busy_periods(subject, start, end):
            if first < last and first < end and last > start:
                found.setdefault(kind, []).append((max(first, start), min(last, end)))
    return {kind: coalesced(several) for kind, several in found.items()}


def busy_periods(subject, start, end):
    if subject.kind == "VFREEBUSY":
        for component in subject.components:
            yield from (period for period in periods(component, subject.zones) if period[0] != "FREE")
    if subject.kind == "VEVENT":
        for instance in subject.overlapping(start, end):
            status = instance.component.value("STATUS")
            if instance.component.value("TRANSP") != "TRANSPARENT" and status != "CANCELLED":
                kind = "BUSY-TENTATIVE" if status == "TENTATIVE" else "BUSY"
                yield kind, instance.starts, instance.ends


def coalesced(several):
    found = []
    last = -math.inf
    for first, until in sorted(several):
        if first <= last:
            last = max(last, until)
            found[-1] = (found[-1][0], last)
        else:
            last = until
            found.append((first, until))
    return found
