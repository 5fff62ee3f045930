# shellcheck shell=bash
# What the suites of ipk, spk and qpkg share: a small Linux such as those of routers and NAS boxes, in
# which BusyBox is every tool. It lies in $NAS, in namespaces of its own, so that its ports and processes
# are nobody else's.
#
#     . "$(dirname "$0")/../nas.sh"
#     apart "$@"
#     open_checks
#     make_nas
#
# The checks are those of verdict.sh, the questions to the server those of ask.sh.

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
# shellcheck source=../verdict.sh
. "$top/tests/verdict.sh"
# shellcheck source=../ask.sh
. "$top/tests/ask.sh"
BASE=http://127.0.0.1:5232

# apart ARGUMENT…: from here on in namespaces of its own, whose processes all end with it.
apart() {
    if [ "${APART:-}" != yes ]; then
        if [ "$(id -u)" != 0 ]; then
            printf 'FAILED this suite runs as root: it makes users and changes roots\n0 passed, 1 failed\n'
            exit 1
        fi
        exec env APART=yes unshare --net --mount --pid --fork --kill-child --mount-proc "$0" "$@"
    fi
    ip link set lo up
}

# The static binary, where cross/build has made it; else the one of this machine.
binary() {
    local file
    for file in "$top"/target/dist/davbox-*-x86_64; do
        if [ -x "$file" ]; then
            echo "$file"
            return
        fi
    done
    echo "${DAVBOX:-$top/target/quick/davbox}"
}

# make_package FORMAT VERSION FILE: its name. Programs of two versions differ, by a byte behind the end.
make_package() {
    local out=$SCRATCH/dist/$1-$2
    mkdir -p "$out"
    cp "$(binary)" "$out/davbox"
    printf '%s' "$2" >>"$out/davbox"
    "$top/image/package" --binary "$out/davbox" --version "$2" --out "$out/made" "$1" x86_64
}

make_nas() {
    NAS=$SCRATCH/nas
    mkdir -p "$NAS"/{bin,sbin,usr/bin,usr/sbin,usr/local/bin,etc,dev,proc,root,home,var/run,var/lock}
    mkdir -m 1777 "$NAS/tmp"
    cp "$(command -v busybox)" "$NAS/bin/busybox"
    chroot "$NAS" /bin/busybox --install -s
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$NAS/etc/passwd"
    printf 'root:*:19000:0:99999:7:::\n' >"$NAS/etc/shadow"
    printf 'root:x:0:\n' >"$NAS/etc/group"
    mknod -m 666 "$NAS/dev/null" c 1 3
    mknod -m 666 "$NAS/dev/zero" c 1 5
    mknod -m 666 "$NAS/dev/urandom" c 1 9
    ln -s /proc/self/fd/0 "$NAS/dev/stdin"
    mount -t proc proc "$NAS/proc"
    # A davbox that is not static wants its libraries.
    ldd "$(binary)" 2>/dev/null | grep -o '/[^ ]*' | while read -r file; do
        mkdir -p "$NAS${file%/*}"
        cp -L "$file" "$NAS$file"
    done
}

last_checks() {
    if mountpoint -q "$NAS/proc"; then umount -l "$NAS/proc"; fi
}

# inside [NAME=VALUE…] COMMAND…: on the NAS, as root, with the environment given and no other.
inside() { chroot "$NAS" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"; }

# count_rules COMMAND…: counts what it prints, lines `ok …` and `FAILED …`.
count_rules() {
    local line
    "$@" >"$SCRATCH/rules" 2>&1 || verdict 1 "the rules of the format can be read: $*" "$SCRATCH/rules"
    while IFS= read -r line; do
        case $line in
        'ok '*) verdict 0 "${line#ok }" ;;
        'FAILED '*) verdict 1 "${line#FAILED }" ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$SCRATCH/rules"
}

# --- the server on it ----------------------------------------------------------------------------

# answers_within SECONDS
answers_within() {
    local end=$((SECONDS + $1))
    until [ "$(curl -s --max-time 5 "$BASE/healthz")" = ok ]; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

silent_within() {
    local end=$((SECONDS + $1))
    while curl -s -o /dev/null --max-time 5 "$BASE/healthz"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# server: the process that answers.
server() { pgrep -x davbox | head -n 1; }

# owner_of PROCESS: the number of its user.
owner_of() { stat -c %u "/proc/$1"; }

# comes_back: the server is killed as if it had crashed, and another one answers.
comes_back() {
    local before
    before=$(server)
    kill -KILL "$before"
    for ((turn = 0; turn < 150; turn++)); do
        if [ -n "$(server)" ] && [ "$(server)" != "$before" ] && answers_within 1; then return; fi
        sleep 0.1
    done
    return 1
}

# Nothing of davbox runs.
nothing_runs() { ! pgrep -af 'davbox (serve|)|keep-(running|log)'; }

# loads_in_pages_of BYTES FILE: every segment of it that is loaded is aligned to them (ELF, chapter 5).
loads_in_pages_of() {
    python3 - "$@" <<'PYTHON'
import struct, sys
page, file = int(sys.argv[1]), open(sys.argv[2], "rb").read()
wide = file[4] == 2
start, = struct.unpack_from("<Q" if wide else "<I", file, 32 if wide else 28)
size, count = struct.unpack_from("<HH", file, 54 if wide else 42)
aligned = [struct.unpack_from("<Q" if wide else "<I", file, at + (48 if wide else 28))[0]
           for at in range(start, start + size * count, size) if struct.unpack_from("<I", file, at)[0] == 1]
sys.exit(0 if aligned and all(a % page == 0 for a in aligned) else f"aligned to {aligned}")
PYTHON
}
