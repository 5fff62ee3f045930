# shellcheck shell=bash
# What the suites beside this file share: the program that says what davbox's clocks show, their module
# in Python's path, and no time zones but those of the tzdata that a suite pins.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/verdict.sh
. "$here/../verdict.sh"
cd "$here/../.." || exit 1
export CLOCKS=${CARGO_TARGET_DIR:-target}/quick/examples/clocks
export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 PYTHONTZPATH=

open_checks
check "the program that answers is built" cargo build --quiet --profile quick --example clocks

# ask SCRIPT [ARGUMENT…]: it prints its checks in the words of verdict.sh; they are counted with the others.
ask() {
    "$PYTHON_TOOLS/bin/python" "$@" 2>&1 | tee -a "$CHECKS"
    [ "${PIPESTATUS[0]}" = 0 ] || exit 1
    close_suite
}
