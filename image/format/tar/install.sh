#!/bin/sh
# install.sh    puts davbox on this machine, or the newer davbox in the place of the older; as root
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
kept=/usr/local/lib/davbox
data=/var/lib/davbox
# shellcheck source=processes.sh
. "$here/processes.sh"

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

[ "$(id -u)" = 0 ] || refuse "Please run this as root: sudo $0" "Bitte als root ausführen: sudo $0"
"$here/tree$kept/davbox" --help >/dev/null 2>&1 || refuse \
    "This davbox is made for @ARCH@ and does not run on this machine ($(uname -m)): please take the file made for it." \
    "Dieses davbox ist für @ARCH@ gemacht und läuft auf diesem Gerät ($(uname -m)) nicht: bitte die Datei dafür nehmen."

# What goes where: davbox itself everywhere, the rest where there is somebody to read it.
wanted() {
    case $1 in
    /etc/systemd/*) command -v systemctl >/dev/null ;;
    /etc/avahi/*) [ -d /etc/avahi ] ;;
    /etc/ufw/*) [ -d /etc/ufw ] ;;
    /etc/firewalld/*) [ -d /etc/firewalld ] ;;
    esac
}

# First everything beside its place, so that a full disk leaves what runs now as it is.
list=$(mktemp)
trap 'sed "s/\$/.new/" "$list" | while read -r file; do rm -f "$file"; done; rm -f "$list" $kept/installed.new' EXIT
(cd "$here/tree" && find . -type f | sed 's/^\.//' | sort) | while read -r file; do
    wanted "$file" || continue
    mkdir -p "$(dirname "$file")"
    echo "$file" >>"$list"
    cp "$here/tree$file" "$file.new"
    chmod "$(stat -c %a "$here/tree$file")" "$file.new"
done
for file in processes.sh uninstall.sh; do
    echo "$kept/$file" >>"$list"
    cp "$here/$file" "$kept/$file.new"
    chmod "$(stat -c %a "$here/$file")" "$kept/$file.new"
done
cp "$list" $kept/installed.new

if ! id davbox >/dev/null 2>&1; then
    if command -v useradd >/dev/null; then
        useradd --system --user-group --no-create-home --home-dir $data --shell /usr/sbin/nologin davbox
    else
        addgroup -S davbox 2>/dev/null || true
        adduser -S -D -H -h $data -s /sbin/nologin -G davbox davbox
    fi
fi
# One that is there and empty is the administrator's, for the data to lie on another disk.
if [ -z "$(ls -A $data 2>/dev/null)" ]; then
    mkdir -p $data
    chmod 700 $data
    chown davbox:davbox $data
fi

older=no
[ ! -f $kept/installed ] || older=yes
running=no
[ ! -d /run/systemd/system ] || running=yes
start=yes
if [ $running = yes ] && [ $older = yes ]; then
    # A service that the administrator has stopped stays stopped.
    systemctl -q is-active davbox.service || start=no
    systemctl stop davbox.service
fi
while read -r file; do mv -f "$file.new" "$file"; done <"$list"
if [ $older = yes ]; then
    # What an older davbox had and this one has not.
    while read -r file; do
        grep -qxF "$file" "$list" || rm -f "$file"
    done <$kept/installed
fi
mv -f $kept/installed.new $kept/installed

if [ $older = yes ]; then
    say "davbox @VERSION@ is installed in the place of the older one; its data are as they were." \
        "davbox @VERSION@ ist an die Stelle des älteren getreten; die Daten sind, wie sie waren."
else
    say "davbox @VERSION@ is installed." "davbox @VERSION@ ist installiert."
fi
if [ $running = yes ]; then systemctl daemon-reload; fi
if [ -f /etc/systemd/system/davbox.service ] && [ $older = no ]; then systemctl -q enable davbox.service; fi
if [ $running = yes ]; then
    if [ $start = yes ]; then systemctl start davbox.service; fi
elif [ -f /etc/systemd/system/davbox.service ]; then
    say "It starts with the machine." "Es startet mit dem Gerät."
elif [ -n "$(servers)" ]; then
    # What keeps the older one running starts the newer one in its place. Its first pause is a second.
    # shellcheck disable=SC2046 # one number per word
    end $(servers)
    turn=0
    while [ -z "$(servers)" ] && [ $turn -lt 5 ]; do
        sleep 1
        turn=$((turn + 1))
    done
    if [ -n "$(servers)" ]; then
        say "The newer one runs now." "Der neuere läuft jetzt."
    else
        say "The older one was stopped; please start davbox again: $kept/keep-running /usr/local/bin/davbox serve" \
            "Der ältere wurde beendet; bitte davbox wieder starten: $kept/keep-running /usr/local/bin/davbox serve"
    fi
else
    say "There is no systemd here: let the machine run this when it starts: $kept/keep-running /usr/local/bin/davbox serve" \
        "Hier ist kein systemd: das Gerät soll beim Start dies ausführen: $kept/keep-running /usr/local/bin/davbox serve"
fi
if [ -d /etc/ufw ]; then
    say "The firewall knows davbox now; to let your network in: ufw allow davbox" \
        "Die Firewall kennt davbox jetzt; das eigene Netz hereinlassen: ufw allow davbox"
fi
if [ -d /etc/firewalld ]; then
    say "The firewall knows davbox after firewall-cmd --reload; to let your network in: firewall-cmd --permanent --add-service=davbox" \
        "Die Firewall kennt davbox nach firewall-cmd --reload; das eigene Netz hereinlassen: firewall-cmd --permanent --add-service=davbox"
fi
if [ $older = no ]; then
    echo
    cat "$here/first-steps.$(say en de)"
fi
