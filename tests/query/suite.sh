# shellcheck shell=bash
# What the suites beside this file share: a davbox of their own, with anna as its person, and their
# modules in Python's path. Time zones come from the tzdata that a suite pins, not from the machine.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/client/suite.sh
. "$here/../client/suite.sh"
export PYTHONPATH=$here:$here/naive PYTHONDONTWRITEBYTECODE=1 PYTHONTZPATH=

# ask_server SCRIPT: it prints its checks in the words of verdict.sh; they are counted with the others.
ask_server() {
    open_suite
    person anna secret
    BASE=$BASE SERVER=$SERVER timeout 500 "${PYTHON_TOOLS:+$PYTHON_TOOLS/bin/}python3" "$@" 2>&1 | tee -a "$CHECKS"
    [ "${PIPESTATUS[0]}" = 0 ] || exit 1
    close_suite
}
