"""A second implementation, straight from RFC 5545 section 3.3.10 and as simple as can be: it lists
the days of every interval and applies the parts in the order of the RFC. Slow, and independent of
the engine, with which it shares no idea but the decisions in src/recurrence/mod.rs.

Answers (instances, seen): instances up to `seen` are all there are."""

import calendar
from datetime import date, datetime, timedelta
from functools import lru_cache

DAY = timedelta(days=1)
LAST = datetime(2150, 1, 1)


@lru_cache(maxsize=1000)
def month_of(year, month):
    return [date(year, month, d) for d in range(1, calendar.monthrange(year, month)[1] + 1)]


@lru_cache(maxsize=500)
def year_of(year):
    return [day for month in range(1, 13) for day in month_of(year, month)]


@lru_cache(maxsize=2000)
def weeks_of(year, wkst):
    """The weeks of a year as lists of days. "Week number one of the calendar year is the first week
    that contains at least four (4) days in that calendar year." """
    day = date(year, 1, 1) - 6 * DAY
    while day.weekday() != wkst:
        day += DAY
    weeks = []
    while True:
        week = [day + n * DAY for n in range(7)]
        inside = sum(d.year == year for d in week)
        if inside >= 4:
            weeks.append(week)
        elif weeks:
            return weeks
        day += 7 * DAY


def week_year(day, wkst):
    for year in (day.year - 1, day.year, day.year + 1):
        for number, week in enumerate(weeks_of(year, wkst), 1):
            if day in week:
                return year, number
    raise AssertionError(day)


def pick(days, number):
    """The nth of a list, from its end where negative; None where there is none."""
    index = number - 1 if number > 0 else len(days) + number
    return days[index] if 0 <= index < len(days) else None


def picked(days, numbers):
    return {day for day in (pick(days, n) for n in numbers) if day is not None}


def moved(days, number, skip):
    """The nth day of a month or a year, or where SKIP moves it (RFC 7529 section 4.1)."""
    day = pick(days, number)
    if day is not None or skip == "OMIT":
        return day
    beyond = days[-1] + DAY if number > 0 else days[0] - DAY
    if skip == "FORWARD":
        return beyond if number > 0 else days[0]
    return days[-1] if number > 0 else beyond


class Days:
    """Which days an interval of a day or longer has."""

    def __init__(self, case):
        rule = self.rule = case.rule
        start = case.start.date()
        self.months = set(rule.numbers("BYMONTH"))
        self.yeardays = rule.numbers("BYYEARDAY")
        self.monthdays = rule.numbers("BYMONTHDAY")
        self.weeknos = rule.numbers("BYWEEKNO")
        self.byday = list(rule.byday)
        within_month = rule.freq == "MONTHLY" or bool(self.months)
        self.scope = "month" if within_month else "year"
        if rule.level > 1:
            # "MUST NOT be specified with a numeric value when FREQ is not MONTHLY or YEARLY"
            self.byday = [(0, weekday) for _, weekday in self.byday]
        if not (self.byday or self.monthdays or self.yeardays):
            if rule.freq == "WEEKLY" or (self.weeknos and rule.level < 2):
                self.byday = [(0, start.weekday())]
            elif rule.level < 2:
                self.monthdays = [start.day]
                if rule.freq == "YEARLY" and not self.months:
                    self.months = {start.month}

    def by_week(self, day):
        year, number = week_year(day, self.rule.wkst)
        count = len(weeks_of(year, self.rule.wkst))
        return number in self.weeknos or number - count - 1 in self.weeknos

    def of(self, days):
        """`days` is everything in the interval."""
        rule = self.rule
        if self.months:
            days = [d for d in days if d.month in self.months]
        if self.weeknos:
            days = [d for d in days if self.by_week(d)]
        days = set(days)
        move = rule.skip if rule.level < 2 else "OMIT"
        if self.yeardays:
            if move == "OMIT":
                allowed = set()
                for year in {d.year for d in days}:
                    allowed |= picked(year_of(year), self.yeardays)
                days &= allowed
            else:
                years = {d.year for d in days}
                days = {moved(year_of(y), n, move) for y in years for n in self.yeardays}
        if self.monthdays:
            months = {(d.year, d.month) for d in days}
            if move == "OMIT":
                allowed = set()
                for year, month in months:
                    allowed |= picked(month_of(year, month), self.monthdays)
                days &= allowed
            else:
                days = {moved(month_of(*m), n, move) for m in months for n in self.monthdays}
        if self.byday:
            days = {d for d in days if self.by_day(d)}
        return sorted(days)

    def by_day(self, day):
        for number, weekday in self.byday:
            if day.weekday() != weekday:
                continue
            if number == 0:
                return True
            all_days = month_of(day.year, day.month) if self.scope == "month" else year_of(day.year)
            same = [d for d in all_days if d.weekday() == weekday]
            if pick(same, number) == day:
                return True
        return False


def positions(moments, bysetpos):
    return sorted(picked(moments, bysetpos)) if bysetpos else moments


def long_intervals(case):
    """The days of interval after interval, each with a moment before which it cannot be."""
    rule = case.rule
    start = case.start.date()
    days = Days(case)
    step = rule.interval
    if rule.freq == "YEARLY":
        if days.weeknos:
            year = week_year(start, rule.wkst)[0]
            while True:
                weeks = weeks_of(year, rule.wkst)
                yield days.of([d for week in weeks for d in week]), weeks[0][0]
                year += step
        year = start.year
        while True:
            yield days.of(year_of(year)), date(year, 1, 1)
            year += step
    if rule.freq == "MONTHLY":
        month = start.year * 12 + start.month - 1
        while True:
            first = month_of(month // 12, month % 12 + 1)
            yield days.of(first), first[0]
            month += step
    if rule.freq == "WEEKLY":
        day = start
        while day.weekday() != rule.wkst:
            day -= DAY
        while True:
            yield days.of([day + n * DAY for n in range(7)]), day
            day += 7 * step * DAY
    day = start
    while True:
        yield days.of([day]), day
        day += step * DAY


def times_of(case):
    if case.date_only:
        return [timedelta()]
    rule, start = case.rule, case.start
    hours = rule.numbers("BYHOUR") or [start.hour]
    minutes = rule.numbers("BYMINUTE") or [start.minute]
    seconds = [min(s, 59) for s in rule.numbers("BYSECOND")] or [start.second]
    found = {timedelta(hours=h, minutes=m, seconds=s) for h in hours for m in minutes for s in seconds}
    return sorted(found)


def long_instances(case, steps):
    times = times_of(case)
    bysetpos = case.rule.numbers("BYSETPOS")
    for days, begin in long_intervals(case):
        steps -= 1
        if begin > LAST.date() or steps < 0:
            # Where SKIP or a first week reaches back, not everything before `begin` is seen.
            yield None, datetime.combine(begin, datetime.min.time()) - 2 * DAY
            return
        if not days:
            continue
        midnights = [datetime.combine(d, datetime.min.time()) for d in days]
        if bysetpos:
            yield from ((m, None) for m in positions([d + t for d in midnights for t in times], bysetpos))
        else:
            yield from ((d + t, None) for d in midnights for t in times)


def short_instances(case, steps):
    """FREQ below DAILY: every interval is asked."""
    rule = case.rule
    days = Days(case)
    fits = lru_cache(maxsize=100)(lambda day: bool(days.of([day])))
    timed = not case.date_only
    hours = set(rule.numbers("BYHOUR")) if timed else None
    minutes = rule.numbers("BYMINUTE") if timed else []
    seconds = sorted({min(s, 59) for s in rule.numbers("BYSECOND")}) if timed else []
    start = case.start
    bysetpos = rule.numbers("BYSETPOS")
    if rule.freq == "HOURLY":
        at, step = start.replace(minute=0, second=0), timedelta(hours=rule.interval)
    elif rule.freq == "MINUTELY":
        at, step = start.replace(second=0), timedelta(minutes=rule.interval)
    else:
        at, step = start, timedelta(seconds=rule.interval)
    limit_minutes = rule.freq != "HOURLY" and set(minutes)
    limit_seconds = rule.freq == "SECONDLY" and set(seconds)
    while at < LAST and steps > 0:
        steps -= 1
        if (
            (not hours or at.hour in hours)
            and (not limit_minutes or at.minute in limit_minutes)
            and (not limit_seconds or at.second in limit_seconds)
            and fits(at.date())
        ):
            here = [at]
            if rule.freq == "HOURLY":
                here = [at.replace(minute=m) for m in sorted(set(minutes)) or [start.minute]]
            if rule.freq != "SECONDLY":
                here = [m.replace(second=s) for m in here for s in seconds or [start.second]]
            yield from ((m, None) for m in positions(here, bysetpos))
        try:
            at += step
        except OverflowError:
            at = LAST
    yield None, at - timedelta(seconds=1)


def instances(case, most, steps=6_000):
    until = case.until()
    left = case.rule.count
    # "The DTSTART property value always counts as the first occurrence."
    found = [case.start]
    source = long_instances(case, min(steps, 3000)) if case.rule.level < 4 else short_instances(case, steps)
    for moment, seen in source:
        if left is not None and len(found) >= max(left, 1):
            return found, datetime.max
        if moment is None:
            return found, seen
        if case.date_only:
            moment = datetime.combine(moment.date(), datetime.min.time())
        if until is not None and moment > until:
            return found, datetime.max
        if moment <= found[-1]:
            continue
        found.append(moment)
        if len(found) == most:
            return found, found[-1]
    return found, datetime.max
