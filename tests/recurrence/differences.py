"""Where others give other instances, and why that is right: one class per reason, with the sentence
of the RFC that decides. The first class that fits a rule is its own. A difference that fits no class
fails the suite, and so does a class that nothing fits any more.

reference.py must agree with the engine everywhere: it has no classes."""

RFC = "RFC 5545 section 3.3.10: "
TABLE = RFC + "the table of limits and expansions"
TIMES = "BYHOUR", "BYMINUTE", "BYSECOND"
YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY = range(5)


def names_days(rule):
    return rule.has("BYDAY", "BYMONTHDAY", "BYYEARDAY")


def mixed(rule):
    return rule.numbered and any(number == 0 for number, _ in rule.byday)


def negative(rule, name):
    return any(number < 0 for number in rule.numbers(name))


def late_in_month(case):
    """Names a day that not every month has."""
    days = case.rule.numbers("BYMONTHDAY") or ([] if names_days(case.rule) else [case.start.day])
    return any(abs(day) > 28 for day in days)


# Name, what the other does, why not, and which lines of the corpus it concerns.
DATEUTIL = [
    (
        "skip",
        "knows no SKIP",
        "RFC 7529 section 4.1: an invalid date is changed to the previous or the next (valid) one",
        lambda case: case.rule.has("SKIP"),
    ),
    (
        "date-below-day",
        "counts the hours of a day, where DTSTART is a date, for COUNT",
        "RFC 5545 section 3.8.5.3: duplicate instances are ignored; all of a day are one DATE",
        lambda case: case.date_only and case.rule.level >= HOURLY and case.rule.count is not None,
    ),
    (
        "week-without-day",
        "takes all seven days of a week that BYWEEKNO names",
        RFC + "information, not contained in the rule, […] derived from […] DTSTART",
        lambda case: case.rule.has("BYWEEKNO") and not names_days(case.rule) and case.rule.level < DAILY,
    ),
    (
        "week-of-another-year",
        "cuts the weeks of BYWEEKNO at New Year, gives the end of December to the year that it is "
        "in, and takes the first days of January for week 53 in years that end with week 52",
        RFC + "week number one of the calendar year is the first week that contains at least four "
        "(4) days in that calendar year",
        lambda case: case.rule.has("BYWEEKNO"),
    ),
    (
        "numbers-and-none",
        "wants both of a weekday with a number and one without",
        RFC + "the BYDAY rule part specifies a COMMA-separated list of days of the week; each value "
        "can also be preceded by a […] integer",
        lambda case: mixed(case.rule),
    ),
    (
        "first-week",
        "begins the first week at DTSTART when BYSETPOS counts",
        RFC + "a set of recurrence instances starts at the beginning of the interval defined by the "
        "FREQ rule part",
        lambda case: case.rule.freq == "WEEKLY" and case.rule.has("BYSETPOS"),
    ),
]

ICALJS = [
    (
        "skip",
        "knows no SKIP",
        "RFC 7529 section 4.1: an invalid date is changed to the previous or the next (valid) one",
        lambda case: case.rule.has("SKIP"),
    ),
    (
        "week",
        "evaluates BYWEEKNO in few cases",
        TABLE + ": YEARLY, BYWEEKNO: expand",
        lambda case: case.rule.has("BYWEEKNO"),
    ),
    (
        "position",
        "evaluates BYSETPOS in few cases, and counts only what is left after DTSTART",
        TABLE + ": BYSETPOS: limit, for every FREQ",
        lambda case: case.rule.has("BYSETPOS"),
    ),
    (
        "limited-from-end",
        "knows negative BYMONTHDAY only where it expands",
        TABLE + ": DAILY and below, BYMONTHDAY: limit; valid values are 1 to 31 or -31 to -1",
        lambda case: case.rule.level >= DAILY and negative(case.rule, "BYMONTHDAY"),
    ),
    (
        "month-days-of-year",
        "takes BYMONTHDAY of a year only in one month, and counts from the end of only one",
        TABLE + ": YEARLY, BYMONTHDAY: expand",
        lambda case: case.rule.level == YEARLY
        and case.rule.has("BYMONTHDAY")
        and (not case.rule.has("BYMONTH") or negative(case.rule, "BYMONTHDAY")),
    ),
    (
        "invalid-day",
        "moves a day that a month does not have into the next month",
        RFC + "recurrence instances with an invalid date (e.g., February 30) […] MUST be ignored",
        lambda case: case.rule.level < WEEKLY and late_in_month(case),
    ),
    (
        "times",
        "expands times only on some days, and on the first of a month that has no such day",
        TABLE + ": YEARLY to DAILY, BYHOUR, BYMINUTE, BYSECOND: expand",
        lambda case: case.rule.level <= DAILY and not case.date_only and case.rule.has(*TIMES),
    ),
    (
        "numbers-and-none",
        "wants both of a weekday with a number and one without, or counts on from the month's end",
        RFC + "each [BYDAY] value can also be preceded by a […] integer",
        lambda case: case.rule.numbered,
    ),
    (
        "leap-years-only",
        "gives up a rule that has nothing in its first years",
        RFC + "if [UNTIL is] not present, and the COUNT rule part is also not present, the RRULE is "
        "considered to repeat forever",
        lambda case: all(abs(day) == 366 for day in case.rule.numbers("BYYEARDAY") or [0]),
    ),
    (
        "limits-at-the-start",
        "judges the first period by other limits, and leaves INTERVAL's steps where a part limits",
        RFC + "after evaluating the specified FREQ and INTERVAL rule parts, the BYxxx rule parts are applied",
        lambda case: case.rule.level >= MONTHLY and case.rule.has("BYMONTH", "BYMONTHDAY", *TIMES),
    ),
]

OTHERS = {"dateutil": DATEUTIL, "icaljs": ICALJS}
