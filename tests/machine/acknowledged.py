"""What a server acknowledged must be there after any end of it.

acknowledged.py write ADDRESS RECORD ROUND WRITERS
    PUTs and now and then DELETEs until the server is gone, or for 1000 objects. RECORD gets a line for
    every answer at once, so that others can tell how far it is.
acknowledged.py prove ADDRESS RECORD
    Everything in RECORD is as it was answered: the bytes, the etag, the absence. What the last request
    of a writer was about may have gone either way.
acknowledged.py same ADDRESS RECORD
    The same of a restored store: its etags are of another life.
"""

import http.client
import itertools
import json
import sys
import threading
from base64 import b64encode

CALENDAR = "/calendars/anna/calendar/"
SIGN_IN = {"Authorization": "Basic " + b64encode(b"anna:secret").decode()}
MOST = 1000


def event(name):
    """The same bytes for the same name, of very different lengths: 0.2 to 40 KB."""
    number = sum(name.encode())
    filler = ("z%d" % number) * (1 + number * number * 7 % (9000 if number % 7 == 0 else 300))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//davbox//machine//EN", "BEGIN:VEVENT",
             "UID:" + name, "DTSTAMP:20260101T000000Z", "DTSTART:20260302T090000Z", "SUMMARY:" + filler,
             "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


class Caller:
    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address, timeout=60)

    def ask(self, method, name, body=None):
        headers = dict(SIGN_IN)
        if body is not None:
            headers["Content-Type"] = "text/calendar"
        self.connection.request(method, CALENDAR + name + ".ics", body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read(), answer.headers.get("ETag")


def write(address, record, round_, writers):
    numbers = itertools.count()
    lock = threading.Lock()
    wrong = []

    with open(record, "a", buffering=1) as told:
        def tell(*line):
            with lock:
                told.write(json.dumps(line) + "\n")

        def ask(caller, method, name, wanted, body=None):
            try:
                status, said, etag = caller.ask(method, name, body)
            except (OSError, http.client.HTTPException):
                tell("open", name)
                return None
            if status != wanted:
                wrong.append(f"{method} {name}: {status} {said[:200]}")
                return None
            return etag or ""

        def writer():
            caller = Caller(address)
            while (number := next(numbers)) < MOST:
                name = f"{round_}-{number}"
                etag = ask(caller, "PUT", name, 201, event(name))
                if etag is None:
                    return
                tell("stored", name, etag)
                if number % 8 == 7:
                    if ask(caller, "DELETE", name, 204) is None:
                        return
                    tell("removed", name)

        threads = [threading.Thread(target=writer) for _ in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return wrong


def prove(address, record, with_etags):
    last = {}
    with open(record) as told:
        for line in told:
            what, name, *etag = json.loads(line)
            last[name] = (what, *etag)
    wrong = []
    caller = Caller(address)
    for name, (what, *etag) in last.items():
        status, body, found = caller.ask("GET", name)
        if what == "stored" and ((status, body) != (200, event(name)) or with_etags and found != etag[0]):
            wrong.append(f"{name} was acknowledged with {etag[0]}; now {status} {found} {body[:60]}")
        if what == "removed" and status != 404:
            wrong.append(f"{name} was removed; now {status}")
        if what == "open" and status != 404 and body != event(name):
            wrong.append(f"{name} is there by half: {status} {body[:60]}")
    counts = {what: sum(1 for each in last.values() if each[0] == what) for what in ("stored", "removed", "open")}
    print(counts)
    if not counts["open"]:
        wrong.append("the server ended when nothing was under way: this proves nothing")
    return wrong


if sys.argv[1] == "write":
    faults = write(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
else:
    faults = prove(sys.argv[2], sys.argv[3], sys.argv[1] == "prove")
for fault in faults[:20]:
    print(fault)
sys.exit(bool(faults))
