# shellcheck shell=sh
# sysupgrade reads this and copies what keep.d/davbox names: a store that is written to meanwhile would
# be torn. The device restarts afterwards, except after a mere backup (-b) or a list of the files (-l, which
# newer ones tell by CONF_BACKUP_LIST): those leave davbox running.
stop_davbox() {
	[ "${CONF_BACKUP_LIST:-0}" -eq 0 ] || return 0
	[ -n "$CONF_BACKUP" ] || /etc/init.d/davbox stop
}
sysupgrade_init_conffiles="stop_davbox $sysupgrade_init_conffiles"
