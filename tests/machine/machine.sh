# shellcheck shell=bash
# A computer with an ARM processor, in QEMU: Debian's kernel, Debian's busybox, the davbox to test, a
# disk that stays from one boot to the next.
#
#     . tests/machine/machine.sh
#     open_checks
#     machine aarch64              what it is; makes kernel and initramfs ready
#     boot                         until its davbox answers at $BASE
#     guest davbox check           a command in it: its output, its status
#     power_cut                    QEMU killed, as a plug is pulled
#     switch_off
#
# It reaches nothing but this computer's loopback, on ports that are free, and ends with the suite.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kept=${CARGO_TARGET_DIR:-$root/target}
case $kept in /*) ;; *) kept=$root/$kept ;; esac
kept=$kept/machine
# cross/build puts what it makes there, whatever the target folder is.
dist=$root/target/dist
# Disks are large; /tmp may be memory.
export TMPDIR=$kept/running
mkdir -p "$TMPDIR" || exit 1
# shellcheck source=tests/verdict.sh
. "$root/tests/verdict.sh"
# shellcheck source=tests/ask.sh
. "$root/tests/ask.sh"
# shellcheck source=tests/machine/fetch.sh
. "$root/tests/machine/fetch.sh"

QEMU=
DOOR=
# A computer under load needs a minute for what takes some seconds.
patience=180

# machine ARCH: a box with the davbox of that architecture. $DAVBOX_ARM names another binary.
machine() {
    local version
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
    binary=${DAVBOX_ARM:-$dist/davbox-$version-$1}
    [ -x "$binary" ] || { echo "$binary is not there: cross/build $1 makes it" >&2; return 1; }
    hardware "$1" && system || return
    mkdir -p "$SCRATCH/box/bin" &&
        cp "$root/tests/machine/guest/init" "$SCRATCH/box/" &&
        cp "$root/tests/machine/guest/"{start,keep,door,drain} "$SCRATCH/box/bin/" &&
        cp "$binary" "$SCRATCH/box/bin/davbox" && begin_with "$SCRATCH/box" || return
    # More than the quota of a calendar, so that it is the quota that a client is told of.
    truncate -s 8G "$disk" && mke2fs -q -t ext4 -F "$disk"
}

# hardware ARCH: aarch64 or armv7, as cross/arch calls them.
hardware() {
    arch=$1
    case $arch in
    aarch64)
        kernel=linux-image-cloud-arm64:arm64 busybox=busybox-static:arm64
        qemu=(qemu-system-aarch64 -M virt -cpu cortex-a53 -m 128)
        ;;
    armv7)
        kernel=linux-image-armmp:armhf busybox=busybox-static:armhf
        # Without NEON, as the Armada boxes are. Debian's kernel splits the addresses 3G/1G, as theirs do.
        qemu=(qemu-system-arm -M "virt,highmem=off" -cpu "cortex-a15,neon=off" -m 128)
        ;;
    *)
        echo "no machine is called '$arch'" >&2
        return 1
        ;;
    esac
    disk=$SCRATCH/$arch.disk
    console=$SCRATCH/$arch.console
    initramfs=$SCRATCH/$arch.initramfs
}

# The kernel, and what every machine begins with: busybox and the modules of a virtio machine, in the
# order in which they load.
system() {
    local kernel_deb busybox_deb recipe version module part
    tree=$kept/system/$arch part=$tree.part.$$
    fetch "$kernel" && kernel_deb=$DEB && fetch "$busybox" && busybox_deb=$DEB || return
    recipe=$(sha256sum "$kernel_deb" "$busybox_deb" "${BASH_SOURCE[0]}")
    [ "$recipe" != "$(cat "$tree/recipe" 2>/dev/null)" ] || return 0
    rm -rf "$part" "$tree"
    mkdir -p "$part"/root/{bin,lib/modules,dev,proc,sys,run,data,tmp} || return
    dpkg-deb -x "$kernel_deb" "$part/kernel" && dpkg-deb -x "$busybox_deb" "$part/busybox" || return
    cp "$part/busybox/bin/busybox" "$part/root/bin/" && ln -s busybox "$part/root/bin/sh" || return
    mv "$part"/kernel/boot/vmlinuz-* "$part/vmlinuz" || return
    version=$(basename "$part"/kernel/lib/modules/*)
    # The package's postinst would do it; unpacking does not.
    /sbin/depmod -b "$part/kernel" "$version" || return
    for module in virtio_mmio virtio_blk virtio_net virtio-rng ext4; do
        /sbin/modprobe -C /dev/null -d "$part/kernel" -S "$version" --show-depends "$module" || return
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$part/modules"
    while read -r module; do
        cp "$module" "$part/root/lib/modules/" && basename "$module"
    done <"$part/modules" >"$part/root/lib/modules/list"
    printf '%s\n' "$recipe" >"$part/recipe"
    rm -rf "$part/kernel" "$part/busybox"
    mv "$part" "$tree"
}

# begin_with FOLDER: the initramfs is the common start and this. Two archives on end are one to Linux.
begin_with() {
    find "$tree/root" "$1" -exec touch -h -d @1 {} +
    { archive "$tree/root" && archive "$1"; } >"$initramfs"
}

archive() { (cd "$1" && find . -print0 | sort -z | cpio --null -o -H newc -R 0:0 --reproducible --quiet); }

# boot [QEMU OPTION…]: until $ready is true. $kernel_words are for the kernel and what it starts.
ready=is_healthy
kernel_words=
boot() {
    local port http
    for _ in 1 2 3; do
        read -r http port < <(free_ports)
        DOOR=$port BASE=http://127.0.0.1:$http
        export ADDRESS=127.0.0.1:$http BEGUN=$EPOCHREALTIME
        # The kernel ends it when this shell ends, however that happens.
        setpriv --pdeathsig KILL -- "${qemu[@]}" -smp 2 -nodefaults -display none -no-reboot \
            -chardev "file,id=console,path=$console,append=on" -serial chardev:console -kernel "$tree/vmlinuz" -initrd "$initramfs" \
            -append "console=ttyAMA0 panic=-1 quiet $kernel_words" \
            -drive "file=$disk,if=none,format=raw,id=disk" -device virtio-blk-device,drive=disk \
            -netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$http-:5232,hostfwd=tcp:127.0.0.1:$port-:2323" \
            -device virtio-net-device,netdev=net \
            -object rng-random,filename=/dev/urandom,id=random -device virtio-rng-device,rng=random \
            "$@" </dev/null 2>"$SCRATCH/qemu" &
        QEMU=$!
        wait_until 300 ready_or_ended
        # Another program may have taken the port meanwhile.
        if runs || ! grep -q 'Could not set up host forwarding' "$SCRATCH/qemu"; then break; fi
    done
    cat "$SCRATCH/qemu"
    $ready
}

free_ports() {
    python3 -c '
import socket
both = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in both))'
}

is_healthy() { [ "$(curl -s --max-time 5 "$BASE/healthz")" = ok ]; }
ready_or_ended() { $ready || ! runs; }
runs() { [ -n "$QEMU" ] && kill -0 "$QEMU" 2>/dev/null; }
has_ended() { ! runs; }

# wait_until SECONDS COMMAND…
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt "$end" ] || return 1
        sleep 0.2
    done
}

# guest WORD…: a command in the machine; its output and its status. feed gives it a file to read.
guest() { python3 "$root/tests/machine/door.py" "$DOOR" $patience "$@" </dev/null; }
feed() { python3 "$root/tests/machine/door.py" "$DOOR" $patience "${@:2}" <"$1"; }

how_long() {
    awk -v begun="$BEGUN" -v now="$EPOCHREALTIME" '{
        printf "The boot took %.1f s, and %.1f s of the CPU.\n", now - begun, ($14 + $15) / 100
    }' "/proc/$QEMU/stat"
}

power_cut() {
    [ -n "$QEMU" ] || return 0
    kill -KILL "$QEMU" 2>/dev/null
    wait "$QEMU" 2>/dev/null
    QEMU=
}

# Off, as a person would: davbox drains, the disk is let go of. Fails where davbox did not end with 0.
switch_off() {
    local status
    guest drain
    status=$?
    guest sh -c 'umount /data && poweroff -f' >/dev/null 2>&1
    wait_until $patience has_ended || status=1
    power_cut
    return $status
}

last_checks() { power_cut; }

explain() {
    [ -s "$console" ] || return
    printf 'The last 200 lines of the machine:\n'
    tail -n 200 "$console" | tr -d '\r' | sed 's/^/    | /'
}
