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
# The checks and the packages are those of suite.sh, the questions to the server those of ask.sh.

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=suite.sh
. "$here/../suite.sh"
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

# make_package FORMAT VERSION: the file. Programs of two versions differ, by a few bytes behind the end.
make_package() {
    local out=$SCRATCH/dist/$1-$2
    mkdir -p "$out"
    cp "$(binary x86_64)" "$out/davbox"
    printf '%s' "$2" >>"$out/davbox"
    "$top/image/package" --binary "$out/davbox" --version "$2" --out "$out/made" "$1" x86_64
}

# rules_of FORMAT'S ARGUMENTS…: the format by its rules, in format.py beside the suite.
rules_of() {
    PYTHONPATH=$here/.. python3 -B "$here/format.py" "$@" >"$SCRATCH/rules" 2>&1
    told "$SCRATCH/rules"
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
    ldd "$(binary x86_64)" 2>/dev/null | grep -o '/[^ ]*' | while read -r file; do
        mkdir -p "$NAS${file%/*}"
        cp -L "$file" "$NAS$file"
    done
}

last_checks() {
    if mountpoint -q "$NAS/proc"; then umount -l "$NAS/proc"; fi
}

# inside [NAME=VALUE…] COMMAND…: on the NAS, as root, with the environment given and no other.
inside() { chroot "$NAS" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"; }

# --- the server on it ----------------------------------------------------------------------------

# answers_within SECONDS
answers_within() {
    local end=$((SECONDS + $1))
    until [ "$(curl -s --max-time 5 "$BASE/healthz")" = ok ]; do
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

# occupy, release: another program on davbox's port.
occupy() {
    python3 -c 'import socket, time
with socket.create_server(("::", 5232), family=socket.AF_INET6, dualstack_ipv6=True): time.sleep(300)' &
    occupant=$!
    until : 2>/dev/null </dev/tcp/127.0.0.1/5232; do sleep 0.1; done
}
release() { { kill "$occupant"; wait "$occupant"; } 2>/dev/null; }
