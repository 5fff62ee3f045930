"""Puts, overwrites, deletes, moves and copies at random between three calendars whose floating times are
in different zones, and now and then changes such a zone or removes a calendar. After every few of them a
range as the index answers it, the same with a condition that makes the server read every object, and an
evaluation by the letter of the RFC must agree."""

import random
from datetime import datetime

import calendars
import ical
import ranges
import zones
from dav import SPACES, Fault, Server, time_range, verdict
from overlap import Subject
from xml.sax.saxutils import escape
from zone import UTC, Zones

STEPS, EVERY = 900, 30
HORIZON = datetime(2040, 1, 1)
KINDS = "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"
SLOTS = [f"slot{number}" for number in range(60)]

dice = random.Random(8)


def zone_text(name):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//davbox//query//EN", *zones.definition(name), "END:VCALENDAR", ""]
    return "\r\n".join(lines)


class Calendar:
    def __init__(self, server, name):
        self.server, self.name = server, name
        self.make(None)

    def make(self, zone):
        self.zone = zone
        self.path = self.server.calendar(self.name, zone and zone_text(zone))
        self.members = {}

    @property
    def floating(self):
        return Zones(ical.read(zone_text(self.zone)), UTC).of(self.zone) if self.zone else UTC


class Play:
    def __init__(self, server):
        self.server = server
        self.calendars = [Calendar(server, name) for name in ("one", "two", "three")]
        self.items = calendars.edges(38 * 8)
        self.made = 0
        self.faults = []
        self.done = {}
        self.subjects = {}

    def step(self):
        act = dice.choices(
            [self.put, self.overwrite, self.delete, self.move, self.copy, self.rezone, self.remove],
            [40, 20, 14, 12, 12, 3, 0.6],
        )[0]
        act(dice.choice(self.calendars))

    def answer(self, name, status, wanted):
        self.done[name] = self.done.get(name, 0) + 1
        if status not in wanted:
            self.faults.append(Fault(f"{name}: {status} in place of {wanted}"))

    def put(self, calendar):
        slot = dice.choice(SLOTS)
        if slot in calendar.members:
            return
        self.made += 1
        self.write(calendar, slot, f"uid{self.made}", [201])

    def overwrite(self, calendar):
        if calendar.members:
            slot = dice.choice(list(calendar.members))
            self.write(calendar, slot, calendar.members[slot].name, [204])

    def write(self, calendar, slot, uid, wanted):
        item = dice.choice(self.items)
        item = calendars.Object(uid, item.text.replace(item.name, uid))
        status = self.server.request("PUT", f"{calendar.path}{slot}.ics", item.text).status
        self.answer("PUT", status, wanted)
        calendar.members[slot] = item

    def delete(self, calendar):
        if calendar.members:
            slot = dice.choice(list(calendar.members))
            self.answer("DELETE", self.server.request("DELETE", f"{calendar.path}{slot}.ics").status, [204])
            del calendar.members[slot]

    def transfer(self, method, calendar):
        there = dice.choice(self.calendars)
        if not calendar.members:
            return None
        slot, to = dice.choice(list(calendar.members)), dice.choice(SLOTS)
        if (calendar, slot) == (there, to):
            return None
        item = calendar.members[slot]
        own = slot if method == "MOVE" and there is calendar else None
        # RFC 4791 section 5.3.2.1, no-uid-conflict: unique, and what is overwritten has the same.
        conflict = to in there.members and there.members[to].name != item.name
        conflict |= any(other.name == item.name for place, other in there.members.items() if place not in (to, own))
        destination = f"http://{self.server.base.netloc}{there.path}{to}.ics"
        status = self.server.request(method, f"{calendar.path}{slot}.ics", Destination=destination).status
        wanted = [403, 409, 412] if conflict else [204] if to in there.members else [201]
        self.answer(method, status, wanted)
        if not conflict:
            there.members[to] = item
        return None if conflict else slot

    def move(self, calendar):
        slot = self.transfer("MOVE", calendar)
        if slot is not None:
            del calendar.members[slot]

    def copy(self, calendar):
        self.transfer("COPY", calendar)

    def rezone(self, calendar):
        """Floating times and dates are elsewhere from now on."""
        zone = dice.choice(["America/New_York", "Pacific/Kiritimati", "Asia/Tokyo", None])
        if zone:
            body = f"<set><prop><C:calendar-timezone>{escape(zone_text(zone))}</C:calendar-timezone></prop></set>"
        else:
            body = "<remove><prop><C:calendar-timezone/></prop></remove>"
        answer = self.server.xml("PROPPATCH", calendar.path, f"<propertyupdate {SPACES}>{body}</propertyupdate>")
        self.answer("PROPPATCH", answer.status, [207])
        calendar.zone = zone

    def remove(self, calendar):
        self.answer("DELETE of a calendar", self.server.request("DELETE", calendar.path).status, [204])
        calendar.make(dice.choice([None, "Asia/Tokyo"]))

    def compare(self, start, end, kind):
        """The three answers of every calendar."""
        for calendar in self.calendars:
            expected = {slot for slot, item in calendar.members.items() if self.overlaps(item, calendar, kind, start, end)}
            for way, more in (("the index", ""), ("reading", '<C:prop-filter name="UID"/>')):
                answer = self.server.query(calendar.path, kind, time_range(start, end) + more)
                got = set(answer.members()) if answer.status == 207 else {str(answer.status)}
                for slot in sorted(got ^ expected):
                    item = calendar.members.get(slot)
                    fault = f"{way}, {calendar.name} in {calendar.zone}, {start} to {end}: {'lacks' if slot in expected else 'has'} {slot}"
                    self.faults.append(Fault(fault, item.text if item else ""))

    def overlaps(self, item, calendar, kind, start, end):
        key = item.text, calendar.zone
        if key not in self.subjects:
            self.subjects[key] = Subject(item.name, ical.read(item.text), calendar.floating, HORIZON)
        subject = self.subjects[key]
        return subject.kind == kind and subject.overlaps(start, end)


def main():
    play = Play(Server())
    usual = ranges.usual()
    compared = 0
    for step in range(1, STEPS + 1):
        play.step()
        if step % EVERY == 0:
            for start, end in dice.sample(usual, 4):
                for kind in KINDS[: 4 if step % (5 * EVERY) == 0 else 2]:
                    play.compare(start, end, kind)
                    compared += 1
    kinds = ", ".join(f"{number} {name}" for name, number in sorted(play.done.items()))
    left = sum(len(calendar.members) for calendar in play.calendars)
    verdict(f"after {kinds}, {left} objects are left, and {compared} ranges had what they should each time", play.faults)


if __name__ == "__main__":
    main()
