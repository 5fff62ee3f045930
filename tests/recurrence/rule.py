"""A rule as Python values: what the oracles share. Only the text is read here, nothing is decided."""

from datetime import datetime

WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FREQUENCIES = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]


class Rule:
    def __init__(self, text):
        self.text = text
        self.parts = dict(part.split("=", 1) for part in text.split(";"))
        self.freq = self.parts["FREQ"]
        self.level = FREQUENCIES.index(self.freq)
        self.interval = int(self.parts.get("INTERVAL", 1))
        self.count = int(self.parts["COUNT"]) if "COUNT" in self.parts else None
        self.wkst = WEEKDAYS.index(self.parts.get("WKST", "MO"))
        self.skip = self.parts.get("SKIP", "OMIT")
        self.byday = []
        for item in self.parts.get("BYDAY", "").split(","):
            if item:
                self.byday.append((int(item[:-2] or 0), WEEKDAYS.index(item[-2:])))

    def numbers(self, name):
        return [int(n) for n in self.parts[name].split(",")] if name in self.parts else []

    def has(self, *names):
        return any(name in self.parts for name in names)

    @property
    def numbered(self):
        return any(number for number, _ in self.byday)


class Case:
    """A line of the corpus."""

    def __init__(self, line):
        kind, start, rule, seeks = line.rstrip("\n").split("\t")
        self.date_only = kind == "date"
        self.start = datetime.fromisoformat(start)
        if self.date_only:
            self.start = self.start.replace(hour=0, minute=0, second=0)
        self.rule = Rule(rule)
        self.seeks = seeks

    def until(self):
        """UNTIL as the last moment that is in it: a date is its whole day, UTC is DTSTART's time."""
        text = self.rule.parts.get("UNTIL")
        if text is None:
            return None
        text = text.removesuffix("Z")
        if len(text) == 8:
            return datetime.strptime(text, "%Y%m%d").replace(hour=23, minute=59, second=59)
        return datetime.strptime(text, "%Y%m%dT%H%M%S")


