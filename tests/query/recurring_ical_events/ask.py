"""Asks the server and recurring-ical-events what events there are in days, weeks and months."""

import warnings
from datetime import datetime, timedelta, timezone

import calendars
import icalendar
import ranges
import recurring_ical_events
from dav import Fault, Server, expanded, stamp, time_range, verdict
from differences import DIFFERENCES, Case

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def instant(value):
    """Dates and floating times are in UTC, as in a calendar without a zone of its own."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)
    return (value - EPOCH) // timedelta(seconds=1)


def spans(events):
    return {(instant(event.start), instant(event.end)) for event in events}


def moment(seconds):
    return EPOCH + timedelta(seconds=seconds)


def shown(several):
    return [f"{stamp(start)} to {stamp(end)}" for start, end in sorted(several)]


def compare(server, name, items, pairs, met):
    path = server.calendar(name)
    faults, count, explained = [], 0, 0
    queries = {}
    for item in items:
        server.put(path, item)
        queries[item.name] = recurring_ical_events.of(icalendar.Calendar.from_ical(item.text))
    for start, end in pairs:
        answer = server.query(path, "VEVENT", time_range(start, end), expanded(start, end))
        members = answer.members() if answer.status == 207 else {}
        if answer.status != 207:
            faults.append(Fault(answer.words))
        for item in items:
            wanted = spans(queries[item.name].between(moment(start), moment(end)))
            text = members.get(item.name, {}).get("calendar-data")
            got = spans(icalendar.Calendar.from_ical(text).walk("VEVENT")) if text else set()
            count += len(got)
            if got == wanted and (item.name in members) == bool(wanted):
                continue
            case = Case(item.text, start, wanted - got, got - wanted)
            kind = next((kind for kind, _, _, fits in DIFFERENCES if fits(case)), None)
            met.add(kind)
            explained += kind is not None
            if kind is None:
                fault = f"{stamp(start)} to {stamp(end)}: lacks {shown(case.theirs)}, has {shown(case.ours)}"
                faults.append(Fault(f"{item.name}: {fault}", item.text))
    verdict(f"{name}: {len(items)} events have the same {count} instances in {len(pairs)} ranges but for {explained}", faults)


def main():
    warnings.simplefilter("ignore")
    server = Server()
    met = set()
    compare(server, "real", calendars.real(500), ranges.usual(), met)
    edges = [item for item in calendars.edges(38 * 12) if "BEGIN:VEVENT" in item.text]
    compare(server, "edges", edges, ranges.usual(), met)
    for kind, does, why, _ in DIFFERENCES:
        verdict(f"it {does} ({why})", [] if kind in met else [Fault("it does no more")])


if __name__ == "__main__":
    main()
