"""Objects that are wrong or too much: what they are, whether any range must have them because they cannot
be evaluated, and their lines. `DAY` stands in each for the day on which something must be found."""

DAY = "20260504"
START = f"DTSTART:{DAY}T100000Z"


def event(*lines):
    return ["BEGIN:VEVENT", "UID:@", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"]


def rule(text, start=START):
    return event(start, "DURATION:PT1H", f"RRULE:{text}")


def zone(name, *observance):
    return ["BEGIN:VTIMEZONE", f"TZID:{name}", "BEGIN:STANDARD", *observance, "END:STANDARD", "END:VTIMEZONE"]


def zoned(name):
    return event(f"DTSTART;TZID={name}:{DAY}T120000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")


FIXED = "DTSTART:19700101T000000", "TZOFFSETFROM:+0000", "TZOFFSETTO:+0100"

# Nothing of these can be evaluated: every range has them (RFC 4791 section 9.9 has no such case; an event
# that is shown too often can be seen and mended, one that is not shown is lost).
UNEVALUABLE = {
    "INTERVAL=0": rule("FREQ=DAILY;INTERVAL=0"),
    "an INTERVAL that is no number": rule("FREQ=DAILY;INTERVAL=two"),
    "a FREQ that does not exist": rule("FREQ=FORTNIGHTLY"),
    "no FREQ": rule("INTERVAL=2"),
    "an empty RRULE": event(START, "RRULE:"),
    "BYDAY=53MO in a month": rule("FREQ=MONTHLY;BYDAY=54MO"),
    "BYMONTH=13": rule("FREQ=YEARLY;BYMONTH=13"),
    "an UNTIL that is no date": rule("FREQ=DAILY;UNTIL=tomorrow"),
    "an RDATE that is no date": event(START, "RDATE:whenever"),
}

# These have an instance on DAY, whatever else they say.
ON_THE_DAY = {
    "COUNT and UNTIL": rule(f"FREQ=DAILY;COUNT=3;UNTIL={DAY}T235959Z"),
    "BYDAY=53MO": rule("FREQ=YEARLY;BYDAY=53MO"),
    "BYDAY=53MO in a MONTHLY rule": rule("FREQ=MONTHLY;BYDAY=53MO"),
    "SECONDLY without end": rule("FREQ=SECONDLY"),
    "MINUTELY without end": rule("FREQ=MINUTELY", "DTSTART:19000101T000000Z"),
    "SECONDLY since 1900": rule("FREQ=SECONDLY", "DTSTART:19000101T000000Z"),
    "SECONDLY with every BY-part": rule(
        "FREQ=SECONDLY;BYMONTH=1,5;BYMONTHDAY=4;BYDAY=MO;BYHOUR=10;BYMINUTE=0;BYSECOND=0;BYSETPOS=-1"
    ),
    "a rule that matches nothing": rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
    "a rule that matches hardly ever": rule("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYHOUR=3;BYSECOND=7"),
    "the largest INTERVAL": rule("FREQ=SECONDLY;INTERVAL=4294967295"),
    "an INTERVAL beyond all numbers": rule("FREQ=YEARLY;INTERVAL=99999999999999999999"),
    "COUNT beyond all numbers": rule("FREQ=DAILY;COUNT=99999999999999999999"),
    "a hundred rules": event(START, "DURATION:PT1H", *["RRULE:FREQ=MINUTELY;INTERVAL=7"] * 100),
    "an end in the year 9999": event(START, "DTEND:99991231T235959Z"),
    "a daily event of eight thousand years": event(START, "DTEND:99991231T235959Z", "RRULE:FREQ=DAILY"),
    "an end before the start": event(START, "DTEND:20200101T000000Z"),
    "a duration of a hundred million weeks": event(START, "DURATION:P99999999W"),
    "a duration beyond all numbers": event(START, "DURATION:P99999999999999999999W"),
    "a negative duration": event(START, "DURATION:-PT1H"),
    "an alarm that repeats a million times": event(
        START, "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-P9999W", "REPEAT:1000000", "DURATION:PT1S", "END:VALARM"
    ),
    "five thousand EXDATEs": event(
        START, "RRULE:FREQ=DAILY", *[f"EXDATE:20270101T{n // 3600:02}{n // 60 % 60:02}{n % 60:02}Z" for n in range(5000)]
    ),
    "five thousand RDATEs": event(
        START, *[f"RDATE:{2027 + n // 336}{1 + n // 28 % 12:02}{1 + n % 28:02}T100000Z" for n in range(5000)]
    ),
    "a thousand overrides": [
        line
        for n in range(-1, 1000)
        for line in event(
            *([f"RECURRENCE-ID:{2026 + n // 336}{1 + n // 28 % 12:02}{1 + n % 28:02}T100000Z"] if n >= 0 else []),
            f"DTSTART:{DAY}T100000Z",
            *(["RRULE:FREQ=DAILY"] if n < 0 else []),
        )
    ],
    "five hundred THISANDFUTURE": [
        line
        for n in range(-1, 500)
        for line in event(
            *([f"RECURRENCE-ID;RANGE=THISANDFUTURE:{2027 + n // 336}{1 + n // 28 % 12:02}{1 + n % 28:02}T100000Z"] if n >= 0 else []),
            START if n < 0 else f"DTSTART:20280101T{n % 24:02}0000Z",
            *(["RRULE:FREQ=DAILY"] if n < 0 else []),
        )
    ],
    "a RECURRENCE-ID that is no date": [*rule("FREQ=DAILY"), *event("RECURRENCE-ID:soon", START)],
    "an EXDATE that is no date": event(START, "RRULE:FREQ=DAILY", "EXDATE:never"),
    "an offset of 23 hours": [*zone("Far", FIXED[0], "TZOFFSETFROM:+2359", "TZOFFSETTO:-2359"), *zoned("Far")],
    "an offset that is none": [*zone("Odd", FIXED[0], "TZOFFSETFROM:far", "TZOFFSETTO:+9999"), *zoned("Odd")],
    "a zone that nobody knows": zoned("Nowhere/Land"),
    "a zone without observances": ["BEGIN:VTIMEZONE", "TZID:Empty", "END:VTIMEZONE", *zoned("Empty")],
    "a zone whose rule is SECONDLY": [*zone("Fast", *FIXED, "RRULE:FREQ=SECONDLY"), *zoned("Fast")],
    "a zone whose rule matches nothing": [
        *zone("Never", *FIXED, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        *zoned("Never"),
    ],
    "a zone that is defined by itself": [*zone("Loop", "DTSTART;TZID=Loop:19700101T000000", *FIXED[1:]), *zoned("Loop")],
    "two zones defined by each other": [
        *zone("Hen", "DTSTART;TZID=Egg:19700101T000000", *FIXED[1:]),
        *zone("Egg", "DTSTART;TZID=Hen:19700101T000000", *FIXED[1:]),
        *zoned("Egg"),
    ],
    "a thousand definitions of one zone": [*zone("Many", *FIXED) * 1000, *zoned("Many")],
    "a zone of a thousand onsets": [
        *zone("Busy", *FIXED, *[f"RDATE:{1970 + n // 12}{1 + n % 12:02}01T000000" for n in range(1000)]),
        *zoned("Busy"),
    ],
    "a TZID of 4,000 letters": zoned("A" * 4000),
}

# At the ends of time; nothing is on DAY.
ELSEWHERE = {
    "the year 9999": rule("FREQ=DAILY", "DTSTART:99991230T235959Z"),
    "the year 1": rule("FREQ=YEARLY", "DTSTART:00010101T000000Z"),
    "the last day of all, in the far west": [
        *zone("West", FIXED[0], "TZOFFSETFROM:-2359", "TZOFFSETTO:-2359"),
        *event("DTSTART;TZID=West:99991231T235959", "DURATION:P1D"),
    ],
    "the first day of all, in the far east": [
        *zone("East", FIXED[0], "TZOFFSETFROM:+2359", "TZOFFSETTO:+2359"),
        *event("DTSTART;TZID=East:00010101T000000", "DURATION:P1D"),
    ],
}


def text(name, lines):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//davbox//query//EN", *lines, "END:VCALENDAR"]
    return "".join(f"{line}\r\n" for line in lines).replace("UID:@", f"UID:{name}")
