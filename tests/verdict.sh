# shellcheck shell=bash
# What every suite shares: checks that are counted, a folder that goes away, a last line
# `N passed, N failed`.
#
#     . tests/verdict.sh
#     open_checks
#     check "a sentence that is true" command…
#     close_suite
#
# A suite may say what `last_checks` does before the count and what `explain` prints when a check failed.
set -u

# The same everywhere: sorting, umlauts, and no proxy between client and server.
export LC_ALL=C.UTF-8 no_proxy=127.0.0.1 NO_PROXY=127.0.0.1

SCRATCH=
CHECKS=
ended=no

open_checks() {
    SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/davbox-suite.XXXXXX") || exit 1
    CHECKS=$SCRATCH/checks
    : >"$CHECKS"
    trap finish EXIT
    trap 'exit 1' INT TERM HUP
}

close_suite() { ended=yes; exit; }

last_checks() { :; }
explain() { :; }

finish() {
    trap - EXIT
    trap '' INT TERM HUP
    [ $ended = yes ] || verdict 1 "the suite comes to its end"
    last_checks
    local good bad
    good=$(grep -c '^ok ' "$CHECKS")
    bad=$(grep -c '^FAILED ' "$CHECKS")
    [ "$bad" = 0 ] || explain
    rm -rf "$SCRATCH"
    printf '%s passed, %s failed\n' "$good" "$bad"
    exit $((bad != 0))
}

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
