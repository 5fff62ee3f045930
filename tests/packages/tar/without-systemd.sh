#!/bin/bash
# without-systemd.sh    install.sh and uninstall.sh where nothing runs but this; /t has what tar/run laid there
#
# To be run as root on a Debian that can be thrown away.
# shellcheck disable=SC2317 # the functions are called by `check`
# shellcheck source=../../verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../verdict.sh"
open_checks
exec 2>&1
rm -f /usr/bin/systemctl
mkdir -p /etc/ufw/applications.d
tree=/t/davbox-0.1.0-x86_64
newer=$SCRATCH/newer/davbox-0.1.1-x86_64
mkdir "$SCRATCH/newer"
tar -xzf /t/davbox-0.1.1-x86_64.tar.gz -C "$SCRATCH/newer"

# refused LANGUAGE PATTERN COMMAND…: with a sentence, in that language, and nothing written.
refused() {
    local language=$1 pattern=$2
    shift 2
    LC_ALL=$language "$@" >"$SCRATCH/refused" 2>&1 && { echo "it was not refused"; return 1; }
    [ "$(wc -l <"$SCRATCH/refused")" = 1 ] || { cat "$SCRATCH/refused"; return 1; }
    holds "$SCRATCH/refused" "$pattern" && [ ! -e /usr/local/lib/davbox ] && [ ! -e /usr/local/bin/davbox ]
}

as_nobody() { setpriv --reuid nobody --clear-groups "$@"; }
says() { holds "$SCRATCH/out" "$1"; }
healthy() { [ "$({ exec 3<>/dev/tcp/127.0.0.1/5232 && printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3 && tail -n 1 <&3; } 2>/dev/null)" = ok ]; }
soon() { for _ in {1..100}; do if "$@"; then return; fi; sleep 0.1; done; return 1; }
server() { for process in /proc/[0-9]*; do case $(readlink "$process/exe") in */davbox/davbox | */davbox/davbox' (deleted)') echo "${process#/proc/}" ;; esac; done; }
ends_with() { soon ended "$2" || kill -KILL "$2"; wait "$2"; equal_status $? "$1"; }
# A child that has ended and was not waited for is a zombie.
ended() { ! grep -qs '^State:.[^Z]' "/proc/$1/status"; }
equal_status() { [ "$1" = "$2" ] || { echo "it ended with $1"; return 1; }; }

check "who is not root is told so" refused C 'run this as root' as_nobody $tree/install.sh
check "who is not root is told so in German" refused de_DE.UTF-8 'als root ausführen' as_nobody $tree/install.sh
check "a davbox for another processor is refused" refused C 'does not run on this machine \(x86_64\)' /t/foreign/install.sh
check "a davbox for another processor is refused in German" refused de_DE.UTF-8 'läuft auf diesem Gerät' /t/foreign/install.sh
check "there is nothing to uninstall yet" refused C 'not installed' $tree/uninstall.sh

check "it installs" bash -c "LC_ALL=de_DE.UTF-8 $tree/install.sh >$SCRATCH/out"
check "it says so, in German" says 'davbox 0.1.0 ist installiert'
check "it says what to do where there is no systemd" says 'beim Start dies ausführen: /usr/local/lib/davbox/keep-running'
check "it says how to open the firewall" says 'ufw allow davbox'
check "it says what to do next" says 'davbox user add anna'
check "no unit is written where there is no systemd" refuses test -e /etc/systemd/system/davbox.service
check "nothing is written for those who are not there" refuses test -e /etc/avahi
equal "the data folder is the service's own" "davbox 700" "$(stat -c '%U %a' /var/lib/davbox)"

# As it says.
command=$(sed -n 's/.*dies ausführen: //p' "$SCRATCH/out")
$command >"$SCRATCH/log" 2>&1 &
keeper=$!
check "what it says starts the server" soon healthy
equal "the server runs as its own user" davbox "$(stat -c %U "/proc/$(server)")"
equal "it has no privilege" 0000000000000000 "$(awk '/^CapEff/ { print $2 }' "/proc/$(server)/status")"
equal "and cannot get any" 0000000000000000 "$(awk '/^CapBnd/ { print $2 }' "/proc/$(server)/status")"
mkdir -m 700 "$SCRATCH/roots"
check "root backs up into a folder of root's" davbox backup "$SCRATCH/roots/backup.tar"
check "root makes an account" davbox user add anna
mv /usr/bin/setpriv "$SCRATCH/"
check "root makes an account where there is no setpriv" davbox user add bert
mv "$SCRATCH/setpriv" /usr/bin/
equal "no file in the data folder belongs to root" "" "$(find /var/lib/davbox ! -user davbox)"
kill -KILL "$(server)"
began=$(date +%s%N)
check "it is back after it was killed" soon healthy
check "it was back within a second" test $((($(date +%s%N) - began) / 1000000)) -lt 1000
kill -TERM $keeper
check "SIGTERM to the keeper ends both, cleanly" ends_with 0 $keeper
equal "and no server is left" "" "$(server)"

# Where a file cannot be written, the older davbox stays as it is: the program, and the last and smallest,
# the list of what is installed.
pages() { stat -c %s "$@" | awk '{ n += int(($1 + 4095) / 4096) } END { print n }'; }
mkdir "$SCRATCH/lib"
cp -a /usr/local/lib/davbox/. "$SCRATCH/lib/"
of_older=$(pages "$SCRATCH"/lib/*)
of_newer=$(pages "$newer"/tree/usr/local/lib/davbox/* "$newer/processes.sh" "$newer/uninstall.sh")
for room in 128 "$of_newer"; do
    mount -t tmpfs -o size=$(((of_older + room) * 4096)) full /usr/local/lib/davbox
    cp -a "$SCRATCH/lib/." /usr/local/lib/davbox/
    check "a newer one is not installed where $room pages are free" refuses "$newer/install.sh"
    check "the older one is as it was" diff -r "$SCRATCH/lib" /usr/local/lib/davbox
    check "and nothing is half-written" bash -c '! find /usr/local /etc -name "*.new" | grep .'
    umount /usr/local/lib/davbox
done

echo old >/usr/local/lib/davbox/of-an-older-one
echo /usr/local/lib/davbox/of-an-older-one >>/usr/local/lib/davbox/installed
$command >"$SCRATCH/log" 2>&1 &
keeper=$!
check "the older one runs" soon healthy
before=$(server)
check "it installs over the older one" bash -c "$newer/install.sh >$SCRATCH/out"
check "and says so" says '0\.1\.1 is installed in the place of the older'
check "and that it runs" says 'The newer one runs now'
check "it does" soon healthy
differs() { [ "$1" != "$2" ]; }
check "it was started again" differs "$before" "$(server)"
equal "from the newer program" /usr/local/lib/davbox/davbox "$(readlink "/proc/$(server)/exe")"
kill -TERM $keeper
check "it can be stopped" ends_with 0 $keeper
/usr/local/bin/davbox serve >"$SCRATCH/log" 2>&1 &
check "it runs without keep-running" soon healthy
check "it is replaced all the same" bash -c "$newer/install.sh >$SCRATCH/out"
check "and it is said how it is started again" says 'please start davbox again: /usr/local/lib/davbox/keep-running'
equal "nothing of it runs" "" "$(server)"
$command >"$SCRATCH/log" 2>&1 &
keeper=$!
check "it is started again as it says" soon healthy
check "what only the older one had is gone" refuses test -e /usr/local/lib/davbox/of-an-older-one
check "the account is still there" bash -c 'davbox user list | grep -q anna'
check "it is uninstalled" bash -c "/usr/local/lib/davbox/uninstall.sh >$SCRATCH/out"
check "the server has ended by then, and what keeps it running, cleanly" ends_with 0 $keeper
equal "no server is left" "" "$(server)"
check "and says what stays" says 'stay in /var/lib/davbox'
check "the data stay" test -s /var/lib/davbox/data.mdb
check "the program does not" bash -c '! find /usr/local /etc -name "*davbox*" | grep .'

# On another disk.
mkdir "$SCRATCH/disk"
mount --bind "$SCRATCH/disk" /var/lib/davbox
check "it is installed where the data folder is another disk's" "$newer/install.sh"
equal "which is the service's own" "davbox 700" "$(stat -c '%U %a' "$SCRATCH/disk")"
$command >"$SCRATCH/log" 2>&1 &
check "it runs there" soon healthy
check "the data are on the disk" test -s "$SCRATCH/disk/data.mdb"
check "it is purged while it runs" bash -c "/usr/local/lib/davbox/uninstall.sh --purge >$SCRATCH/out"
equal "no server is left then" "" "$(server)"
equal "nothing is left on the disk" "" "$(ls -A "$SCRATCH/disk")"
check "the user is gone" refuses id davbox
umount /var/lib/davbox
check "the data can be purged later" bash -c "$tree/uninstall.sh --purge >$SCRATCH/out"
check "they are gone then" refuses test -e /var/lib/davbox
check "so is the user" refuses id davbox
close_suite
