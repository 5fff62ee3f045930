"""What is stored has to be found again on its day, whatever is wrong with it; what is asked has to be
answered. Times are printed, not judged."""

import os
import time

import objects
from calendars import Object
from dav import SPACES, Fault, Server, expanded, seconds, time_range, verdict

DAY = seconds(f"{objects.DAY}T000000Z")
WEEK = DAY - 86_400, DAY + 6 * 86_400
ELSEWHEN = seconds("19800101T000000Z"), seconds("19800108T000000Z")
EVER = seconds("00010101T000000Z"), seconds("99991231T235959Z")


class Patience:
    """The longest answers so far."""

    def __init__(self):
        self.longest = []

    def of(self, name, ask):
        begin = time.monotonic()
        answer = ask()
        self.longest.append((time.monotonic() - begin, name))
        return answer

    def __str__(self):
        return ", ".join(f"{name} {1000 * took:.0f} ms" for took, name in sorted(self.longest, reverse=True)[:4])


def check_object(server, patience, number, name, lines, always, there):
    """Alone in a calendar of its own."""
    item = Object(f"bad{number}", objects.text(f"bad{number}", lines))
    path = server.calendar(f"bad-{number}")
    faults = []
    status = patience.of(f"PUT {name}", lambda: server.put(path, item)).status
    if status != 201:
        faults.append(Fault(f"PUT: {status}"))
    if server.request("GET", f"{path}{item.name}.ics").body.decode() != item.text:
        faults.append(Fault("GET: other bytes"))
    for words, pair, wanted in (("a week", WEEK, there), ("another time", ELSEWHEN, always), ("all time", EVER, None)):
        for way, data in (("", "<getetag/>"), (", expanded", expanded(*pair))):
            what = f"{words}{way}"
            answer = patience.of(f"{what} of {name}", lambda: server.query(path, "VEVENT", time_range(*pair), data))
            # More instances than the server gives out: RFC 4791 section 7.8, number-of-matches-within-limits.
            if answer.status not in ((207,) if words != "all time" else (207, 403, 507)):
                faults.append(Fault(f"{what}: {answer.words}"))
            elif wanted is not None and (item.name in answer.members()) != wanted:
                faults.append(Fault(f"{what}: {'lacks' if wanted else 'has'} it"))
        status = patience.of(f"busy time of {name}", lambda: server.free_busy(path, *pair)).status
        if status not in ((200,) if words != "all time" else (200, 403, 507)):
            faults.append(Fault(f"{words}, busy time: {status}"))
    alarms = f'<C:comp-filter name="VALARM">{time_range(*WEEK)}</C:comp-filter>'
    if patience.of(f"alarms of {name}", lambda: server.query(path, "VEVENT", alarms)).status != 207:
        faults.append(Fault("alarms: no answer"))
    verdict(f"an object with {name} is stored, found and answered for", faults)


def nested(name, depth):
    return f'<C:comp-filter name="{name}">{nested(name, depth - 1)}</C:comp-filter>' if depth else ""


def text_match(text, attributes=""):
    return f'<C:prop-filter name="SUMMARY"><C:text-match {attributes}>{text}</C:text-match></C:prop-filter>'


RANGE = time_range(*WEEK)
QUERIES = [
    ("a range that ends before it begins", time_range(WEEK[1], WEEK[0]), [400, 403]),
    ("a range without a length", time_range(WEEK[0], WEEK[0]), [400, 403]),
    ("a range without ends", "<C:time-range/>", [400, 403]),
    ("a range in no zone", '<C:time-range start="20260101T000000"/>', [400, 403]),
    ("a range of dates", '<C:time-range start="20260101" end="20270101"/>', [400, 403]),
    ("a range of rubbish", '<C:time-range start="yesterday"/>', [400, 403]),
    ("a range of no day", '<C:time-range start="20260230T000000Z"/>', [400, 403]),
    ("two ranges", RANGE + RANGE, [207, 400, 403]),
    ("a filter nested deeper than the data", nested("X-PART", 6), [207]),
    ("an event inside an event", nested("VEVENT", 6), [207, 403]),
    ("a filter nested deeper than anything", nested("X-PART", 500), [400, 403]),
    ("ten thousand filters", '<C:prop-filter name="UID"/>' * 10_000, [207, 400, 403, 413]),
    ("a collation that nobody knows", text_match("x", 'collation="i;martian"'), [403]),
    ("a collation of a megabyte", text_match("x", f'collation="{"i" * 1_000_000}"'), [400, 403, 413]),
    ("a text of a megabyte", text_match("x" * 1_000_000), [207, 400, 403, 413]),
    ("a text of ten megabytes", text_match("x" * 10_000_000), [207, 400, 403, 413]),
    ("an empty text", text_match(""), [207]),
    ("a range on a summary", f'<C:prop-filter name="SUMMARY">{RANGE}</C:prop-filter>', [207, 403]),
    ("a range in a zone", f'<C:comp-filter name="VTIMEZONE">{RANGE}</C:comp-filter>', [207, 403]),
    ("is-not-defined and a range", f"<C:is-not-defined/>{RANGE}", [207, 400, 403]),
    ("a filter for nothing", '<C:prop-filter name=""/>', [207, 400, 403]),
    ("an element nobody knows", '<X xmlns="urn:x"/>', [207, 400, 403]),
]
BODIES = [
    ("no filter", f"<C:calendar-query {SPACES}><prop><getetag/></prop></C:calendar-query>", [400, 403]),
    (
        "two filters",
        f'<C:calendar-query {SPACES}><C:filter><C:comp-filter name="VCALENDAR"/></C:filter>'
        f'<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>',
        [207, 400, 403],
    ),
    ("an empty filter", f"<C:calendar-query {SPACES}><C:filter/></C:calendar-query>", [400, 403]),
    (
        "a filter for a VEVENT outside",
        f'<C:calendar-query {SPACES}><C:filter><C:comp-filter name="VEVENT"/></C:filter></C:calendar-query>',
        [207, 400, 403],
    ),
    ("a busy time without a range", f"<C:free-busy-query {SPACES}/>", [400, 403]),
    ("a busy time of two ranges", f"<C:free-busy-query {SPACES}>{RANGE}{RANGE}</C:free-busy-query>", [200, 400, 403]),
    ("a busy time backwards", f"<C:free-busy-query {SPACES}>{time_range(*WEEK[::-1])}</C:free-busy-query>", [400, 403]),
]
DEEP = '<C:comp name="VCALENDAR">' * 12 + "</C:comp>" * 12
WIDE = '<C:comp name="VCALENDAR">' + '<C:prop name="X"/>' * 10_000 + "</C:comp>"
DATA = [
    ("expand backwards", '<C:calendar-data><C:expand start="20270101T000000Z" end="20260101T000000Z"/></C:calendar-data>', [400, 403]),
    ("expand without end", '<C:calendar-data><C:expand start="20270101T000000Z"/></C:calendar-data>', [400, 403]),
    ("expand of rubbish", '<C:calendar-data><C:expand start="now" end="later"/></C:calendar-data>', [400, 403]),
    (
        "limit-recurrence-set backwards",
        '<C:calendar-data><C:limit-recurrence-set start="20270101T000000Z" end="20260101T000000Z"/></C:calendar-data>',
        [400, 403],
    ),
    (
        "components nested deeper than the data",
        f"<C:calendar-data>{DEEP}</C:calendar-data>",
        [207, 400, 403],
    ),
    ("data of another type", '<C:calendar-data content-type="text/martian"/>', [403]),
    ("ten thousand properties", f"<C:calendar-data>{WIDE}</C:calendar-data>", [207, 400, 403, 413]),
]
ZONES = [
    ("a timezone of rubbish", "<C:timezone>Berlin</C:timezone>", [400, 403]),
    ("an empty timezone", "<C:timezone/>", [400, 403]),
    ("a timezone-id that nobody knows", "<C:timezone-id>Nowhere/Land</C:timezone-id>", [403]),
    ("a timezone of a megabyte", f"<C:timezone>{'x' * 1_000_000}</C:timezone>", [400, 403, 413]),
]


def check_queries(server, patience):
    path = server.calendar("questions")
    item = Object("one", objects.text("one", objects.rule("FREQ=DAILY")))
    server.put(path, item)

    def asked(name, wanted, ask):
        answer = patience.of(name, ask)
        faults = [] if answer.status in wanted else [Fault(answer.words)]
        still = server.query(path, "VEVENT", RANGE)
        if still.status != 207 or "one" not in still.members():
            faults.append(Fault(f"the next query: {still.status}"))
        verdict(f"a query with {name} is answered {answer.status}", faults)

    for name, inside, wanted in QUERIES:
        asked(name, wanted, lambda: server.query(path, "VEVENT", inside))
    for name, body, wanted in BODIES:
        asked(name, wanted, lambda: server.xml("REPORT", path, body))
    for name, data, wanted in DATA:
        asked(name, wanted, lambda: server.query(path, "VEVENT", RANGE, data))
    for name, zone, wanted in ZONES:
        asked(name, wanted, lambda: server.query(path, "VEVENT", RANGE, more=zone))


def main():
    server = Server()
    patience = Patience()
    number = 0
    for group, always, there in (
        (objects.UNEVALUABLE, True, True),
        (objects.ON_THE_DAY, None, True),
        (objects.ELSEWHERE, None, None),
    ):
        for name, lines in group.items():
            number += 1
            check_object(server, patience, number, name, lines, always, there)
    check_queries(server, patience)
    with open(f"/proc/{os.environ['SERVER']}/status") as status:
        memory = [line.split()[1] for line in status if line.startswith("RssAnon")]
    print(f"the longest: {patience}; {int(memory[0]) // 1024} MiB of memory in the end")


if __name__ == "__main__":
    main()
