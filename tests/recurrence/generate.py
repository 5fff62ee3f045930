"""Writes the corpus: `generate.py NUMBER` rules on standard output, always the same for a number.

Half of the random rules start with an instance of their own, as real ones do; the others start
anywhere. One in eight uses parts that the RFC forbids together and programs write all the same."""

import random
import sys
from datetime import datetime, timedelta

import reference
from rule import FREQUENCIES, WEEKDAYS, Case

SEED = 5545

dice = random.Random(SEED)


def chance(probability):
    return dice.random() < probability


def some(values, most):
    return sorted(dice.sample(values, min(len(values), dice.randint(1, most))))


def listed(values):
    return ",".join(str(v) for v in values)


def signed(most, count):
    values = []
    for _ in range(dice.randint(1, count)):
        edge = chance(0.15)
        number = dice.choice([1, most - 1, most]) if edge else dice.randint(1, most)
        values.append(-number if chance(0.35) else number)
    return listed(values)


def byday(numbers):
    days = some(WEEKDAYS, 7 if chance(0.3) else 3)
    dice.shuffle(days)
    if not numbers:
        return listed(days)
    most = 53 if numbers == "year" else 5
    near = [1, 2, 3, 4, -1, -2, 5, -5]
    found = []
    for day in days[:3]:
        number = dice.choice(near) if chance(0.7) else dice.choice([-1, 1]) * dice.randint(1, most)
        found.append(f"{number}{day}" if chance(0.9) else day)
    return listed(found)


def moment(first=1900, last=2100):
    year = dice.randint(first, last)
    day = datetime(year, 1, 1) + timedelta(days=dice.randint(0, 365))
    if chance(0.2):
        day = dice.choice([datetime(year, 12, dice.randint(25, 31)), datetime(year, 1, dice.randint(1, 7))])
    if chance(0.1):
        leap = dice.choice([1904, 1952, 1996, 2000, 2020, 2024, 2096])
        day = datetime(leap, 2, 29)
    return day.replace(hour=dice.randint(0, 23), minute=dice.choice([0, 15, 30, 45, dice.randint(0, 59)]),
                       second=0 if chance(0.7) else dice.randint(0, 59))


def intervals(frequency):
    if chance(0.4):
        return None
    if chance(0.7):
        return dice.randint(2, 6)
    return {
        "YEARLY": lambda: dice.choice([7, 10, 28, 100, 400]),
        "MONTHLY": lambda: dice.choice([7, 11, 12, 18, 25, 48, 1200]),
        "WEEKLY": lambda: dice.choice([7, 26, 52, 53, 1000]),
        "DAILY": lambda: dice.choice([7, 10, 30, 365, 366, 1461, 36524]),
        "HOURLY": lambda: dice.choice([7, 12, 23, 24, 25, 36, 168, 8760]),
        "MINUTELY": lambda: dice.choice([7, 15, 45, 59, 61, 90, 720, 1440, 1441, 10081]),
        "SECONDLY": lambda: dice.choice([7, 30, 59, 61, 90, 3600, 3601, 86399, 86400, 86401]),
    }[frequency]()


def random_rule(start):
    # The slow frequencies have the richer table.
    frequency = dice.choices(FREQUENCIES, [30, 22, 14, 12, 9, 7, 6])[0]
    level = FREQUENCIES.index(frequency)
    wild = chance(0.12)
    parts = {}
    interval = intervals(frequency)
    if interval:
        parts["INTERVAL"] = interval
    weekly, yearly, monthly = frequency == "WEEKLY", frequency == "YEARLY", frequency == "MONTHLY"
    rich = dice.choice([0.12, 0.3, 0.5])
    if chance(rich):
        parts["BYMONTH"] = listed(some(range(1, 13), 4))
    if chance(rich) and (not weekly or wild):
        parts["BYMONTHDAY"] = signed(31, 5)
    if chance(rich * 0.6) and ((yearly or level > 3) or wild):
        parts["BYYEARDAY"] = signed(366, 8)
    if chance(rich * 0.6) and (yearly or wild):
        parts["BYWEEKNO"] = signed(53, 5)
    if chance(0.2 + rich):
        numbers = None
        if monthly and chance(0.5):
            numbers = "month"
        if yearly and chance(0.4) and ("BYWEEKNO" not in parts or wild):
            numbers = "month" if "BYMONTH" in parts or chance(0.4) else "year"
        if level > 1 and wild and chance(0.3):
            numbers = "month"
        parts["BYDAY"] = byday(numbers)
    if chance(rich * 0.7):
        parts["BYHOUR"] = listed(some(range(24), 6))
    if chance(rich * 0.6):
        parts["BYMINUTE"] = listed(some(range(60), 5))
    if chance(rich * 0.4):
        parts["BYSECOND"] = listed(some(range(60), 4) + ([60] if chance(0.1) else []))
    if chance(0.25) and any(name.startswith("BY") for name in parts):
        parts["BYSETPOS"] = listed(dict.fromkeys(int(n) for n in signed(dice.choice([2, 4, 12, 366]), 3).split(",")))
    if chance(0.3):
        parts["WKST"] = dice.choice(WEEKDAYS)
    if chance(0.03) and level < 2 and "BYWEEKNO" not in parts and "BYYEARDAY" not in parts:
        parts["SKIP"] = dice.choice(["BACKWARD", "FORWARD"])
        parts["RSCALE"] = "GREGORIAN"
    end = dice.random()
    if end < 0.25:
        parts["COUNT"] = dice.choice([1, 2, 3, 5, 10, 25, 60, 400])
    elif end < 0.5:
        span = dice.choice([1, 10, 100, 1000, 10_000]) * (1 if level > 3 else 20)
        until = start + timedelta(days=dice.randint(0, span) if level < 4 else 0, seconds=dice.randint(0, span * 600))
        form = dice.choice(["%Y%m%d", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"])
        parts["UNTIL"] = until.strftime(form)
    names = list(parts)
    dice.shuffle(names)
    return ";".join([f"FREQ={frequency}"] + [f"{name}={parts[name]}" for name in names])


def line(kind, start, rule):
    seeks = [moment(start.year, min(start.year + dice.choice([1, 5, 60]), 2190)) for _ in range(3)]
    seeks = ",".join(s.isoformat() for s in seeks)
    return f"{kind}\t{start.isoformat()}\t{rule}\t{seeks}"


def nasty():
    """What is known to break programs, each from several starts."""
    rules = """
        FREQ=YEARLY | FREQ=YEARLY;INTERVAL=4 | FREQ=YEARLY;INTERVAL=100 | FREQ=MONTHLY | FREQ=MONTHLY;INTERVAL=12
        FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29 | FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO | FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30
        FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-29 | FREQ=YEARLY;BYYEARDAY=366 | FREQ=YEARLY;BYYEARDAY=-366 | FREQ=YEARLY;BYYEARDAY=1,-1
        FREQ=YEARLY;BYWEEKNO=53 | FREQ=YEARLY;BYWEEKNO=-53 | FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU | FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO
        FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;WKST=SU | FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU,SA | FREQ=YEARLY;BYWEEKNO=52,53,1;BYDAY=MO,TU,WE,TH,FR,SA,SU
        FREQ=YEARLY;BYWEEKNO=1;BYMONTH=12;BYDAY=MO,TU,WE | FREQ=YEARLY;BYWEEKNO=53;BYMONTH=1 | FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO
        FREQ=YEARLY;BYDAY=53MO | FREQ=YEARLY;BYDAY=-53SU | FREQ=YEARLY;BYDAY=1MO,-1MO | FREQ=YEARLY;BYDAY=MO | FREQ=YEARLY;BYMONTH=1,6;BYDAY=5FR,-5FR
        FREQ=YEARLY;BYDAY=20MO;BYMONTHDAY=15 | FREQ=YEARLY;BYMONTH=11;BYDAY=4TH | FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR
        FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU | FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU | FREQ=YEARLY;BYMONTH=4;BYDAY=SU;BYMONTHDAY=1,2,3,4,5,6,7
        FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1 | FREQ=YEARLY;BYWEEKNO=1,2;BYDAY=MO,FR;BYSETPOS=-1 | FREQ=YEARLY;BYMONTH=1,12;BYSETPOS=2
        FREQ=YEARLY;BYDAY=MO;BYSETPOS=53 | FREQ=YEARLY;BYDAY=MO;BYSETPOS=-53 | FREQ=YEARLY;BYYEARDAY=1,100,200;BYDAY=MO | FREQ=YEARLY;BYSETPOS=366;BYMONTHDAY=1,2,3
        FREQ=MONTHLY;BYMONTHDAY=31 | FREQ=MONTHLY;BYMONTHDAY=-31 | FREQ=MONTHLY;BYMONTHDAY=29,30,31 | FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2
        FREQ=MONTHLY;BYDAY=5MO | FREQ=MONTHLY;BYDAY=-5MO | FREQ=MONTHLY;BYDAY=1MO,3MO,-1FR | FREQ=MONTHLY;BYDAY=MO,1TU | FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13
        FREQ=MONTHLY;BYDAY=1FR;BYMONTHDAY=1,2,3 | FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1 | FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1;BYHOUR=9,17
        FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1;INTERVAL=3 | FREQ=MONTHLY;BYMONTHDAY=1,-1;BYSETPOS=2 | FREQ=MONTHLY;BYYEARDAY=60,61 | FREQ=MONTHLY;BYWEEKNO=20
        FREQ=MONTHLY;BYDAY=53MO | FREQ=MONTHLY;SKIP=BACKWARD;RSCALE=GREGORIAN | FREQ=MONTHLY;SKIP=FORWARD;RSCALE=GREGORIAN | FREQ=YEARLY;SKIP=FORWARD;RSCALE=GREGORIAN
        FREQ=YEARLY;SKIP=BACKWARD;RSCALE=GREGORIAN | FREQ=MONTHLY;BYMONTHDAY=29,30,31,1;SKIP=FORWARD;RSCALE=GREGORIAN | FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=MO,TU,WE,TH,FR;SKIP=BACKWARD;RSCALE=GREGORIAN
        FREQ=YEARLY;BYYEARDAY=366;SKIP=BACKWARD;RSCALE=GREGORIAN | FREQ=YEARLY;BYYEARDAY=-366;SKIP=FORWARD;RSCALE=GREGORIAN | FREQ=MONTHLY;BYMONTHDAY=-31,-30;SKIP=BACKWARD;RSCALE=GREGORIAN;COUNT=30
        FREQ=WEEKLY | FREQ=WEEKLY;INTERVAL=2;WKST=SU | FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO | FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU | FREQ=WEEKLY;BYDAY=MO,TU,FR;BYSETPOS=2,3
        FREQ=WEEKLY;BYDAY=MO,TU,FR;BYSETPOS=-1;INTERVAL=3;WKST=TH | FREQ=WEEKLY;BYMONTH=2 | FREQ=WEEKLY;BYDAY=SU;BYMONTH=1,3 | FREQ=WEEKLY;BYMONTHDAY=1,2 | FREQ=WEEKLY;BYDAY=1MO
        FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=9,17;BYMINUTE=0,30;BYSETPOS=1,-1 | FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30 | FREQ=WEEKLY;INTERVAL=53;BYDAY=SA,SU;WKST=SU
        FREQ=DAILY;INTERVAL=1461 | FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29 | FREQ=DAILY;BYMONTHDAY=31,-31 | FREQ=DAILY;BYDAY=MO;BYHOUR=9,17;BYSETPOS=-1 | FREQ=DAILY;BYDAY=-1MO
        FREQ=DAILY;BYYEARDAY=366 | FREQ=DAILY;BYWEEKNO=53 | FREQ=DAILY;BYHOUR=0,23;BYMINUTE=0,59;BYSECOND=0,59,60 | FREQ=DAILY;INTERVAL=36524;BYMONTH=1,2,3
        FREQ=HOURLY;BYHOUR=9 | FREQ=HOURLY;INTERVAL=5;BYHOUR=3 | FREQ=HOURLY;INTERVAL=24;BYHOUR=10 | FREQ=HOURLY;BYMINUTE=0,20,40;BYSETPOS=-1 | FREQ=HOURLY;BYMONTH=4;BYMONTHDAY=31
        FREQ=HOURLY;INTERVAL=25;BYDAY=MO | FREQ=HOURLY;BYDAY=1MO | FREQ=HOURLY;BYYEARDAY=-1;BYSECOND=1,2 | FREQ=HOURLY;INTERVAL=8760
        FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11 | FREQ=MINUTELY;INTERVAL=1440;BYHOUR=10 | FREQ=MINUTELY;INTERVAL=1441;BYHOUR=10 | FREQ=MINUTELY;BYMINUTE=7;BYSECOND=3,4
        FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=0;BYMINUTE=0 | FREQ=MINUTELY;INTERVAL=90;BYDAY=SU | FREQ=MINUTELY;BYSETPOS=2;BYSECOND=1,2,3
        FREQ=SECONDLY;INTERVAL=3601;BYHOUR=5 | FREQ=SECONDLY;BYYEARDAY=366;BYMONTH=3 | FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29 | FREQ=SECONDLY;INTERVAL=60;BYSECOND=30
        FREQ=SECONDLY;BYSECOND=60 | FREQ=SECONDLY;BYSETPOS=-1;BYMINUTE=59 | FREQ=SECONDLY;BYSETPOS=2 | FREQ=SECONDLY;INTERVAL=86401;BYHOUR=0,12
    """
    starts = ["1900-01-01T00:00:00", "1904-02-29T12:00:00", "1970-01-01T00:00:00", "1996-12-31T23:59:59",
              "2000-02-29T09:00:00", "2024-12-30T09:00:00", "2027-01-03T23:30:00", "2099-12-31T00:00:00"]
    for rule in (rule.strip() for row in rules.split("\n") for rule in row.split("|")):
        for number, start in enumerate(starts if rule else []):
            end = ["", ";COUNT=7", ";UNTIL=21050607", ";UNTIL=20300101T000000Z"][number % 4]
            kind = "date" if number % 3 == 2 else "time"
            if "COUNT=" in rule:
                end = ""
            yield kind, datetime.fromisoformat(start), rule + end


def synchronized(kind, start, rule):
    """A start that the rule produces, if one comes soon."""
    case = Case(f"{kind}\t{start.isoformat()}\t{rule}\t")
    case.rule.count = None
    found, _ = reference.instances(case, dice.randint(2, 4), steps=400)
    return found[-1] if found[-1].year <= 2100 else start


def main():
    number = int(sys.argv[1])
    written = 0
    for kind, start, rule in nasty():
        print(line(kind, start, rule))
        written += 1
    while written < number:
        start = moment()
        rule = random_rule(start)
        kind = "date" if chance(0.15) else "time"
        if chance(0.5):
            start = synchronized(kind, start, rule)
        print(line(kind, start, rule))
        written += 1


main()
