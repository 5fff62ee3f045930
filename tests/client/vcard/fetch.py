"""Stores the cards of the corpus, fetches them in both versions, and compares what vobject reads in each.

The fetched cards are left in a folder, for the next reader."""

import base64
import http.client
import logging
import os
import re
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import vobject

VERSIONS = ("3.0", "4.0")
CARDDAV = "urn:ietf:params:xml:ns:carddav"
BASE = urlsplit(os.environ["BASE"])
BOOK = os.environ["BOOKS"] + "/contacts/"
LOGIN = "Basic " + base64.b64encode(b"anna:secret").decode()


logging.disable()


def request(method, path, body=None, **head):
    connection = http.client.HTTPConnection(BASE.hostname, BASE.port, timeout=60)
    head = {name.replace("_", "-"): value for name, value in head.items()}
    connection.request(method, path, body, head | {"Authorization": LOGIN})
    answer = connection.getresponse()
    return answer.status, answer.read()


def multiget(path, version):
    body = (
        f'<?xml version="1.0"?><C:addressbook-multiget xmlns="DAV:" xmlns:C="{CARDDAV}"><prop>'
        f'<C:address-data content-type="text/vcard" version="{version}"/></prop><href>{path}</href></C:addressbook-multiget>'
    )
    _, answer = request("REPORT", BOOK, body, Content_Type="application/xml")
    return (ElementTree.fromstring(answer).findtext(f".//{{{CARDDAV}}}address-data") or "").encode()


def check(sentence, faults):
    print("FAILED" if faults else "ok", sentence, flush=True)
    for fault in faults[:20]:
        print("    |", fault[:300])


# What is called one thing in 3.0 and another in 4.0.
NAMES = {
    "X-ADDRESSBOOKSERVER-KIND": "KIND",
    "X-ADDRESSBOOKSERVER-MEMBER": "MEMBER",
    "X-ABRELATEDNAMES": "RELATED",
    "X-EVOLUTION-ANNIVERSARY": "ANNIVERSARY",
    "X-KADDRESSBOOK-X-ANNIVERSARY": "ANNIVERSARY",
    "X-CLIENTPIDMAP": "CLIENTPIDMAP",
    "X-REV": "REV",
    "X-GENDER": "GENDER",
}
# What the other version has to have, whoever wrote the card.
MADE = ("VERSION", "FN", "N", "X-ABLABEL")


def date(text, parameters):
    """Without the marks that only one of the versions has."""
    digits = text.replace("-", "").replace(":", "")
    if re.match(r"\d{4}-", text) or re.match(r"\d{8}", text):
        year = text[:4]
        if year in parameters.get("X-APPLE-OMIT-YEAR", []):
            return digits[4:]
    return re.sub(r"(T\d{4})00", r"\1", digits)


def read(text):
    # It reads no names with umlauts, and passes over them.
    return vobject.readOne(text, ignoreUnreadable=True)


def facts(text):
    """What a card says, as vobject reads it, in words that do not depend on the version."""
    text = text.decode("utf-8-sig")
    # vobject reads 3.0, where a comma separates values; in a URI of 4.0 it does not.
    text = re.sub(r"(;base64|:geo:[-\d.]+),", r"\1\\,", text.replace("\r\n ", ""))
    card = read(text)
    found = set()
    labels = {
        child.group: child.value for child in card.getChildren() if child.group and child.name == "X-ABLABEL"
    }
    for child in card.getChildren():
        name = NAMES.get(child.name, child.name)
        value, parameters = child.value, child.params
        if name == "X-ABDATE" and "nniversary" in labels.get(child.group, ""):
            name = "ANNIVERSARY"
        if name in ("PHOTO", "LOGO", "SOUND", "KEY"):
            inline = re.match(r"data:.*?base64\\?,(.*)", value) if isinstance(value, str) else None
            value = base64.b64decode(inline[1]) if inline else value
        elif name in ("BDAY", "ANNIVERSARY", "REV"):
            value = date(value, parameters)
        elif name == "N":
            for keys in parameters.get("SORT-AS", []):
                found.add(("SORT-STRING", keys, ""))
            value = [child.value.family, child.value.given, child.value.additional, child.value.prefix, child.value.suffix]
        elif name == "ADR":
            for label in parameters.get("LABEL", []):
                label = label.replace("^n", "\n").replace("\\n", "\n").replace("^'", '"')
                found.add(("LABEL", label, ""))
            value = [child.value.street, child.value.city, child.value.region, child.value.code, child.value.country]
        elif name == "GENDER":
            value = {"Male": "M", "Female": "F"}.get(value, value)
        elif name == "TEL":
            value = value.removeprefix("tel:").replace("\\;", ";")
        elif name == "GEO":
            value = re.sub(r"^geo:", "", value).replace(";", ",")
        elif name == "TZ":
            value = value.replace(":", "")
        elif name == "KIND":
            value = value.lower()
        elif name == "URL":
            value = value.replace("\\:", ":")
        found.add((name, str(value), child.group or ""))
    return found


def differences(original, converted):
    """What was lost, and what nobody said before."""
    faults = [f"lost: {name} {value}" for name, value, group in sorted(original - converted) if name != "VERSION"]
    made = {fact for fact in converted - original if fact[0] not in MADE}
    # A date that got a group for its label.
    plain = {(name, value) for name, value, _ in converted}
    faults = [fault for fault in faults if tuple(fault.removeprefix("lost: ").split(" ", 1)) not in plain]
    said = {(name, value) for name, value, _ in original}
    return faults + [f"made up: {name} {value}" for name, value, _ in sorted(made) if (name, value) not in said]


def main(corpus, folder):
    for file in sorted(corpus.glob("*.vcf")):
        stored = file.read_bytes()
        path = BOOK + quote(file.name)
        status, said = request("PUT", path, stored, Content_Type="text/vcard")
        check(f"{file.name} is stored", [] if status == 201 else [said.decode()])
        version = re.search(rb"(?i)version:(\S+)", stored)[1].decode()
        for wanted in VERSIONS:
            _, card = request("GET", path, Accept=f"text/vcard; version={wanted}")
            (folder / f"{file.stem}.as-{wanted}.vcf").write_bytes(card)
            same = multiget(path, wanted).replace(b"\r\n", b"\n") == card.replace(b"\r\n", b"\n")
            check(f"{file.name} as {wanted} is the same by GET and by multiget", [] if same else [card.decode()])
            if version in (wanted, "2.1"):
                check(f"{file.name} as {wanted} is what was stored", [] if card == stored else [card.decode()])
                continue
            try:
                found = read(card.decode())
                found.validate(raiseException=True)
                faults = [] if found.version.value == wanted else [f"version {found.version.value}"]
            except Exception as error:
                faults = [repr(error), *card.decode().splitlines()]
            check(f"{file.name} as {wanted} is a card that vobject finds nothing wrong with", faults)
            long = [line for line in card.decode().split("\r\n") if len(line.encode()) > 75]
            check(f"{file.name} as {wanted} has short lines", long)
            check(f"{file.name} as {wanted} says the same", differences(facts(stored), facts(card)))
            # What a client that speaks this version writes back is the same card in the other again.
            back = folder / "back.vcf"
            status, said = request("PUT", path, card, Content_Type="text/vcard")
            _, card = request("GET", path, Accept=f"text/vcard; version={version}")
            faults = [] if status == 204 else [said.decode()]
            check(f"{file.name} written back as {wanted} says the same", faults + differences(facts(stored), facts(card)))
            request("PUT", path, stored, Content_Type="text/vcard")


main(Path(sys.argv[1]), Path(sys.argv[2]))
