# shellcheck shell=bash
# What every suite asks a server by curl: $BASE is the server, anna with the password `secret` asks.
# The checks are those of verdict.sh.

BASE=
CALENDARS=/calendars/anna
BOOKS=/addressbooks/anna
export CALENDARS BOOKS

# ask METHOD PATH [CURL OPTION…] as anna: STATUS, and the answer in $BODY and $HEAD.
ask() {
    local method=$1 path=$2 how=(-X "$1")
    shift 2
    BODY=$SCRATCH/body HEAD=$SCRATCH/head
    : >"$BODY"
    [ "$method" != HEAD ] || how=(--head)
    STATUS=$(curl -sS --path-as-is --max-time 60 -u anna:secret "${how[@]}" -o "$BODY" -D "$HEAD" \
        -w '%{http_code}' "$@" "$BASE$path")
}

# answers SENTENCE STATUS METHOD PATH [CURL OPTION…]: STATUS is a pattern (201, 20[14]).
answers() {
    local sentence=$1 wanted=$2
    shift 2
    ask "$@"
    if [[ $STATUS =~ ^($wanted)$ ]]; then verdict 0 "$sentence" && return; fi
    { printf 'expected: %s\ngot:      %s for %s\n' "$wanted" "$STATUS" "$*"; cat "$HEAD" "$BODY"; } >"$SCRATCH/said"
    verdict 1 "$sentence" "$SCRATCH/said"
}

# header NAME: of the last answer (the last one of that name).
header() { tr -d '\r' <"$HEAD" | sed -n "s/^$1: *//Ip" | tail -n 1; }

# has_bytes PATH FILE: what the server gives out is what was put in.
has_bytes() {
    ask GET "$1"
    [ "$STATUS" = 200 ] || { echo "GET $1: $STATUS"; return 1; }
    cmp "$2" "$BODY" || { diff <(cat -A "$2") <(cat -A "$BODY"); return 1; }
}

is_gone() { ask GET "$1" && equal_text 404 "$STATUS"; }
equal_text() { [ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$1" "$2"; return 1; }; }

# property PATH NAMESPACE NAME: its text, empty when the server has none.
property() {
    ask PROPFIND "$1" -H 'Depth: 0' -H 'Content-Type: application/xml' --data-binary \
        "<propfind xmlns='DAV:'><prop><x:$3 xmlns:x='$2'/></prop></propfind>"
    python3 - "$2" "$3" "$BODY" <<'PYTHON'
import sys
from xml.etree import ElementTree
namespace, name, file = sys.argv[1:]
try:
    answer = ElementTree.parse(file)
except ElementTree.ParseError as error:
    sys.exit(print("an answer that is not XML:", error))
for stat in answer.iter("{DAV:}propstat"):
    if " 200 " in stat.findtext("{DAV:}status", "") + " ":
        for element in stat.iter("{%s}%s" % (namespace, name)):
            print("".join(element.itertext()).strip())
PYTHON
}

# make_calendar PATH NAME [COMPONENT]
make_calendar() {
    ask MKCALENDAR "$1" -H 'Content-Type: application/xml' --data-binary \
        "<C:mkcalendar xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><set><prop><displayname>$2</displayname><C:supported-calendar-component-set><C:comp name='${3:-VEVENT}'/></C:supported-calendar-component-set></prop></set></C:mkcalendar>"
    equal_text 201 "$STATUS"
}

# --- things to put in ----------------------------------------------------------------------------

# event UID SUMMARY [START]: CRLF, a folded line in the middle of a word, an X- property and an
# alarm: what a server must give back byte for byte.
event() {
    printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 'PRODID:-//davbox//suite//EN' BEGIN:VEVENT \
        "UID:$1" DTSTAMP:20260101T120000Z "DTSTART:${3:-20260302T090000Z}" DURATION:PT45M "SUMMARY:$2" \
        'DESCRIPTION:Eine lange Zeile mit Umlauten: Käse\, Öl und Brötchen für alle' ' da drüben\nund noch eine' \
        'X-SUITE;X-MODE="a;b":kept; as: it, is <b>&amp;]]>' BEGIN:VALARM ACTION:DISPLAY 'DESCRIPTION:Now' TRIGGER:-PT10M \
        END:VALARM END:VEVENT END:VCALENDAR
}

task() {
    printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 'PRODID:-//davbox//suite//EN' BEGIN:VTODO \
        "UID:$1" DTSTAMP:20260101T120000Z "SUMMARY:$2" STATUS:NEEDS-ACTION END:VTODO END:VCALENDAR
}

# card UID NAME: version 3.0 as phones write it, grouped and unknown properties included.
card() {
    # shellcheck disable=SC2016 # the dollar is Apple's
    printf '%s\r\n' BEGIN:VCARD VERSION:3.0 "UID:$1" "N:$2;;;;" "FN:$2" 'item1.TEL;TYPE=CELL:+49 170 1234567' \
        'item1.X-ABLabel:_$!<Mobile>!$_' 'NOTE:Zeile eins\nZeile zwei mit einem langen Text\, der gefaltet' \
        '  wird' 'X-SUITE:kept' END:VCARD
}
