"""What the server refuses of these calendars, and the sentence that says why: the beginning of its
answer, the reason, how many objects it concerns. A number that changes is a change to look at."""

REFUSED = [
    (
        "The event has no DTSTART.",
        "RFC 5545 section 3.6.1: DTSTART is REQUIRED if the component appears in an iCalendar object "
        "that doesn't specify the METHOD property. These are pieces for tests of single properties.",
        77,
    ),
    (
        "This is no date or time that exists.",
        "RFC 5545 sections 3.3.4 and 3.3.5. These files try what a reader does with it.",
        4,
    ),
    (
        "There is no colon between a name and a value.",
        "RFC 5545 section 3.1: contentline = name *(\";\" param) \":\" value. The libraries drop such a "
        "line, or the whole file; a server that keeps every byte would give it to the next client.",
        8,
    ),
    (
        "What stands before the colon is not the name of a property.",
        "RFC 5545 section 3.1: name = iana-token / x-name. A long line that somebody broke by hand.",
        3,
    ),
    (
        "Two components have the same UID and neither is an exception of the other",
        "RFC 4791 section 4.1: one resource has the components of one UID, and RFC 5545 section 3.8.4.7: "
        "that is one event. The files have two versions of it.",
        9,
    ),
    (
        "Another entry of this collection has the same UID.",
        "RFC 4791 section 4.1: the UID must be unique in a calendar collection. An event and a task have it.",
        1,
    ),
    (
        "END names another component than the one that is open.",
        "RFC 5545 section 3.6: a component ends with its own name. A file has END:VTOOD.",
        15,
    ),
]
