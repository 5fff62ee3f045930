#!/bin/sh
# uninstall.sh            takes davbox off this machine; people, calendars and contacts stay
# uninstall.sh --purge    removes them as well
set -eu
kept=/usr/local/lib/davbox
data=/var/lib/davbox
# shellcheck source=processes.sh
. "$(dirname "$0")/processes.sh"

# say ENGLISH GERMAN
say() {
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
    de*) echo "$2" ;;
    *) echo "$1" ;;
    esac
}

refuse() {
    say "$@" >&2
    exit 1
}

purge=no
case $#:${1-} in
0:) ;;
1:--purge) purge=yes ;;
*) refuse "Please say: $0 [--purge]" "Bitte so aufrufen: $0 [--purge]" ;;
esac
[ "$(id -u)" = 0 ] || refuse "Please run this as root: sudo $0" "Bitte als root ausführen: sudo $0"

if [ -f $kept/installed ]; then
    if [ -d /run/systemd/system ]; then systemctl -q stop davbox.service; fi
    if command -v systemctl >/dev/null; then systemctl -q disable davbox.service; fi
    if [ ! -d /run/systemd/system ]; then
        # First what would start it again.
        # shellcheck disable=SC2046 # one number per word
        end $(keepers)
        # shellcheck disable=SC2046
        end $(servers)
    fi
    while read -r file; do rm -f "$file"; done <$kept/installed
    rm -f $kept/installed
    rmdir $kept
    # Made by install.sh where there was none.
    rmdir /usr/local/share/man/man1 2>/dev/null || true
    if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
    say "davbox is removed." "davbox ist entfernt."
elif [ $purge = no ]; then
    refuse "davbox is not installed here by install.sh." "davbox ist hier nicht durch install.sh installiert."
fi

if [ $purge = no ]; then
    say "People, calendars and contacts stay in $data; uninstall.sh --purge removes them." \
        "Konten, Kalender und Kontakte bleiben in $data; uninstall.sh --purge entfernt sie."
    exit
fi
# The folder itself stays where it is another disk's.
find -H $data -path "$data/*" -prune -exec rm -rf {} + 2>/dev/null || true
rmdir $data 2>/dev/null || [ -z "$(ls -A $data 2>/dev/null)" ] || refuse \
    "Not everything in $data could be removed." "Nicht alles in $data konnte entfernt werden."
if id davbox >/dev/null 2>&1; then
    if command -v userdel >/dev/null; then userdel davbox; else deluser davbox; fi
fi
say "All people, calendars and contacts in $data are removed." \
    "Alle Konten, Kalender und Kontakte in $data sind entfernt."
