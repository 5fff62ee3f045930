"""iCalendar text as Python values. Only clean text is understood: what the generator and the server
write."""


class Component:
    def __init__(self, name):
        self.name = name
        self.lines = []
        self.parts = []

    def all(self, name):
        """Parameters and value of every line of this name."""
        return [(parameters, value) for own, parameters, value in self.lines if own == name]

    def first(self, name):
        return next(iter(self.all(name)), None)

    def value(self, name):
        found = self.first(name)
        return found and found[1]

    def named(self, *names):
        return [part for part in self.parts if part.name in names]


def read(text):
    """The outermost component."""
    open_ones = [Component("")]
    for line in unfold(text):
        name, parameters, value = split(line)
        if name == "BEGIN":
            part = Component(value.upper())
            open_ones[-1].parts.append(part)
            open_ones.append(part)
        elif name == "END":
            open_ones.pop()
        else:
            open_ones[-1].lines.append((name, parameters, value))
    return open_ones[0].parts[0]


def unfold(text):
    text = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    return [line for line in text.split("\n") if line]


def split(line):
    """Name, parameters, value; a colon in quotes is no end."""
    quoted = False
    for at, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            break
    else:
        raise ValueError(f"no content line: {line}")
    name, *parameters = line[:at].split(";")
    pairs = (parameter.split("=", 1) for parameter in parameters)
    return name.upper(), {key.upper(): value.strip('"') for key, value in pairs}, line[at + 1 :]
