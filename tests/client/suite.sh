# shellcheck shell=bash
# What the suites of real clients share. A suite is a folder with a `run` that says
#
#     . "$(dirname "$0")/../suite.sh"
#     open_suite
#     person anna secret
#     check "a sentence that is true" command…
#     close_suite
#
# It gets a davbox of its own on a free port with a data folder of its own, and closes with
# `N passed, N failed`. Stopping cleanly and `davbox check` are checks of every suite.
#
# With PEER=http://host:port in the environment the suite talks to that server instead (people made
# beforehand): the way to find out whether an expectation is ours or everybody's.
# PEER_CALENDARS and PEER_BOOKS are the paths of anna's homes there.
set -u

# The same everywhere: sorting, umlauts, and no proxy between client and server.
export LC_ALL=C.UTF-8 no_proxy=127.0.0.1 NO_PROXY=127.0.0.1

SCRATCH=
BASE=
SERVER=
CALENDARS=${PEER_CALENDARS:-/calendars/anna}
BOOKS=${PEER_BOOKS:-/addressbooks/anna}
export CALENDARS BOOKS
ended=no

open_suite() {
    : "${PEER:-${DAVBOX:?wants the davbox to test}}"
    SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/davbox-suite.XXXXXX") || exit 1
    CHECKS=$SCRATCH/checks
    : >"$CHECKS"
    trap finish EXIT
    trap 'exit 1' INT TERM HUP
    if [ -n "${PEER:-}" ]; then
        BASE=${PEER%/}
        return
    fi
    "$DAVBOX" serve --data "$SCRATCH/data" --http 127.0.0.1:0 --https off --no-mdns \
        >"$SCRATCH/server.out" 2>"$SCRATCH/server.log" &
    SERVER=$!
    for _ in {1..300}; do
        BASE=$(sed -n 's|^davbox listens on \(http://127\.0\.0\.1:[0-9]*\)/$|\1|p' "$SCRATCH/server.out")
        if [ -n "$BASE" ] || ! kill -0 "$SERVER" 2>/dev/null; then break; fi
        sleep 0.1
    done
    check "the server says where it listens" test -n "$BASE" || exit 1
    check "the server is healthy" is_healthy || exit 1
}

is_healthy() { [ "$(curl -sS --max-time 10 "$BASE/healthz")" = ok ]; }

# person NAME PASSWORD: made beside the running server.
person() {
    [ -n "${PEER:-}" ] || check "\`davbox user add $1\` works beside the running server" add_person "$@"
}

add_person() {
    printf '%s\n' "$2" | "$DAVBOX" user add "$1" --data "$SCRATCH/data" --password-stdin
}

close_suite() { ended=yes; exit; }

finish() {
    trap - EXIT
    trap '' INT TERM HUP
    [ $ended = yes ] || verdict 1 "the suite comes to its end"
    if [ -n "$SERVER" ]; then
        check "the server stops within 10 seconds of SIGTERM and ends with 0" stop_server
        check "\`davbox check\` finds every invariant kept" "$DAVBOX" check --data "$SCRATCH/data"
    fi
    local good bad
    good=$(grep -c '^ok ' "$CHECKS")
    bad=$(grep -c '^FAILED ' "$CHECKS")
    if [ "$bad" != 0 ] && [ -n "$SERVER" ]; then
        printf 'What the server said (its last 200 lines):\n'
        tail -n 200 "$SCRATCH/server.log" | sed 's/^/    | /'
    fi
    rm -rf "$SCRATCH"
    printf '%s passed, %s failed\n' "$good" "$bad"
    exit $((bad != 0))
}

# Runs while the shell is leaving, where a bare `return` or `exit` means the status from before.
stop_server() {
    local status=
    kill -TERM "$SERVER" || return 1
    for _ in {1..100}; do
        if ! kill -0 "$SERVER" 2>/dev/null; then
            wait "$SERVER"
            status=$?
            break
        fi
        sleep 0.1
    done
    if [ -z "$status" ]; then
        echo "still there after 10 seconds"
        kill -KILL "$SERVER"
        wait "$SERVER"
        return 1
    fi
    [ $status = 0 ] || echo "it ended with $status"
    return $status
}

# --- checks ------------------------------------------------------------------------------------

# verdict STATUS SENTENCE [FILE]: counts one check; FILE says why it failed.
verdict() {
    if [ "$1" = 0 ]; then
        printf 'ok %s\n' "$2" | tee -a "$CHECKS"
    else
        printf 'FAILED %s\n' "$2" | tee -a "$CHECKS"
        if [ $# -gt 2 ]; then head -c 3000 "$3" | head -n 40 | tr -d '\000\r' | awk '{ print "    | " $0 }'; fi
    fi
    return "$1"
}

# like SENTENCE PATTERN TEXT: an extended regular expression, case does not matter.
like() {
    grep -qiE -- "$2" <<<"$3" && verdict 0 "$1" && return
    printf 'expected: %s\ngot:      %s\n' "$2" "$3" >"$SCRATCH/said"
    verdict 1 "$1" "$SCRATCH/said"
}

# check SENTENCE COMMAND…: the command succeeds.
check() {
    local sentence=$1 status
    shift
    "$@" >"$SCRATCH/said" 2>&1
    status=$?
    [ $status = 0 ] || printf '(ended with %s: %s)\n' $status "$*" >>"$SCRATCH/said"
    verdict $((status != 0)) "$sentence" "$SCRATCH/said"
}

# equal SENTENCE EXPECTED ACTUAL
equal() {
    [ "$2" = "$3" ] && verdict 0 "$1" && return
    printf 'expected: %s\ngot:      %s\n' "$2" "$3" >"$SCRATCH/said"
    verdict 1 "$1" "$SCRATCH/said"
}

# refuses COMMAND…: the command fails, as it should.
refuses() { ! "$@"; }

# holds FILE PATTERN
holds() { grep -qiE -- "$2" "$1" || { cat "$1"; return 1; }; }
lacks() { ! grep -iE -- "$2" "$1"; }

# --- curl beside the client ----------------------------------------------------------------------

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
