# shellcheck shell=bash
# A small Debian for ARM on a disk image, with a door for the host: the first half of debootstrap here,
# the second in the machine. Kept below target/machine as long as what it is made of stays the same.

# debian_root puts the path of the image into $ROOT.
debian_root() {
    local here part recipe folder
    here=$(dirname "${BASH_SOURCE[0]}")
    export ROOT=${kept:?}/root/debian.img
    part=$kept/root/part.$$ folder=$kept/root/part.$$/debian
    recipe=$(cat "$here"/{root.sh,init,inside} "$here"/../guest/{start,door} | sha256sum)
    if [ -f "$ROOT.recipe" ] && [ "$recipe" = "$(cat "$ROOT.recipe")" ] && sha256sum --check --status "$ROOT.sum"; then
        return
    fi
    rm -rf "$ROOT"* "$kept/root"/part.*
    mkdir -p "$part" "$kept/root/debs" || return
    debootstrap --foreign --arch=arm64 --variant=minbase --cache-dir="$(cd "$kept/root/debs" && pwd)" \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        --include="$(paste -sd, "$here/inside")" "${suite:?}" "$folder" \
        "${DAVBOX_DEBIAN_MIRROR:-http://deb.debian.org}/debian" || return
    mkdir -p "$folder/usr/local/sbin" "$folder/etc/systemd/system/multi-user.target.wants" || return
    cp "${tree:?}/root/bin/busybox" "$here/../guest/door" "$folder/usr/local/sbin/" || return
    cat >"$folder/etc/systemd/system/door.service" <<'UNIT'
[Service]
ExecStart=/usr/local/sbin/busybox nc -ll -p 2323 -e /usr/local/sbin/door
UNIT
    ln -s ../door.service "$folder/etc/systemd/system/multi-user.target.wants/"
    truncate -s 2G "$part/image" && mke2fs -q -t ext4 -d "$folder" "$part/image" || return
    disk=$part/image ready=has_ended minutes=30 boot -m 512 || return
    grep -q 'Base system installed successfully' "$console" || return
    mv "$part/image" "$ROOT" && sha256sum "$ROOT" >"$ROOT.sum" && printf '%s\n' "$recipe" >"$ROOT.recipe"
    rm -rf "$part"
}
