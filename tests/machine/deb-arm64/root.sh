# shellcheck shell=bash
# A small Debian for ARM on a disk image, with a door for the host: the first half of debootstrap here,
# the second in the machine. Kept below target/machine as long as what it is made of stays the same.

# debian_root puts the path of the image into $ROOT.
debian_root() {
    local here recipe kept_in=${kept:?}/root part folder
    here=$(dirname "${BASH_SOURCE[0]}")
    part=$kept_in/part.$$ folder=$kept_in/part.$$/debian
    export ROOT=$kept_in/debian.img
    recipe=$(cat "$here"/{root.sh,first-process,inside} "$here"/../guest/{start,door} | sha256sum)
    if [ "$recipe" = "$(cat "$ROOT.recipe" 2>/dev/null)" ] && sha256sum --check --status "$ROOT.sum"; then
        return
    fi
    rm -rf "$ROOT"* "$kept_in"/part.*
    mkdir -p "$part" "$kept_in/debs" || return
    debootstrap --foreign --arch=arm64 --variant=minbase --cache-dir="$kept_in/debs" \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg --include="$(paste -sd, "$here/inside")" \
        "${suite:?}" "$folder" "${DAVBOX_DEBIAN_MIRROR:-http://deb.debian.org}/debian" || return
    ready_for_a_slow_processor "$folder" || return
    door_of_its_own "$folder" || return
    truncate -s 2G "$part/image" && mke2fs -q -t ext4 -d "$folder" "$part/image" || return
    disk=$part/image ready=has_ended minutes=30 boot -m 512 || return
    grep -q 'Base system installed successfully' "${console:?}" || return
    mv "$part/image" "$ROOT" && sha256sum "$ROOT" >"$ROOT.sum" && printf '%s\n' "$recipe" >"$ROOT.recipe"
    rm -rf "$part"
}

# What the machine would be longest about is done here (its packages come unpacked) or left out (waiting
# for the disk after every file).
ready_for_a_slow_processor() {
    local deb work=$1/tmp/deb
    for deb in "$1"/var/cache/apt/archives/*.deb; do
        mkdir "$work" && (cd "$work" && ar x "$deb" && unxz -q ./*.xz && ar rc "$deb.part" debian-binary control.tar data.tar) &&
            mv "$deb.part" "$deb" && rm -r "$work" || return
    done
    mkdir -p "$1/etc/dpkg/dpkg.cfg.d" && echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/first"
}

door_of_its_own() {
    local units=$1/etc/systemd/system
    mkdir -p "$1/usr/local/sbin" "$units/multi-user.target.wants" &&
        cp "${tree:?}/root/bin/busybox" "$here/../guest/door" "$1/usr/local/sbin/" || return
    cat >"$units/door.service" <<'UNIT'
[Service]
ExecStart=/usr/local/sbin/busybox nc -ll -p 2323 -e /usr/local/sbin/door
UNIT
    ln -s ../door.service "$units/multi-user.target.wants/"
}
