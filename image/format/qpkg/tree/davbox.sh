#!/bin/sh
# davbox.sh start|stop|restart|status    QTS calls this as root
set -u
# Resource Monitor reckons the processes to the package by this (QDK, README, 2.2.15).
export QNAP_QPKG=davbox
conf=/etc/config/qpkg.conf
field() { /sbin/getcfg davbox "$1" -d "" -f $conf; }
root=$(field Install_Path)
kept=$(field Data_Path)
# shellcheck disable=SC2034 # for service.sh
program=$root/lib/davbox data=$kept/data log=$kept/davbox.log mark=/var/run/davbox.pid

# say ENGLISH GERMAN: the log of QTS has no language of its own.
say() {
    echo "$1 / $2"
    /sbin/log_tool -t2 -uSystem -p127.0.0.1 -mlocalhost -a "[davbox] $1 / $2"
}

# A user of its own: httpdusr, which QTS has, is that of every web application. QTS has had its list of
# users written anew at a start of the device; so it is looked at every time. Its number is below those
# of people, who begin at 500; * is no password, so nobody can sign in.
make_user() {
    if ! grep -q '^davbox:' /etc/passwd; then
        number=232
        while cut -d : -f 3 /etc/passwd /etc/group | grep -qx $number; do number=$((number + 1)); done
        grep -q '^davbox:' /etc/group || echo "davbox:x:$number:" >>/etc/group
        echo "davbox:x:$number:$(sed -n 's/^davbox:[^:]*:\([0-9]*\):.*/\1/p' /etc/group):davbox:/:/bin/sh" >>/etc/passwd
        grep -q '^davbox:' /etc/shadow || echo 'davbox:*:19000:0:99999:7:::' >>/etc/shadow
    fi
}

# BusyBox's su, which QTS has, is gone when the command runs, so that signals reach that.
# shellcheck disable=SC2016 # for the inner shell
become() { exec su -s /bin/sh davbox -c 'exec "$0" "$@"' -- "$@"; }
# shellcheck source=../../../content/service.sh
. "$root/lib/davbox/service.sh"

# A locked volume may leave the folder it is mounted at, and in there a second, empty store would begin:
# so the data are there, or the volume is.
prepare() {
    if [ ! -d "$data" ] && ! grep -q " ${kept%/*} " /proc/mounts; then
        say "davbox does not start: the volume ${kept%/*} with its data is not there. If it is locked, please unlock it." \
            "davbox startet nicht: das Volume ${kept%/*} mit seinen Daten ist nicht da. Wenn es gesperrt ist, bitte entsperren."
        return 1
    fi
    make_user
    mkdir -p "$data"
    # -h: what a link leads to is not davbox's.
    chown -Rh davbox:davbox "$kept"
    chmod 700 "$kept" "$data"
    # Both of these are in memory and gone after a restart of the device.
    ln -sf "$root/bin/davbox" /usr/bin/davbox
    if [ -d /etc/avahi/services ]; then cp -f "$root/avahi/davbox.service" /etc/avahi/services/; fi
}

case ${1:-} in
start)
    # Disabled in App Center is disabled, at a start of the device too.
    if [ "$(/sbin/getcfg davbox Enable -u -d FALSE -f $conf)" != TRUE ]; then
        echo "davbox is disabled. / davbox ist deaktiviert."
        exit 1
    fi
    prepare && start
    ;;
stop)
    rm -f /etc/avahi/services/davbox.service
    stop
    ;;
restart)
    stop
    "$0" start
    ;;
status) status ;;
remove) ;;
*)
    echo "davbox.sh start|stop|restart|status" >&2
    exit 2
    ;;
esac
