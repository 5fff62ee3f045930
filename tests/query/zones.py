"""The time zones that the calendars use: a TZID as programs write it, and the VTIMEZONE that goes with
it or none."""


def _rules(name, standard, daylight):
    """A VTIMEZONE with two observances: offset, offset before, first onset, rule."""
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    for kind, (to, since, first, rule) in (("STANDARD", standard), ("DAYLIGHT", daylight)):
        lines += [f"BEGIN:{kind}", f"DTSTART:{first}", f"RRULE:FREQ=YEARLY;{rule}"]
        lines += [f"TZOFFSETFROM:{since}", f"TZOFFSETTO:{to}", f"END:{kind}"]
    return [*lines, "END:VTIMEZONE"]


def _fixed(name, offset, first="19700101T000000"):
    return [
        "BEGIN:VTIMEZONE",
        f"TZID:{name}",
        "BEGIN:STANDARD",
        f"DTSTART:{first}",
        f"TZOFFSETFROM:{offset}",
        f"TZOFFSETTO:{offset}",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]


# Rules that are in force for each of these from 2012 to 2037 and beyond, as programs write them.
DEFINED = {
    "Europe/Berlin": (
        ("+0100", "+0200", "19701025T030000", "BYMONTH=10;BYDAY=-1SU"),
        ("+0200", "+0100", "19700329T020000", "BYMONTH=3;BYDAY=-1SU"),
    ),
    "America/New_York": (
        ("-0500", "-0400", "20071104T020000", "BYMONTH=11;BYDAY=1SU"),
        ("-0400", "-0500", "20070311T020000", "BYMONTH=3;BYDAY=2SU"),
    ),
    "America/St_Johns": (
        ("-0330", "-0230", "20111106T020000", "BYMONTH=11;BYDAY=1SU"),
        ("-0230", "-0330", "20120311T020000", "BYMONTH=3;BYDAY=2SU"),
    ),
    "Australia/Sydney": (
        ("+1000", "+1100", "20080406T030000", "BYMONTH=4;BYDAY=1SU"),
        ("+1100", "+1000", "20081005T020000", "BYMONTH=10;BYDAY=1SU"),
    ),
    "Australia/Lord_Howe": (
        ("+1030", "+1100", "20080406T020000", "BYMONTH=4;BYDAY=1SU"),
        ("+1100", "+1030", "20081005T020000", "BYMONTH=10;BYDAY=1SU"),
    ),
    "Pacific/Auckland": (
        ("+1200", "+1300", "20080406T030000", "BYMONTH=4;BYDAY=1SU"),
        ("+1300", "+1200", "20070930T020000", "BYMONTH=9;BYDAY=-1SU"),
    ),
    # Summer is its standard time, and its daylight saving goes backwards.
    "Europe/Dublin": (
        ("+0100", "+0000", "19810329T010000", "BYMONTH=3;BYDAY=-1SU"),
        ("+0000", "+0100", "19961027T020000", "BYMONTH=10;BYDAY=-1SU"),
    ),
    # Outlook's way: the name is Windows', the rule begins in 1601.
    "W. Europe Standard Time": (
        ("+0100", "+0200", "16011028T030000", "BYDAY=-1SU;BYMONTH=10"),
        ("+0200", "+0100", "16010325T020000", "BYDAY=-1SU;BYMONTH=3"),
    ),
    # Exchange's: the name says nothing.
    "Customized Time Zone": (
        ("-0800", "-0700", "16010101T020000", "INTERVAL=1;BYDAY=1SU;BYMONTH=11"),
        ("-0700", "-0800", "16010101T020000", "INTERVAL=1;BYDAY=2SU;BYMONTH=3"),
    ),
}
FIXED = {
    "Asia/Tokyo": "+0900",
    "Asia/Kolkata": "+0530",
    "Asia/Kathmandu": "+0545",
    "Africa/Johannesburg": "+0200",
    "America/Sao_Paulo": "-0300",
    "Pacific/Kiritimati": "+1400",
    "Etc/GMT+12": "-1200",
}
# By their names alone (RFC 7809 section 3.1.4: a server takes them without their definition).
NAMED = [
    *(name for name in DEFINED if "/" in name),
    *FIXED,
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Tehran",
    "Pacific/Chatham",
    "Antarctica/Troll",
    "Pacific/Apia",
]
# Names that are no IANA names, and what they mean.
ALIASES = {
    "W. Europe Standard Time": "Europe/Berlin",
    "Eastern Standard Time": "America/New_York",
    "AUS Eastern Standard Time": "Australia/Sydney",
    "/mozilla.org/20050126_1/Europe/Berlin": "Europe/Berlin",
    "/freeassociation.sourceforge.net/America/New_York": "America/New_York",
}
# A definition that is not what the name says: the definition counts (RFC 5545 section 3.8.3.1: "the
# 'TZID' property value [...] uniquely identifies a time zone definition within the calendar object").
CONTRADICTED = {"Europe/Paris": "+0500", "Asia/Tokyo": "-0230", "Eastern Standard Time": "+1245"}


def definition(name):
    """The lines of its VTIMEZONE, or none."""
    if name in DEFINED:
        return _rules(name, *DEFINED[name])
    if name in FIXED:
        return _fixed(name, FIXED[name])
    return []


def contradiction(name):
    return _fixed(name, CONTRADICTED[name])


# Where the clock jumps: zone, a day, a local time within the gap or within what comes twice.
JUMPS = [
    ("Europe/Berlin", (2025, 3, 30), (2, 30)),
    ("Europe/Berlin", (2025, 10, 26), (2, 30)),
    ("America/New_York", (2026, 3, 8), (2, 15)),
    ("America/New_York", (2026, 11, 1), (1, 30)),
    ("Australia/Sydney", (2025, 10, 5), (2, 30)),
    ("Australia/Sydney", (2026, 4, 5), (2, 30)),
    ("Australia/Lord_Howe", (2025, 10, 5), (2, 15)),
    ("Australia/Lord_Howe", (2026, 4, 5), (1, 45)),
    ("Pacific/Auckland", (2025, 9, 28), (2, 30)),
    ("Europe/Dublin", (2026, 3, 29), (1, 30)),
    ("Europe/Dublin", (2026, 10, 25), (1, 30)),
    ("America/St_Johns", (2026, 3, 8), (2, 30)),
    ("Pacific/Apia", (2011, 12, 30), (12, 0)),
]
