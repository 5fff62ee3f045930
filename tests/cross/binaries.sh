# shellcheck shell=bash
# The binaries that cross/build has made, for the suites beside this file.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml" | head -n 1)
# shellcheck disable=SC2034 # for the suites
mapfile -t ARCHES < <(ls "$ROOT/cross/arch")
# shellcheck disable=SC2034
CROSS=$ROOT/target/cross

binary() { printf '%s/target/dist/davbox-%s-%s\n' "$ROOT" "$VERSION" "$1"; }

# emulated ARCH PROGRAM…: where the machine's own processor is another one, in user mode. That is enough
# for a program without LMDB's locks.
emulated() {
    local arch=$1
    shift
    case $arch in
    x86_64) "$@" ;;
    aarch64) qemu-aarch64 -cpu cortex-a53 "$@" ;;
    # Without NEON, as on the boxes that this architecture is for.
    armv7) qemu-arm -cpu cortex-a9,neon=off "$@" ;;
    esac
}
