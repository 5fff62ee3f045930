"""Makes calendar object resources of a file, as RFC 4791 section 4.1 wants them: one per UID, with the
time zones of the file, without METHOD. Every line keeps its bytes."""

import re
from typing import NamedTuple

KINDS = b"VEVENT", b"VTODO", b"VJOURNAL", b"VFREEBUSY", b"VAVAILABILITY"


class Object(NamedTuple):
    name: str
    text: bytes


def lines_of(data):
    """Content lines, folded as they are."""
    return re.findall(rb"[^\r\n]*(?:(?:\r\n|\n|\r)[ \t][^\r\n]*)*(?:\r\n|\n|\r|\Z)", data)


def word(line):
    """BEGIN or END and what of, of a line that is one."""
    unfolded = re.sub(rb"(\r\n|\n|\r)[ \t]", b"", line).strip().upper()
    found = re.match(rb"(BEGIN|END):\s*([A-Z0-9-]+)$", unfolded)
    return found.groups() if found else (None, None)


def uid_of(component):
    for line in component:
        unfolded = re.sub(rb"(\r\n|\n|\r)[ \t]", b"", line)
        found = re.match(rb"UID(;[^:]*)?:(.+)", unfolded.strip(), re.I)
        if found:
            return found.group(2).strip()
    return None


def split(data, name):
    """The objects of a file. One whose components have no UID gets one, which is said by its name."""
    head, zones, groups = [], [], {}
    component, depth, alone = None, 0, 0
    for line in lines_of(data.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n") + b"\r\n"):
        begins, what = word(line)
        if component is not None:
            component.append(line)
            depth += {b"BEGIN": 1, b"END": -1}.get(begins, 0)
            if depth == 0:
                kind = word(component[0])[1]
                if kind == b"VTIMEZONE":
                    zones += component
                elif kind in KINDS:
                    uid = uid_of(component)
                    if uid is None:
                        alone += 1
                        uid = b"without-uid-%d" % alone
                        component.insert(1, b"UID:" + uid + b"\r\n")
                    groups.setdefault((uid, kind), []).append(component)
                component = None
        elif begins == b"BEGIN" and what != b"VCALENDAR":
            component, depth = [line], 1
        elif not begins and line.strip() and not line.upper().startswith(b"METHOD"):
            head.append(line)
    found = []
    for number, several in enumerate(groups.values()):
        body = [line for one in several for line in one]
        text = b"".join([b"BEGIN:VCALENDAR\r\n", *head, *zones, *body, b"END:VCALENDAR\r\n"])
        found.append(Object(f"{name}-{number}", text))
    return found
