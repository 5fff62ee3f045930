#!/bin/sh
# qinstall.sh    installs the package, or the newer in the place of the older; the header of the qpkg runs
# it in the folder of the control files, below the folder of all packages. What QTS expects of it is in
# QDK's Reference (Generic installation script): the package's folder, its section in qpkg.conf, its links
# in init.d, rcS.d and rcK.d, its icons, .uninstall.sh, and progress in /tmp/update_process.
set -u
# Under these names package_routines knows them.
CMD_GETCFG=/sbin/getcfg
CMD_SETCFG=/sbin/setcfg
SYS_QPKG_CONFIG_FILE=/etc/config/qpkg.conf
# shellcheck source=qpkg.cfg
. ./qpkg.cfg
# shellcheck source=package_routines
. ./package_routines
SYS_QPKG_DIR=$(dirname "$PWD")/$QPKG_NAME
images=/home/httpd/RSS/images

progress() { echo "$1" >/tmp/update_process; }

# log LEVEL ENGLISH GERMAN: 0 is for information, 2 an error. The log has no language of its own.
log() {
    echo "davbox: $2 / $3"
    /sbin/log_tool -t"$1" -uSystem -p127.0.0.1 -mlocalhost -a "[App Center] davbox: $2 / $3"
}

fail() {
    log 2 "$@"
    rm -rf "$SYS_QPKG_DIR.new"
    progress -1
    exit 1
}

start() { "/etc/init.d/$QPKG_SERVICE_PROGRAM" start; }

# go_back: the older davbox is in its place and runs, as before.
go_back() {
    if [ -d "$SYS_QPKG_DIR.old" ]; then mv "$SYS_QPKG_DIR.old" "$SYS_QPKG_DIR"; fi
    if [ -n "$older" ] && [ "$enabled" = TRUE ]; then start; fi
    fail "it cannot be put into $SYS_QPKG_DIR: please look whether the volume is in order, and try again" \
        "es lässt sich nicht nach $SYS_QPKG_DIR legen: bitte prüfen, ob das Volume in Ordnung ist, und es noch einmal versuchen"
}

set_field() { [ -z "$2" ] || $CMD_SETCFG "$QPKG_NAME" "$1" "$2" -f "$SYS_QPKG_CONFIG_FILE"; }

progress 0
firmware=$($CMD_GETCFG System Version -d 0 -f /etc/default_config/uLinux.conf)
echo "$firmware $QTS_MINI_VERSION" | awk '{
    split($1, is, "."); split($2, least, ".")
    for (at = 1; at <= 3; at++) if (is[at] + 0 != least[at] + 0) exit is[at] + 0 < least[at] + 0
}' || fail "please update QTS to $QTS_MINI_VERSION or newer first" "bitte zuerst QTS auf $QTS_MINI_VERSION oder neuer bringen"

# Whole, beside the place of the older one, before that is touched.
rm -rf "$SYS_QPKG_DIR.new"
mkdir -p "$SYS_QPKG_DIR.new"
tar -xzf ./data.tar.gz -C "$SYS_QPKG_DIR.new" ||
    fail "the file is damaged, or the volume is full" "die Datei ist beschädigt oder das Volume voll"
chown -R 0:0 "$SYS_QPKG_DIR.new"

progress 1
enabled=$($CMD_GETCFG "$QPKG_NAME" Enable -d TRUE -f "$SYS_QPKG_CONFIG_FILE")
older=$($CMD_GETCFG "$QPKG_NAME" Version -d "" -f "$SYS_QPKG_CONFIG_FILE")
if [ -x "/etc/init.d/$QPKG_SERVICE_PROGRAM" ]; then "/etc/init.d/$QPKG_SERVICE_PROGRAM" stop; fi
rm -rf "$SYS_QPKG_DIR.old"
if [ -d "$SYS_QPKG_DIR" ]; then mv "$SYS_QPKG_DIR" "$SYS_QPKG_DIR.old" || go_back; fi
mv "$SYS_QPKG_DIR.new" "$SYS_QPKG_DIR" || go_back

progress 2
ln -sf "$SYS_QPKG_DIR/$QPKG_SERVICE_PROGRAM" "/etc/init.d/$QPKG_SERVICE_PROGRAM"
ln -sf "/etc/init.d/$QPKG_SERVICE_PROGRAM" "/etc/rcS.d/QS$QPKG_RC_NUM$QPKG_NAME"
ln -sf "/etc/init.d/$QPKG_SERVICE_PROGRAM" "/etc/rcK.d/QK$((1000 - QPKG_RC_NUM))$QPKG_NAME"
for icon in '' _80 _gray; do
    cp -f "$SYS_QPKG_DIR/.qpkg_icon$icon.gif" "$images/$QPKG_NAME$icon.gif"
done
set_field Name "$QPKG_NAME"
set_field Display_Name "$QPKG_DISPLAY_NAME"
set_field Version "$QPKG_VER"
set_field Author "$QPKG_AUTHOR"
set_field QPKG_File "$QPKG_NAME.qpkg"
set_field Date "$(date +%Y-%m-%d)"
set_field Shell "$SYS_QPKG_DIR/$QPKG_SERVICE_PROGRAM"
set_field Service_Port "$QPKG_SERVICE_PORT"
set_field Pid_File "$QPKG_SERVICE_PIDFILE"
set_field Install_Path "$SYS_QPKG_DIR"
set_field WebUI "$QPKG_WEBUI"
set_field Web_Port "$QPKG_WEB_PORT"
set_field Web_SSL_Port "$QPKG_WEB_SSL_PORT"
set_field Desktop "$QPKG_DESKTOP_APP"
set_field Visible "$QPKG_VISIBLE"
set_field RC_Number "$QPKG_RC_NUM"
set_field Volume_Select "$QPKG_VOLUME_SELECT"
set_field Distribution_Type "$QPKG_DISTRIBUTION_TYPE"
set_field Timeout "$QPKG_TIMEOUT"
set_field FW_Ver_Min "$QTS_MINI_VERSION"
pkg_post_install
rm -rf "$SYS_QPKG_DIR.old"
sync

set_field Enable "$enabled"
if [ -n "$older" ]; then
    log 0 "version $QPKG_VER is in the place of $older; all data are as they were" \
        "Version $QPKG_VER ist an der Stelle von $older; alle Daten sind, wie sie waren"
else
    log 0 "version $QPKG_VER is installed. For the first account: turn on SSH, sign in there as administrator, and type: davbox user add NAME" \
        "Version $QPKG_VER ist installiert. Für das erste Konto: SSH einschalten, dort als Administrator anmelden und eingeben: davbox user add NAME"
fi
# Where it does not start, it has said why; once its volume is unlocked or its port free it is to start
# with the device, so it stays enabled.
if [ "$enabled" = TRUE ]; then start; fi
progress 3
