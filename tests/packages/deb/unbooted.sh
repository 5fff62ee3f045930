#!/bin/bash
# unbooted.sh    the package where systemd is installed and does not run, as in an image that is being
# made; /t has what deb/run laid there
#
# To be run as root on a Debian that can be thrown away.
# shellcheck source=../../verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../verdict.sh"
exec 2>&1
open_checks
deb=/t/davbox_0.1.0.deb

check "it installs where systemd does not run" dpkg -i $deb
check "it will start with the machine" systemctl -q is-enabled davbox
check "no data folder is made before it starts" refuses test -e /var/lib/davbox
check "an account can be made before" davbox user add anna
equal "and all of the data folder is the service's own" davbox "$(stat -c %U /var/lib/davbox /var/lib/davbox/* | sort -u)"
check "a file of Avahi's that was changed is kept by an upgrade" bash -c "
    echo '<!-- mine -->' >>/etc/avahi/services/davbox.service
    dpkg -i /t/davbox_0.1.1.deb && grep -q mine /etc/avahi/services/davbox.service"
like "a purge says in German what it removes" 'Alle Konten, Kalender und Kontakte' "$(LC_ALL=de_DE.UTF-8 dpkg -P davbox 2>&1)"
check "and removes it" refuses test -e /var/lib/davbox
equal "and all that is davbox's" "" "$(find / -xdev -path /proc -prune -o -path /t -prune -o -path /tests -prune -o -name '*davbox*' ! -path "$SCRATCH*" -print)"
close_suite
