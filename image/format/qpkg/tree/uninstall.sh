#!/bin/sh
# App Center runs this, as .uninstall.sh, to remove the package, and takes its section out of qpkg.conf
# itself. Calendars and contacts stay, and the user to whom they belong.
main() {
    root=$(/sbin/getcfg davbox Install_Path -f /etc/config/qpkg.conf)
    kept=$(/sbin/getcfg davbox Data_Path -f /etc/config/qpkg.conf)
    "$root/davbox.sh" stop
    rm -f /etc/init.d/davbox.sh /etc/rcS.d/QS*davbox /etc/rcK.d/QK*davbox /usr/bin/davbox \
        /home/httpd/RSS/images/davbox.gif /home/httpd/RSS/images/davbox_80.gif /home/httpd/RSS/images/davbox_gray.gif \
        "$kept/davbox.log" "$kept/davbox.log.1"
    /sbin/log_tool -t0 -uSystem -p127.0.0.1 -mlocalhost -a "[davbox] Calendars and contacts are kept in $kept; a davbox installed later finds them again. / Kalender und Kontakte bleiben in $kept; ein später installiertes davbox findet sie wieder."
    case $root in */.qpkg/davbox) rm -rf "$root" ;; esac
    exit
}
# As a function, because the file goes while it runs.
main
