"""Asks davbox what clocks show, and others: zoneinfo, and a reader of VTIMEZONE as simple as can be."""

import os
import random
import subprocess
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

EPOCH = datetime(1970, 1, 1)
DAY = 86_400
SEED = 4


def seconds(local):
    return (local - EPOCH) // timedelta(seconds=1)


def moment(number):
    return EPOCH + timedelta(seconds=number)


BEGIN, END = seconds(datetime(1900, 1, 1)), seconds(datetime(2100, 1, 1))


class Named:
    """A zone of IANA's database as zoneinfo has it."""

    def __init__(self, name):
        self.name, self.zone = name, ZoneInfo(name)
        self.changes = list(self.find_changes())

    def offset(self, at):
        local = datetime.fromtimestamp(0, UTC) + timedelta(seconds=at)
        return local.astimezone(self.zone).utcoffset() // timedelta(seconds=1)

    def local(self, at):
        return moment(at + self.offset(at))

    def instant(self, local):
        """Of a time that is not there and of one that is twice, fold=0 is what RFC 5545 section 3.3.5
        says: the offset before the gap, the first of both."""
        offset = local.replace(tzinfo=self.zone, fold=0).utcoffset()
        return seconds(local) - offset // timedelta(seconds=1)

    def find_changes(self):
        """The moments at which the offset is another, looked for in steps of a week."""
        before, offset = BEGIN, self.offset(BEGIN)
        for after in range(BEGIN + 7 * DAY, END, 7 * DAY):
            now = self.offset(after)
            if now != offset:
                low, high = before, after
                while high - low > 1:
                    middle = (low + high) // 2
                    if self.offset(middle) == offset:
                        low = middle
                    else:
                        high = middle
                yield high
            before, offset = after, now


class Defined:
    """A VTIMEZONE (RFC 5545 section 3.6.5), with `|` where its lines end."""

    def __init__(self, name, text):
        self.name, self.strays = name, []
        onsets, observance = [], None
        for line in text.replace("| ", "").split("|"):
            key, _, value = line.partition(":")
            if key == "BEGIN" and value != "VTIMEZONE":
                observance = {}
            elif key == "END" and value != "VTIMEZONE":
                onsets += self.onsets(observance)
                observance = None
            elif observance is not None:
                observance[key] = value
        onsets.sort()
        self.changes = [at for at, _, _ in onsets]
        # The new offset counts once its clock has passed both what the gap skips and what comes twice.
        self.passed = [at + max(since, to) for at, since, to in onsets]
        self.offsets = [onsets[0][1]] + [to for _, _, to in onsets]

    def onsets(self, observance):
        since, to = (utc_offset(observance[key]) for key in ("TZOFFSETFROM", "TZOFFSETTO"))
        begins = [datetime.strptime(observance["DTSTART"], "%Y%m%dT%H%M%S")]
        if rule := observance.get("RRULE"):
            rule, _, until = rule.partition(";UNTIL=")
            last = moment(END + 366 * DAY)
            if until:
                # In UTC, while the onsets are by the clock before them.
                last = datetime.strptime(until, "%Y%m%dT%H%M%SZ") + timedelta(seconds=since)
            found = rrulestr(rule, dtstart=begins[0]).between(begins[0], last, inc=True)
            if found[:1] != begins:
                # "Undefined" (section 3.8.5.3): then the rule counts.
                self.strays.append(observance["DTSTART"])
            begins = found or begins
        if dates := observance.get("RDATE"):
            begins += [datetime.strptime(date, "%Y%m%dT%H%M%S") for date in dates.split(",")]
        return [(seconds(begin) - since, since, to) for begin in begins]

    def local(self, at):
        return moment(at + self.offsets[bisect_right(self.changes, at)])

    def instant(self, local):
        number = seconds(local)
        return number - self.offsets[bisect_right(self.passed, number)]


def utc_offset(text):
    sign = -1 if text[0] == "-" else 1
    return sign * (int(text[1:3]) * 3600 + int(text[3:5]) * 60 + int(text[5:7] or 0))


named = lru_cache(maxsize=None)(Named)


def questions(zone, begin, end):
    """Moments and local times: around each change, and anywhere."""
    chance = random.Random(f"{SEED} {zone.name}")
    moments = [chance.randrange(begin, end) for _ in range(60)]
    locals_ = []
    for change in zone.changes:
        if not begin < change < end:
            continue
        near = [change + by for by in (-DAY, -1, 0, 1, 1800, DAY)]
        moments += [at for at in near if begin <= at < end]
        # Clocks before it and after it: between them lies what is skipped, or what comes twice.
        edges = [zone.local(change - 1), zone.local(change)]
        middle = edges[0] + (edges[1] - edges[0]) / 2
        locals_ += [edges[0], edges[1], middle.replace(microsecond=0)]
    locals_ += [zone.local(at) for at in moments]
    low, high = moment(begin + DAY), moment(end - DAY)
    return moments, [local for local in locals_ if low < local < high]


def compare(pairs, begin, end):
    """What davbox says of each (how it is asked for, who says what is right): the number of answers that
    were compared, and what differs."""
    asked = [(text, right, *questions(right, begin, end)) for text, right in pairs]
    lines = []
    for text, _, moments, locals_ in asked:
        stamps = ",".join(local.isoformat() for local in locals_)
        lines.append("\t".join(["ask", text, ",".join(map(str, moments)), stamps]))
    compared, faults = 0, []
    for (text, right, moments, locals_), answer in zip(asked, davbox(lines), strict=True):
        if answer == "unknown":
            faults.append(f"{right.name} is not known: {text}")
            continue
        shown, meant = ([v for v in part.split(",") if v] for part in answer.split("\t"))
        rows = [(at, right.local(at).isoformat(), said) for at, said in zip(moments, shown, strict=True)]
        rows += [(local, str(right.instant(local)), said) for local, said in zip(locals_, meant, strict=True)]
        compared += len(rows)
        wrong = [f"{right.name} at {of}: {said}, not {true}" for of, true, said in rows if said != true]
        if wrong:
            faults.append(f"{wrong[0]} (and {len(wrong) - 1} more)  {text}")
    return compared, faults


def davbox(lines):
    text = "".join(line + "\n" for line in lines)
    run = subprocess.run([os.environ["CLOCKS"]], input=text, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def verdict(sentence, faults):
    print(f"{'FAILED' if faults else 'ok'} {sentence}", flush=True)
    for fault in faults[:20]:
        print(f"    | {fault[:1500]}", flush=True)
