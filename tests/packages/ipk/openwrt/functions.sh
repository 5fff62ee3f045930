# shellcheck shell=sh disable=SC3043
# Stands for OpenWrt's /lib/functions.sh: what a package's scripts and its init script call of it.

config_load() { :; }

# config_get VARIABLE SECTION OPTION DEFAULT
config_get() {
	eval "$1=\$(uci -q get davbox.$2.$3)"
	eval "[ -n \"\$$1\" ] || $1=\$4"
}

# The user of Require-User, then every init script of the package.
default_postinst() {
	local name user file
	name=$(basename "${1%.*}")
	user=$(sed -n 's/^Require-User: //p' "/usr/lib/opkg/info/$name.control")
	if [ -n "$user" ] && ! grep -q "^${user%:*}:" /etc/passwd; then
		echo "${user#*:}:x:32768:" >>/etc/group
		echo "${user%:*}:x:32768:32768:${user%:*}:/var/run/${user%:*}:/bin/false" >>/etc/passwd
	fi
	grep '^/etc/init.d/' "/usr/lib/opkg/info/$name.list" | while read -r file; do
		[ "$PKG_UPGRADE" = 1 ] || "$file" enable
		"$file" start
	done
}

default_prerm() {
	local name file
	name=$(basename "${1%.*}")
	grep '^/etc/init.d/' "/usr/lib/opkg/info/$name.list" | while read -r file; do
		[ "$PKG_UPGRADE" = 1 ] || "$file" disable
		"$file" stop
	done
}
