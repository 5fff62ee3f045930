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
# shellcheck source=tests/verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
# shellcheck source=tests/ask.sh
. "$(dirname "${BASH_SOURCE[0]}")/../ask.sh"

SERVER=
CALENDARS=${PEER_CALENDARS:-$CALENDARS}
BOOKS=${PEER_BOOKS:-$BOOKS}

open_suite() {
    : "${PEER:-${DAVBOX:?wants the davbox to test}}"
    open_checks
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

last_checks() {
    [ -n "$SERVER" ] || return
    check "the server stops within 10 seconds of SIGTERM and ends with 0" stop_server
    check "\`davbox check\` finds every invariant kept" "$DAVBOX" check --data "$SCRATCH/data"
}

explain() {
    [ -n "$SERVER" ] || return
    printf 'What the server said (its last 200 lines):\n'
    tail -n 200 "$SCRATCH/server.log" | sed 's/^/    | /'
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
