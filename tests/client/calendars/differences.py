"""Where recurring-ical-events finds other instances in its own and others' calendars, and why ours are
right: what it does, the sentence that decides, the files. A difference elsewhere fails the suite, and so
does a file here that has none any more."""

DIFFERENCES = [
    (
        "lets an all-day event that ends on the day it begins last no time",
        "RFC 5545 section 3.8.2.2: the value MUST be later in time than DTSTART; RFC 4791 section 9.9: a "
        "VEVENT without DTEND lasts a day where DTSTART is a DATE",
        ["icalendar/example", "khal/event_d_same_start_end"],
    ),
    (
        "turns an event around that ends before it begins, or gives it nothing",
        "RFC 5545 section 3.8.2.2, as above: an end that is none is passed over",
        [
            "recurring_ical_events/end_before_start_event",
            "recurring_ical_events/issue_132_swapped_start_and_end",
            "ical/test12",
        ],
    ),
    (
        "lets a PERIOD of two days last no time",
        "RFC 5545 section 3.3.9: a period has DATE-TIMEs; what it means is from day to day",
        ["icalendar/issue_1633_rdate_with_dates", "icalendar/issue_1633_rdate_with_dates_and_tzid"],
    ),
    (
        "knows the zone names of Lotus Notes",
        "RFC 5545 section 3.2.19: a TZID without a VTIMEZONE; times in an unknown zone are floating",
        [
            "icalendar/issue_526_calendar_with_different_events",
            "icalendar/issue_526_calendar_with_event_subset",
            "icalendar/issue_526_calendar_with_events",
            "icalendar/issue_526_calendar_with_shuffeled_events",
        ],
    ),
    (
        "takes the zone of this name for what is before the first onset of the VTIMEZONE",
        "RFC 5545 section 3.6.5: TZOFFSETFROM is the offset in use before the onset",
        ["recurring_ical_events/fablab_cottbus"],
    ),
    (
        "does not count DTSTART where UNTIL or COUNT would leave it out",
        "RFC 5545 section 3.8.5.3: the DTSTART property value counts as the first occurrence",
        [
            "recurring_ical_events/issue_117_until_before_dtstart",
            "recurring_ical_events/multiple_rrule",
            "khal/event_dt_rrule_until_before_start",
        ],
    ),
    (
        "reads a rule that is none as something else",
        "RFC 5545 section 3.3.10: COUNT is a positive integer, and nothing is escaped; a rule that cannot "
        "be evaluated is given back unexpanded",
        ["recurring_ical_events/issue_128_only_first_event", "vobject/ruby_rrule"],
    ),
    (
        "leaves out an override of an instance that its master does not have",
        "RFC 5545 section 3.8.4.4 says nothing of it; Apple's and Mozilla's calendars show it",
        ["recurring_ical_events/issue_253_additional_recurrence_id"],
    ),
    (
        "ends a rule at midnight at the beginning of the day that UNTIL names",
        "RFC 5545 section 3.3.10: UNTIL bounds the recurrence rule in an inclusive manner",
        ["recurring_ical_events/issue_75_range_parameter", "vobject/recurrence"],
    ),
    (
        "lets X-WR-TIMEZONE be the zone of floating times and of UTC",
        "RFC 5545 section 3.3.5: floating is the same hour, minute, and second no matter in what time zone",
        ["recurring_ical_events/issue_86_x_wr_timezone_without_time_zone_in_dt", "ical/test14", "ical/test3"],
    ),
    (
        "takes a time in UTC for one in the zone of TZID",
        "RFC 5545 section 3.2.19: TZID MUST NOT be applied to DATE-TIME properties whose time values are "
        "specified in UTC",
        ["khal/event_dt_mixed_awareness"],
    ),
]
