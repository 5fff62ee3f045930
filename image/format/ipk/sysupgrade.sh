# shellcheck shell=sh
# sysupgrade reads this and copies what keep.d/davbox names: a store that is written to meanwhile would
# be torn. The device restarts afterwards, except after a mere backup (-b), which is left running.
stop_davbox() {
	[ -n "$CONF_BACKUP" ] || /etc/init.d/davbox stop
}
sysupgrade_init_conffiles="stop_davbox $sysupgrade_init_conffiles"
