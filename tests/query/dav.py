"""What the suites ask the server, over one connection, and checks in the words of tests/verdict.sh."""

import base64
import http.client
import os
import re
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
SPACES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
EPOCH = datetime(1970, 1, 1)


def stamp(number):
    """Seconds since 1970 as text in UTC."""
    moment = EPOCH + timedelta(seconds=number)
    return f"{moment.year:04}{moment:%m%dT%H%M%SZ}"


def seconds(text):
    """The reverse, of a text in UTC or of numbers."""
    return (datetime.strptime(text, "%Y%m%dT%H%M%SZ") - EPOCH) // timedelta(seconds=1)


def time_range(start=None, end=None):
    edges = [f'{name}="{stamp(at)}"' for name, at in (("start", start), ("end", end)) if at is not None]
    return f"<C:time-range {' '.join(edges)}/>"


class Answer:
    def __init__(self, status, body):
        self.status = status
        self.body = body

    @property
    def words(self):
        """Status and beginning of the body, without the declarations of names."""
        return f"{self.status} {re.sub(r' xmlns:[^>]*', '', self.body[:1500].decode(errors='replace'))[:400]}"

    def members(self):
        """What the answer says of each member: its name, and the text of its properties by name."""
        found = {}
        for response in ElementTree.fromstring(self.body).iter(f"{DAV}response"):
            properties = {}
            for stat in response.iter(f"{DAV}propstat"):
                if " 200 " in stat.findtext(f"{DAV}status"):
                    for element in stat.find(f"{DAV}prop"):
                        properties[element.tag.rpartition("}")[2]] = element.text or ""
            path = urlsplit(response.findtext(f"{DAV}href")).path
            found[unquote(path.rstrip("/").rpartition("/")[2]).removesuffix(".ics")] = properties
        return found


class Server:
    def __init__(self, base=None, home=None):
        self.base = urlsplit(base or os.environ["BASE"])
        self.home = home or os.environ["CALENDARS"]
        self.connection = None
        login = base64.b64encode(b"anna:secret").decode()
        self.head = {"Authorization": f"Basic {login}", "Content-Type": "text/calendar; charset=utf-8"}

    def request(self, method, path, body=b"", **head):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.base.hostname, self.base.port, timeout=60)
        body = body.encode() if isinstance(body, str) else body
        head = {name.replace("_", "-"): value for name, value in head.items()}
        cut = False
        try:
            self.connection.request(method, path, body, self.head | head)
        except (BrokenPipeError, ConnectionResetError):
            # The answer came before the end of the question.
            cut = True
        try:
            answer = self.connection.getresponse()
            found = Answer(answer.status, answer.read())
        except (OSError, http.client.HTTPException) as error:
            self.connection, answer = None, None
            found = Answer(0, str(error).encode())
        if cut or answer is None or answer.will_close:
            self.connection = None
        return found

    def xml(self, method, path, body, **head):
        head.setdefault("Depth", "1")
        return self.request(method, path, f'<?xml version="1.0"?>{body}', Content_Type="application/xml", **head)

    def calendar(self, name, timezone=None):
        """Makes one for every component there is; answers its path."""
        kinds = "".join(f'<C:comp name="{kind}"/>' for kind in ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"))
        zone = f"<C:calendar-timezone>{escape(timezone)}</C:calendar-timezone>" if timezone else ""
        path = f"{self.home}/{name}/"
        answer = self.xml(
            "MKCALENDAR",
            path,
            f"<C:mkcalendar {SPACES}><set><prop><C:supported-calendar-component-set>{kinds}"
            f"</C:supported-calendar-component-set>{zone}</prop></set></C:mkcalendar>",
        )
        if answer.status != 201:
            raise SystemExit(f"MKCALENDAR {path}: {answer.status} {answer.body.decode()}")
        return path

    def put(self, path, item):
        return self.request("PUT", f"{path}{item.name}.ics", item.text)

    def query(self, path, component, inside, data="<getetag/>", more=""):
        """A calendar-query for components of this kind, with what else their filter says."""
        return self.xml(
            "REPORT",
            path,
            f'<C:calendar-query {SPACES}><prop>{data}</prop><C:filter><C:comp-filter name="VCALENDAR">'
            f'<C:comp-filter name="{component}">{inside}</C:comp-filter></C:comp-filter></C:filter>'
            f"{more}</C:calendar-query>",
        )

    def free_busy(self, path, start, end):
        """The text of the VFREEBUSY."""
        body = f"<C:free-busy-query {SPACES}>{time_range(start, end)}</C:free-busy-query>"
        return self.xml("REPORT", path, body)


def expanded(start, end):
    return f'<C:calendar-data><C:expand start="{stamp(start)}" end="{stamp(end)}"/></C:calendar-data>'


class Fault(NamedTuple):
    """Something that is wrong, and the text that it is about."""

    sentence: str
    text: str = ""


def verdict(sentence, faults):
    """One check; the first faults are shown, each text once."""
    print("FAILED" if faults else "ok", sentence, flush=True)
    shown = set()
    for fault in faults[:12]:
        lines = [fault.sentence]
        if fault.text not in shown and len(shown) < 4:
            shown.add(fault.text)
            lines += fault.text.splitlines()
        for line in lines[:60]:
            print("    |", line[:200])
    if len(faults) > 12:
        print("    |", f"and {len(faults) - 12} more")
