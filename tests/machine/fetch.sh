# shellcheck shell=bash
# Debian's packages for the machines: fetched and proved by apt against Debian's signed index, in an
# apt root of its own, so that the apt and dpkg of this computer see nothing of other architectures.
# Kept below target/machine with a checksum that is looked at before every use; what is missing or
# damaged is fetched again, in whatever version Debian has by then.

suite=bookworm
packages=${kept:?}/packages
updated=no

# fetch NAME:ARCH puts the path of its .deb into $DEB. A name such as linux-image-armmp, which only
# leads to the newest kernel, gets that kernel.
fetch() {
    local folder=$packages/$1 part=$packages/$1.part.$$ real
    export DEB
    if ! whole "$folder"; then
        [ $updated = yes ] || update || return
        real=$(private apt-cache depends "$1" | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)/\1/p' | head -n 1)
        rm -rf "$part" && mkdir -p "$part" || return
        (cd "$part" && private apt-get -qq download "${real:-$1}" && sha256sum -- *.deb >SHA256SUMS) || {
            rm -rf "$part"
            echo "$1 could not be fetched from Debian: is the network there?" >&2
            return 1
        }
        rm -rf "$folder" && mv "$part" "$folder" || return
    fi
    DEB=$(echo "$folder"/*.deb)
}

whole() { [ -f "$1/SHA256SUMS" ] && (cd "$1" && sha256sum --check --status SHA256SUMS); }

private() { APT_CONFIG=$kept/apt/apt.conf "$@"; }

update() {
    local root=$kept/apt
    rm -rf "$root" && mkdir -p "$root"/{etc/preferences.d,lists/partial,cache/archives/partial} || return
    : >"$root/status"
    # The computer's own settings of how to reach a mirror (a proxy) count here, too.
    cat >"$root/apt.conf" <<CONF
Dir::Etc "$root/etc";
Dir::Etc::parts "/etc/apt/apt.conf.d";
Dir::State "$root";
Dir::State::status "$root/status";
Dir::Cache "$root/cache";
APT::Architecture "arm64";
APT::Architectures { "arm64"; "armhf"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s/debian %s main\n' \
        "${DAVBOX_DEBIAN_MIRROR:-http://deb.debian.org}" "$suite" >"$root/etc/sources.list"
    private apt-get -qq update && updated=yes
}
