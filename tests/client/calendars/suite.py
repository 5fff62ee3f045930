"""The calendars that other libraries are tested with, on the server: stored, fetched byte for byte, found
by a range of time, expanded as the library recurring-ical-events does.

    suite.py NAME=FOLDER…"""

import re
import sys
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path
from xml.etree import ElementTree

import icalendar
import recurring_ical_events
from dav import Fault, Server, expanded, time_range, verdict
from differences import DIFFERENCES
from refused import REFUSED
from split import split

KINDS = "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# Ranges are so long, from the first thing in a file on.
WINDOW = 400 * 86_400
LONG_AGO, FAR_AHEAD = -2_208_988_800, 2_556_144_000
KNOWN = {file for _, _, files in DIFFERENCES for file in files}


class Files:
    """What came of the files of one library."""

    def __init__(self, server, library, folder, counts, differ):
        self.server, self.library, self.counts, self.differ = server, library, counts, differ
        self.files = self.empty = self.stored = self.asked = self.instances = 0
        self.faults = {word: [] for word in ("stored", "fetched", "found", "expanded")}
        for file in sorted(Path(folder).rglob("*.ics")):
            if file.parent.name != "benchmark":
                self.take(file)

    def take(self, file):
        self.files += 1
        objects = split(file.read_bytes(), file.stem)
        self.empty += not objects
        if not objects:
            return
        path = self.server.calendar(f"{self.library}-{self.files}".replace(".", "-"))
        kept = {}
        for item in objects:
            answer = self.server.put(path, item)
            if answer.status == 201:
                kept[item.name] = item
            else:
                self.refused(item, answer)
        self.stored += len(kept)
        for item in kept.values():
            answer = self.server.request("GET", f"{path}{item.name}.ics")
            if (answer.status, answer.body) != (200, item.text):
                self.fault("fetched", item, f"{answer.status}, other bytes:\n{answer.body.decode(errors='replace')}")
        self.find(path, kept)
        self.expand(path, kept)

    def fault(self, kind, item, sentence):
        self.faults[kind].append(Fault(f"{item.name}: {sentence}", item.text.decode(errors="replace")))

    def refused(self, item, answer):
        words = ElementTree.fromstring(answer.body).findtext(".//{DAV:}responsedescription") if answer.body else ""
        sentence = re.sub(r"^Line \d+: ", "", words or "")
        for begin, _, _ in REFUSED:
            if answer.status == 403 and sentence.startswith(begin):
                self.counts[begin] = self.counts.get(begin, 0) + 1
                return
        self.fault("stored", item, f"{answer.status} {words}")

    def find(self, path, kept):
        """A range without end has every object with a date; of what has none, RFC 4791 section 9.9 says
        something else for each kind."""
        for kind in KINDS:
            begin = f"BEGIN:{kind}".encode()
            there = {item.name for item in kept.values() if begin in item.text.upper()}
            if not there:
                continue
            answer = self.server.query(path, kind, time_range(LONG_AGO, None))
            found = set(answer.members()) if answer.status == 207 else {str(answer.status)}
            for name in sorted(there ^ found):
                if name not in there or re.search(begin + rb".*?\nDTSTART", kept[name].text, re.S | re.I):
                    self.missing(name, kept, kind)

    def missing(self, name, kept, kind):
        """Unless EXDATE has left nothing of it."""
        query = name in kept and kind == "VEVENT" and library_of(kept[name])[0]
        if not query or spans(query, LONG_AGO, FAR_AHEAD) != set():
            item = kept.get(name) or next(iter(kept.values()))
            self.fault("found", item, f"a {kind} in the range of all times: {name}")

    def expand(self, path, kept):
        for item in kept.values():
            query, start = library_of(item) if b"BEGIN:VEVENT" in item.text.upper() else (None, None)
            if query is None:
                continue
            end = start + WINDOW
            wanted = spans(query, start, end)
            answer = self.server.query(path, "VEVENT", time_range(start, end), expanded(start, end))
            text = answer.members().get(item.name, {}).get("calendar-data", "") if answer.status == 207 else ""
            got = expanded_spans(text)
            self.asked += 1
            self.instances += len(got)
            if wanted is not None and got != wanted:
                place = f"{self.library}/{item.name.rpartition('-')[0]}"
                self.differ.add(place)
                if place not in KNOWN:
                    more = [sorted(map(shown, several))[:4] for several in (wanted - got, got - wanted)]
                    self.fault("expanded", item, f"{answer.status}, lacks {more[0]}, has {more[1]}")


def shown(span):
    return " to ".join((EPOCH + timedelta(seconds=at)).strftime("%Y%m%dT%H%M%SZ") for at in span)


def instant(value):
    """Dates and floating times are in UTC, as in a collection without a zone of its own."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)
    return (value - EPOCH) // timedelta(seconds=1)


def library_of(item):
    """What recurring-ical-events makes of an object, and its first start; None where it makes nothing."""
    try:
        calendar = icalendar.Calendar.from_ical(item.text)
        query = recurring_ical_events.of(calendar)
        starts = [instant(event.start) for event in calendar.walk("VEVENT")]
        return query, min(starts)
    except Exception:
        return None, None


def spans(query, start, end):
    try:
        events = query.between(EPOCH + timedelta(seconds=start), EPOCH + timedelta(seconds=end))
        return {(instant(event.start), instant(event.end)) for event in events}
    except Exception:
        return None


def expanded_spans(text):
    found = set()
    calendar = icalendar.Calendar.from_ical(text) if text else None
    for event in calendar.walk("VEVENT") if calendar else []:
        found.add((instant(event.start), instant(event.end)))
    return found


def main():
    warnings.simplefilter("ignore")
    server = Server()
    counts, differ = {}, set()
    for argument in sys.argv[1:]:
        library, _, folder = argument.partition("=")
        of = Files(server, library, folder, counts, differ)
        verdict(f"{library}: {of.files} files, {of.files - of.empty} with entries: {of.stored} objects are stored", of.faults["stored"])
        verdict(f"{library}: every one comes back byte for byte", of.faults["fetched"])
        verdict(f"{library}: every one with a date is found by a range of time", of.faults["found"])
        verdict(
            f"{library}: {of.asked} of them expand to {of.instances} instances, as recurring-ical-events says",
            of.faults["expanded"],
        )
    for begin, _, number in REFUSED:
        wrong = [] if counts.get(begin, 0) == number else [Fault(f"{number} expected")]
        verdict(f"{counts.get(begin, 0)} objects are refused: {begin}", wrong)
    gone = [Fault(file) for file in sorted(KNOWN - differ)]
    verdict(f"each of {len(DIFFERENCES)} explained differences is there", gone)


if __name__ == "__main__":
    main()
