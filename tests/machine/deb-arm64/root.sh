# shellcheck shell=bash
# A small Debian for arm64 on a disk image, with a door for the host, kept below target/machine as long as
# what it is made of stays the same: the Debian of tests/packages, with the processor exchanged.
# shellcheck source=tests/packages/debian.sh
. "${root:?}/tests/packages/debian.sh"

# debian_root puts the path of the image into $ROOT.
debian_root() {
    local here recipe kept_in=${kept:?}/root part tree_of_door=${tree:?}/root
    here=$(dirname "${BASH_SOURCE[0]}")
    part=$kept_in/part.$$
    export ROOT=$kept_in/debian.img
    debian || return
    recipe=$(sha256sum "$here"/{root.sh,exchange.py} "$here/../guest/door" "$DEBIAN/var/lib/dpkg/status")
    if [ "$recipe" = "$(cat "$ROOT.recipe" 2>/dev/null)" ] && sha256sum --check --status "$ROOT.sum"; then
        return
    fi
    rm -rf "$kept_in"
    mkdir -p "$part/debs" || return
    update && (cd "$part/debs" && dpkg-query --admindir="$DEBIAN/var/lib/dpkg" -W -f '${Architecture} ${Package}:arm64\n' |
        sed -n 's/^amd64 //p' | private xargs apt-get -qq download) || return
    cp -a "$DEBIAN" "$part/debian" && python3 "$here/exchange.py" "$part/debian" arm64 "$part/debs" &&
        door_of_its_own "$part/debian" || return
    truncate -s 1G "$part/image" && mke2fs -q -t ext4 -d "$part/debian" "$part/image" || return
    mv "$part/image" "$ROOT" && sha256sum "$ROOT" >"$ROOT.sum" && printf '%s\n' "$recipe" >"$ROOT.recipe" || return
    rm -rf "$part"
}

door_of_its_own() {
    local units=$1/etc/systemd/system
    mkdir -p "$1/usr/local/sbin" "$units/multi-user.target.wants" &&
        cp "$tree_of_door/bin/busybox" "$here/../guest/door" "$1/usr/local/sbin/" || return
    cat >"$units/door.service" <<'UNIT'
[Service]
ExecStart=/usr/local/sbin/busybox nc -ll -p 2323 -e /usr/local/sbin/door
UNIT
    ln -s ../door.service "$units/multi-user.target.wants/"
}
