#!/bin/bash
# lifecycle.sh deb|tar OLD NEW    the life of a package on a machine: installed, used, killed, replaced by
# a newer one, removed, installed again, purged
#
# To be run as root on a Debian that can be thrown away, with systemd as its first process, nothing else on
# port 5232, and no davbox yet. It needs what the smallest Debian has (bash, coreutils, sed, mawk), itself,
# and tests/verdict.sh in the folder above its own. OLD and NEW are packages of two versions.
# shellcheck disable=SC2317 # the functions are called by `check`
# shellcheck source=../verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../verdict.sh"
kind=$1 old=$2 new=$3
data=/var/lib/davbox

main() {
    open_checks
    case $kind in
    deb)
        program=/usr/libexec/davbox/davbox
        manual=/usr/share/man/man1/davbox.1.gz
        ;;
    tar)
        program=/usr/local/lib/davbox/davbox
        manual=/usr/local/share/man/man1/davbox.1
        # install.sh writes for those that are there.
        mkdir -p /etc/avahi/services /etc/ufw/applications.d /etc/firewalld/services
        ;;
    *)
        echo "lifecycle.sh deb|tar OLD NEW" >&2
        exit 2
        ;;
    esac
    files >"$SCRATCH/before"
    event >"$SCRATCH/event"

    check "it installs" first_install
    check "it says how to make an account" holds "$SCRATCH/installed" 'davbox user add'
    check "it is the older version" is_version "$old"
    serves "after installing"
    check "it starts with the machine" systemctl -q is-enabled davbox
    equal "it runs as its own user" davbox "$(stat -c %U "/proc/$(pid)")"
    equal "its data are its own" "davbox 700" "$(stat -c '%U %a' $data)"
    equal "it has no privilege" 0000000000000000 "$(awk '/^CapEff/ { print $2 }' "/proc/$(pid)/status")"
    equal "and cannot get any" 1 "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$(pid)/status")"
    check "it is told to read its certificates again" systemctl reload davbox
    check "systemd has nothing to say about its unit" well_formed
    check "systemd calls its exposure low" exposed_at_most 20
    check "root makes an account" add_anna
    check "no file in the data folder belongs to another" owned_by_davbox
    check "somebody else is told to be root" tells_to_be_root
    equal "an event is put" 201 "$(ask PUT /calendars/anna/calendar/a.ics "$SCRATCH/event")"
    keeps "as it was put"
    check "root backs up into a folder of root's" backs_up

    before=$(pid)
    kill -KILL "$before"
    serves "soon after it was killed"
    differs "it was started again" "$before" "$(pid)"
    keeps "after the crash"

    before=$(pid)
    check "the newer version installs over it" install_it "$new"
    serves "after the upgrade"
    differs "the upgrade has started it again" "$before" "$(pid)"
    check "it is the newer version" is_version "$new"
    keeps "after the upgrade"
    check "a wrong password is refused" refuses signs_in wrong

    check "it can be switched off" systemctl -q disable --now davbox
    check "and replaced all the same" install_it "$new"
    check "it stays switched off then" refuses systemctl -q is-enabled davbox
    check "and does not run" refuses systemctl -q is-active davbox
    check "it can be switched on" systemctl -q enable --now davbox
    serves "after it was switched on"

    check "it is removed" remove_it
    check "it does not run any more" refuses healthy
    check "nothing of the program is left" refuses test -e "$(dirname "$program")"
    check "the data are left" test -s $data/data.mdb
    check "it installs again" install_it "$new"
    serves "after installing again"
    keeps "after installing again"
    check "\`davbox check\` finds every invariant kept" davbox check

    check "it is purged, and says so" purges
    check "the data are gone" refuses test -e $data
    files >"$SCRATCH/after"
    check "nothing is left that was not there before" same_files
    close_suite
}

# --- the package --------------------------------------------------------------------------------

install_it() {
    case $kind in
    deb) dpkg -i "$1" ;;
    tar)
        rm -rf "$SCRATCH/unpacked"
        mkdir "$SCRATCH/unpacked"
        tar -xzf "$1" -C "$SCRATCH/unpacked"
        sh "$SCRATCH"/unpacked/*/install.sh
        ;;
    esac
}

first_install() { install_it "$old" >"$SCRATCH/installed" 2>&1; }

is_version() {
    local version
    [[ $1 =~ davbox[-_]([0-9.]*[0-9]) ]] && version=${BASH_REMATCH[1]}
    zcat -f "$manual" | grep -F "davbox $version\""
}

remove_it() {
    case $kind in
    deb) dpkg -r davbox ;;
    tar) /usr/local/lib/davbox/uninstall.sh ;;
    esac
}

purges() {
    case $kind in
    deb) dpkg -P davbox ;;
    tar) /usr/local/lib/davbox/uninstall.sh --purge ;;
    esac >"$SCRATCH/purge" 2>&1 && holds "$SCRATCH/purge" 'all people, calendars and contacts in /var/lib/davbox are'
}

# --- the service --------------------------------------------------------------------------------

pid() { systemctl show -p MainPID --value davbox; }

healthy() { [ "$(ask GET /healthz)" = 200 ]; }

# serves WHEN: soon; a slow machine takes some seconds.
serves() {
    local began=$SECONDS
    until healthy || [ $((SECONDS - began)) -ge 60 ]; do sleep 0.1; done
    check "it answers $1" healthy || { systemctl status davbox; journalctl -n 30 -u davbox; } 2>&1 | sed 's/^/    | /'
}

keeps() {
    ask GET /calendars/anna/calendar/a.ics >/dev/null
    check "the event is there, byte for byte, $1" cmp "$SCRATCH/event" "$SCRATCH/body"
}

signs_in() { [ "$(PASSWORD=$1 ask PROPFIND /calendars/anna/)" = 207 ]; }

differs() { check "$1" test "$2" != "$3"; }

add_anna() { echo secret | davbox user add anna --password-stdin; }

owned_by_davbox() { [ -z "$(find "$data" ! -user davbox -print | tee /dev/stderr)" ]; }

tells_to_be_root() {
    setpriv --reuid nobody --clear-groups davbox user list >"$SCRATCH/told" 2>&1 && return 1
    holds "$SCRATCH/told" 'call this as root'
}

backs_up() {
    mkdir -m 700 "$SCRATCH/roots"
    davbox backup "$SCRATCH/roots/backup.tar" && tar -tf "$SCRATCH/roots/backup.tar" >/dev/null
}

well_formed() { systemd-analyze verify --man=no davbox.service >"$SCRATCH/verify" 2>&1; refuses grep . "$SCRATCH/verify"; }

# exposed_at_most N: of 100, by what the unit still allows (man systemd-analyze).
exposed_at_most() { systemd-analyze security --no-pager --threshold="$1" davbox; }

# --- a client -----------------------------------------------------------------------------------

# ask METHOD PATH [FILE] as anna: prints the status, leaves the body in $SCRATCH/body. There is no curl
# in the smallest Debian.
ask() {
    local length=0
    [ $# -lt 3 ] || length=$(stat -c %s "$3")
    : >"$SCRATCH/body"
    exec 3<>/dev/tcp/127.0.0.1/5232 || return
    {
        printf '%s %s HTTP/1.0\r\n' "$1" "$2"
        printf '%s: %s\r\n' Host localhost Depth 0 Content-Type 'text/calendar; charset=utf-8' \
            Authorization "Basic $(printf 'anna:%s' "${PASSWORD:-secret}" | base64)" Content-Length "$length"
        printf '\r\n'
        [ $# -lt 3 ] || cat "$3"
    } >&3
    timeout 30 cat <&3 >"$SCRATCH/answer"
    exec 3>&-
    sed '1,/^\r$/d' "$SCRATCH/answer" >"$SCRATCH/body"
    awk 'NR == 1 { print $2 }' "$SCRATCH/answer"
} 2>/dev/null

event() {
    printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 'PRODID:-//davbox//suite//EN' BEGIN:VEVENT UID:a \
        DTSTAMP:20260101T120000Z DTSTART:20260302T090000Z 'SUMMARY:Käse\, Öl und Brötchen' ' für alle' 'X-SUITE:kept' \
        END:VEVENT END:VCALENDAR
}

# --- what is on the machine ---------------------------------------------------------------------

# Every path but those that change by themselves and those of the test.
files() {
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /t -o -path /tests \
        -o -path "$SCRATCH" -o -path /var/log -o -path /var/lib/systemd/timers \) -prune -o -print | sort
}

# By Debian's custom the user stays, and with it the copies that are made of the lists of users; dpkg and
# systemd keep what they have seen.
same_files() {
    diff "$SCRATCH/before" "$SCRATCH/after" | grep '^[<>]' | grep -vE \
        -e '^> /etc/(passwd|shadow|group|gshadow|subuid|subgid)-$' -e '^> /etc/\.pwd\.lock$' \
        -e '^. /var/(lib/dpkg|cache|lib/systemd)/' >"$SCRATCH/left"
    cat "$SCRATCH/left"
    [ ! -s "$SCRATCH/left" ]
}

main
