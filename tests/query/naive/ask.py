"""Asks the server everything that an evaluation by the letter of the RFC can answer too."""

from datetime import datetime

import calendars
import ical
import ranges
import zones
from dav import Fault, Server, expanded, seconds, stamp, time_range, verdict
from instances import length, property_moment
from overlap import Subject, busy, periods
from zone import UTC, Zones

# Past it nothing begins that could be the first instance in a range without end.
NEAR = datetime(2040, 1, 1)
FAR = datetime(2101, 1, 1)


class Collection:
    """A calendar on the server, and what should be in it."""

    def __init__(self, server, name, items, horizon, floating=UTC, timezone=None):
        self.server, self.name, self.floating = server, name, floating
        self.path = server.calendar(name, timezone)
        self.items = {item.name: item for item in items}
        refused = []
        for item in items:
            answer = server.put(self.path, item)
            if answer.status != 201:
                refused.append(Fault(f"{item.name}: {answer.words}", item.text))
        verdict(f"{name}: {len(items)} objects are stored", refused)
        self.subjects = [Subject(item.name, ical.read(item.text), floating, horizon) for item in items]

    def of(self, kind):
        return [subject for subject in self.subjects if subject.kind == kind]

    def spans(self):
        return [(one.starts, one.ends) for s in self.subjects for one in s.set.instances if one.starts >= 0]

    def difference(self, asked, expected, answer):
        """What is missing and what is too much, as sentences."""
        if answer.status != 207:
            return [refusal(asked, answer)]
        got = set(answer.members())
        return [
            Fault(f"{asked}: {'lacks' if name in expected else 'has'} {name}", self.items[name].text)
            for name in sorted(expected ^ got)
        ]


def refusal(asked, answer):
    return Fault(f"{asked}: {answer.words}")


def asked(start, end):
    return f"{stamp(start) if start is not None else '-'} to {stamp(end) if end is not None else '-'}"


def check_ranges(collection, kind, pairs):
    """A range by itself, as the index answers it, and with a condition that makes the server read."""
    subjects = collection.of(kind)
    for way, more in (("", ""), (" that have a UID", '<C:prop-filter name="UID"/>')):
        wrong, count = [], 0
        for start, end in pairs:
            low, high = start if start is not None else -(10**12), end if end is not None else 10**12
            expected = {subject.name for subject in subjects if subject.overlaps(low, high)}
            answer = collection.server.query(collection.path, kind, time_range(start, end) + more)
            wrong += collection.difference(asked(start, end), expected, answer)
            count += len(expected)
        sentence = f"{collection.name}: {len(pairs)} ranges have exactly the {count} of {len(subjects)} {kind}s{way}"
        verdict(sentence, wrong)


def check_expand(collection, kind, pairs):
    wrong, count = [], 0
    by_name = {subject.name: subject for subject in collection.of(kind)}
    for start, end in pairs:
        answer = collection.server.query(collection.path, kind, time_range(start, end), expanded(start, end))
        if answer.status != 207:
            wrong.append(refusal(asked(start, end), answer))
            continue
        for name, properties in answer.members().items():
            subject = by_name.get(name)
            if subject is None or not subject.set.instances:
                continue
            expected = {(one.starts, written(one, collection.floating), one.id) for one in subject.overlapping(start, end)}
            faults, got = instances_of(properties.get("calendar-data", ""), collection.floating, subject)
            count += len(got)
            if got != expected:
                missing, more = shown(expected - got), shown(got - expected)
                faults.append(f"lacks {missing}, has {more}")
            if faults:
                text = collection.items[name].text + properties.get("calendar-data", "")
                wrong += [Fault(f"{asked(start, end)}: {name}: {fault}", text) for fault in faults[:1]]
    verdict(f"{collection.name}: {len(pairs)} ranges expand {kind}s to exactly {count} instances", wrong)


def written(instance, floating):
    """Its end, of which a floating one is the first where the clock has it twice."""
    if instance.start.zone is not floating:
        return instance.ends
    return floating.instant(floating.local(instance.ends))


def shown(several):
    return sorted(tuple(stamp(at) if at is not None else None for at in one) for one in several)


def instances_of(text, floating, subject):
    """Start, end and original start of every component of an expanded object, and what RFC 4791 section
    9.6.5 forbids in it."""
    calendar = ical.read(text)
    own = Zones(calendar, floating)
    faults = ["a VTIMEZONE is left"] if calendar.named("VTIMEZONE") else []
    first = min((one.id for one in subject.set.instances if one.id is not None), default=None)
    found = set()
    for component in calendar.named("VEVENT", "VTODO", "VJOURNAL"):
        faults += [f"{name} is left" for name in ("RRULE", "RDATE", "EXDATE", "EXRULE") if component.first(name)]
        faults += [f"{line[0]} has a TZID" for line in component.lines if "TZID" in line[1]]
        due = component.name == "VTODO" and not component.first("DTSTART")
        start = property_moment(component, "DUE" if due else "DTSTART", own)
        identity = property_moment(component, "RECURRENCE-ID", own)
        identity = identity.instant if identity else first
        end = start.plus(length(component, start, own))
        if (start.instant, end, identity) in found:
            faults.append("an instance comes twice")
        found.add((start.instant, end, identity))
    return faults, found


def check_limit(collection, pairs):
    """limit-recurrence-set: the overrides that are left, by RECURRENCE-ID; the master stays."""
    faults, count = [], 0
    for start, end in pairs:
        data = f'<C:calendar-data><C:limit-recurrence-set start="{stamp(start)}" end="{stamp(end)}"/></C:calendar-data>'
        answer = collection.server.query(collection.path, "VEVENT", "", data)
        if answer.status != 207:
            faults.append(refusal(asked(start, end), answer))
            continue
        members = answer.members()
        for subject in collection.of("VEVENT"):
            expected = [c for c in subject.components if not c.first("RECURRENCE-ID") or subject.impacts(c, start, end)]
            text = members.get(subject.name, {}).get("calendar-data", "")
            got = ical.read(text).named("VEVENT") if text else []
            count += len(got)
            there, wanted = ([c.lines for c in several] for several in (got, expected))
            if there != wanted:
                fault = f"{asked(start, end)}: {subject.name}: {len(got)} in place of {len(expected)}"
                faults.append(Fault(fault, collection.items[subject.name].text + text))
    verdict(f"{collection.name}: limited to {len(pairs)} ranges the recurrence sets have {count} components", faults)


def check_limit_of_busy(collection, pairs):
    """limit-freebusy-set: the periods that a range has."""
    faults, count = [], 0
    for start, end in pairs:
        data = f'<C:calendar-data><C:limit-freebusy-set start="{stamp(start)}" end="{stamp(end)}"/></C:calendar-data>'
        members = collection.server.query(collection.path, "VFREEBUSY", "", data).members()
        for subject in collection.of("VFREEBUSY"):
            found = list(periods(subject.components[0], subject.zones))
            expected = [(kind, first, last) for kind, first, last in found if start < last and end > first]
            component = ical.read(members[subject.name]["calendar-data"]).parts[0]
            got = list(periods(component, subject.zones))
            count += len(got)
            if got != expected:
                fault = f"{asked(start, end)}: {subject.name}: {len(got)} in place of {len(expected)}"
                faults.append(Fault(fault, collection.items[subject.name].text))
    verdict(f"{collection.name}: limited to {len(pairs)} ranges the busy times have {count} periods", faults)


def check_asked_zone(collection, name, more, pairs):
    """The zone that a request names is the one of floating times, whatever the collection's."""
    elsewhere = Zones(ical.read(timezone_text(name)), UTC).of(name)
    subjects = [Subject(s.name, s.calendar, elsewhere, NEAR) for s in collection.of("VEVENT")]
    faults, count = [], 0
    for start, end in pairs:
        expected = {subject.name for subject in subjects if subject.overlaps(start, end)}
        answer = collection.server.query(collection.path, "VEVENT", time_range(start, end), more=more)
        faults += collection.difference(asked(start, end), expected, answer)
        count += len(expected)
    verdict(f"{collection.name}: asked for in {name}, {len(pairs)} ranges have exactly the {count} events", faults)


def timezone_text(name):
    """As CALDAV:calendar-timezone and CALDAV:timezone have it."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//davbox//query//EN", *zones.definition(name), "END:VCALENDAR", ""]
    return "\r\n".join(lines)


def check_busy(collection, pairs):
    wrong, count = [], 0
    for start, end in pairs:
        expected = busy(collection.subjects, start, end)
        answer = collection.server.free_busy(collection.path, start, end)
        if answer.status != 200:
            wrong.append(refusal(asked(start, end), answer))
            continue
        component = ical.read(answer.body.decode()).parts[0]
        got = {}
        for kind, first, last in periods(component, Zones(component, UTC)):
            got.setdefault(kind, []).append((first, last))
        count += sum(len(several) for several in got.values())
        for kind in sorted(set(expected) | set(got)):
            there, wanted = set(got.get(kind, ())), set(expected.get(kind, ()))
            if there != wanted or len(got.get(kind, ())) != len(there):
                fault = f"lacks {shown(wanted - there)}, has {shown(there - wanted)}"
                wrong.append(Fault(f"{asked(start, end)} {kind}: {fault}"))
    verdict(f"{collection.name}: the busy time of {len(pairs)} ranges is exactly {count} periods", wrong)


def check_alarms(collection, pairs):
    wrong, count = [], 0
    alarms = {subject.name: subject.alarms() for subject in collection.of("VEVENT")}
    for start, end in pairs:
        expected = {name for name, moments in alarms.items() if any(start <= moment < end for moment in moments)}
        inside = f'<C:comp-filter name="VALARM">{time_range(start, end)}</C:comp-filter>'
        answer = collection.server.query(collection.path, "VEVENT", inside)
        wrong += collection.difference(asked(start, end), expected, answer)
        count += len(expected)
    verdict(f"{collection.name}: {len(pairs)} ranges have exactly the {count} objects whose alarms go off in them", wrong)


def check_properties(collection, kind, name, pairs):
    """A range in a prop-filter: on the property as it stands in the component."""
    wrong, count = [], 0
    for start, end in pairs:
        expected = set()
        for subject in collection.of(kind):
            if any(start <= at < end for part in subject.components for at in effective(part, name, subject.zones)):
                expected.add(subject.name)
        inside = f'<C:prop-filter name="{name}">{time_range(start, end)}</C:prop-filter>'
        answer = collection.server.query(collection.path, kind, inside)
        wrong += collection.difference(asked(start, end), expected, answer)
        count += len(expected)
    verdict(f"{collection.name}: {len(pairs)} ranges of {name} have exactly the {count} {kind}s", wrong)


def effective(component, name, zones):
    """DTEND and DUE also where DURATION says them (RFC 4791 section 9.9)."""
    found = property_moment(component, name, zones)
    start = property_moment(component, "DTSTART", zones)
    if found:
        yield found.instant
    elif name in ("DTEND", "DUE") and start and component.first("DURATION"):
        yield start.plus(length(component, start, zones))


def main():
    server = Server()
    usual = ranges.usual()
    months = [pair for pair in usual if pair[1] - pair[0] > 20 * 86_400]
    weeks = [pair for pair in usual if pair not in months]

    real = Collection(server, "real", calendars.real(700), NEAR)
    near = usual + ranges.touching(real.spans(), 30)
    check_ranges(real, "VEVENT", near + [(seconds("20260501T000000Z"), None), (None, seconds("20240601T000000Z"))])
    check_expand(real, "VEVENT", near)
    check_busy(real, months + weeks[:6])

    edges = Collection(server, "edges", calendars.edges(38 * 16), NEAR)
    near = usual + ranges.touching(edges.spans(), 60)
    open_ended = [(seconds("20260501T000000Z"), None), (None, seconds("20240601T000000Z"))]
    for kind in ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"):
        check_ranges(edges, kind, near + open_ended)
    for kind in ("VEVENT", "VTODO", "VJOURNAL"):
        check_expand(edges, kind, near)
    check_busy(edges, months + weeks)
    check_limit(edges, usual[::3] + ranges.touching(edges.spans(), 6, seed=3))
    check_limit_of_busy(edges, usual)
    check_alarms(edges, usual)
    quarters = ranges.quarters()
    for kind, name in (("VTODO", "COMPLETED"), ("VTODO", "CREATED"), ("VTODO", "DUE"), ("VEVENT", "DTSTAMP")):
        check_properties(edges, kind, name, quarters)

    ages = Collection(server, "ages", calendars.ages(120), FAR)
    check_ranges(ages, "VEVENT", ranges.far())
    check_expand(ages, "VEVENT", ranges.far())

    # Floating times and dates are where the collection's zone, or else the request's, says.
    for name in ("America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati"):
        items = [item for item in calendars.edges(38 * 16) if item.name.startswith(("floating", "all_day", "dated_task"))]
        text = timezone_text(name)
        there = Collection(server, f"in-{name.rpartition('/')[2]}", items, NEAR, Zones(ical.read(text), UTC).of(name), text)
        near = usual + ranges.touching(there.spans(), 20)
        for kind in ("VEVENT", "VTODO"):
            check_ranges(there, kind, near)
            check_expand(there, kind, near)
        check_busy(there, months)
        tokyo = f"<C:timezone>{timezone_text('Asia/Tokyo')}</C:timezone>"
        check_asked_zone(there, "Asia/Tokyo", tokyo, near)
        check_asked_zone(there, "Asia/Kolkata", "<C:timezone-id>Asia/Kolkata</C:timezone-id>", near)


if __name__ == "__main__":
    main()
