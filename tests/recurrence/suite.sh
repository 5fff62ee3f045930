# shellcheck shell=bash
# What the suites beside this file share: the corpus and what the engine says of it, made once for all
# three, below target/tests/recurrence/. A suite asks its oracle and calls `judge`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
target=${CARGO_TARGET_DIR:-target}
work=$target/tests/recurrence
corpus=$work/corpus.tsv
ours=$work/ours.tsv
theirs=$work/$(basename "$(dirname "$0")").tsv
rules=20000
export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1

mkdir -p "$work"
cargo build --quiet --profile quick --example expand
sources=$(cat "$here"/{generate,reference,rule}.py | sha256sum)
if [ "$(cat "$work/made-from" 2>/dev/null)" != "$rules $sources" ]; then
    python3 "$here/generate.py" "$rules" >"$corpus.part"
    mv "$corpus.part" "$corpus"
    printf '%s\n' "$rules $sources" >"$work/made-from"
fi
"$target/quick/examples/expand" <"$corpus" >"$ours"

# judge NAME: compares, and closes with `N passed, N failed`.
judge() {
    python3 "$here/judge.py" "$1" "$corpus" "$ours" "$theirs"
}
