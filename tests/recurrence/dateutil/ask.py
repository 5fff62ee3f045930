"""What python-dateutil says of every rule of a corpus, in the form of reference/ask.py.

It is asked in its own terms, and what the RFC leaves to its caller is done here: UNTIL becomes a
time without zone, the second 60 is 59, a date has no time parts, DTSTART is the first instance and
counted. A rule on which it thinks for too long has been seen as far as it came."""

import signal
import sys
from datetime import datetime
from multiprocessing import Pool

from dateutil.rrule import rrulestr

from rule import Case

CPU_SECONDS = 0.06
TIMED = ("BYHOUR", "BYMINUTE", "BYSECOND")


class Late(Exception):
    pass


def late(*_):
    raise Late


def asked(case):
    parts = dict(case.rule.parts)
    for name in ("RSCALE", "UNTIL", "SKIP"):
        parts.pop(name, None)
    if case.date_only:
        for name in TIMED:
            parts.pop(name, None)
    if "BYSECOND" in parts:
        parts["BYSECOND"] = ",".join(dict.fromkeys("59" if s == "60" else s for s in parts["BYSECOND"].split(",")))
    if case.until() is not None:
        parts["UNTIL"] = case.until().strftime("%Y%m%dT%H%M%S")
    return ";".join(f"{name}={value}" for name, value in parts.items())


def walk(case, found, most):
    """Fills `found`; answers up to when that is all there is."""
    left = case.rule.count if case.rule.count is not None else sys.maxsize
    for moment in rrulestr(asked(case), dtstart=case.start):
        if case.date_only:
            moment = moment.replace(hour=0, minute=0, second=0)
        if moment > found[-1]:
            if len(found) == left:
                break
            found.append(moment)
        if len(found) == most:
            return found[-1]
    return datetime.max


def answer(line):
    signal.signal(signal.SIGVTALRM, late)
    case = Case(line)
    found = [case.start]
    try:
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
            seen = walk(case, found, 40)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except Late:
        seen = found[-1]
    except (ValueError, IndexError) as refused:
        # It stumbles over 53MO in a month.
        return f"refused\t{refused}"
    return f"{seen.isoformat()}\t{','.join(m.isoformat() for m in found)}"


if __name__ == "__main__":
    with Pool(2) as pool:
        for row in pool.imap(answer, sys.stdin, 100):
            print(row)
