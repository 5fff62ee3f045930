#!/bin/bash
# other-disk.sh    the data folder on another disk, as davbox(1) has it; /t has what deb/run laid there
#
# To be run as root on a Debian that can be thrown away, with systemd as its first process.
# shellcheck disable=SC2317 # the functions are called by `check`
# shellcheck source=../../verdict.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../verdict.sh"
exec 2>&1
open_checks
disk=/srv/disk/davbox

healthy() { [ "$({ exec 3<>/dev/tcp/127.0.0.1/5232 && printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3 && tail -n 1 <&3; } 2>/dev/null)" = ok ]; }
soon() { for _ in {1..300}; do if "$@"; then return; fi; sleep 0.1; done; return 1; }

mkdir -p $disk /var/lib/davbox
echo "$disk /var/lib/davbox none bind 0 0" >>/etc/fstab
systemctl daemon-reload
check "the folder is mounted" mount /var/lib/davbox
check "davbox is installed after that" dpkg -i /t/davbox_0.1.0.deb
check "it answers" soon healthy
check "its data are on the disk" test -s $disk/data.mdb
equal "and its own" "davbox 700" "$(stat -c '%U %a' $disk)"
check "root makes an account" davbox user add anna
like "it waits for the disk" '/var/lib/davbox' "$(systemctl show -p RequiresMountsFor davbox)"
systemctl stop davbox
# Not umount(8): systemd hears of that a moment later, and a start in between finds the folder mounted still.
check "the folder is unmounted" systemctl stop var-lib-davbox.mount
equal "and nothing is there" "" "$(grep ' /var/lib/davbox ' /proc/self/mountinfo)"
check "it starts again" systemctl start davbox
check "it answers then" soon healthy
like "which has mounted the folder" "$disk" "$(grep ' /var/lib/davbox ' /proc/self/mountinfo)"
like "the account is there" anna "$(davbox user list)"
check "it is purged" dpkg -P davbox
equal "nothing is left on the disk" "" "$(ls -A $disk)"
close_suite
