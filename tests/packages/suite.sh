# shellcheck shell=bash
# What the suites of packages share: the davbox to package, and the package. The checks are those of
# verdict.sh.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
store=${CARGO_TARGET_DIR:-$top/target}
case $store in /*) ;; *) store=$top/$store ;; esac
# shellcheck source=../verdict.sh
. "$top/tests/verdict.sh"

# architectures: those for which there is a davbox to package, this machine's always among them.
architectures() {
    local arch
    for arch in "$top"/cross/arch/*; do
        arch=${arch##*/}
        [ ! -x "$(binary "$arch")" ] || echo "$arch"
    done
}

# binary ARCH: the static davbox where cross/build has made it; else the one to test, for this machine.
binary() {
    local version
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$top/Cargo.toml" | head -n 1)
    if [ -x "$store/dist/davbox-$version-$1" ]; then
        echo "$store/dist/davbox-$version-$1"
    elif [ "$1" = "$(uname -m)" ]; then
        echo "${DAVBOX:-$store/quick/davbox}"
    fi
}

# package FORMAT ARCH VERSION: the file.
package() {
    "$top/image/package" --binary "$(binary "$2")" --version "$3" --out "$SCRATCH/dist" "$1" "$2"
}

# told FILE: the checks that were made elsewhere, and that they came to their end.
told() {
    local line
    while IFS= read -r line; do
        case $line in
        'ok '*) verdict 0 "${line#ok }" ;;
        'FAILED '*) verdict 1 "${line#FAILED }" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done < <(grep -vE '^[0-9]+ passed, [0-9]+ failed$' "$1")
    check "the checks in there come to their end" grep -qE '^[0-9]+ passed, [0-9]+ failed$' "$1"
}
