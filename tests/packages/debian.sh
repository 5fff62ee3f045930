# shellcheck shell=bash
# A small Debian to install packages in: made once by debootstrap, kept below the target folder, started
# as a container with its own systemd, network and processes. What happens in it is forgotten.
#
#     . tests/packages/debian.sh
#     debian                          makes it ready: $DEBIAN
#     booted FOLDER COMMAND…          with systemd as its first process; FOLDER is /t in there
#     unbooted FOLDER COMMAND…        without; the same
#
# Both print what the command prints and end with its status.
# shellcheck source=suite.sh
. "$(dirname "${BASH_SOURCE[0]}")/suite.sh"
DEBIAN=

debian() {
    local part how=(--variant=minbase '--include=systemd,systemd-sysv' bookworm)
    DEBIAN=$store/packages/debian-$(sha256sum <<<"${how[*]}" | head -c 16)
    [ ! -d "$DEBIAN" ] || return 0
    part=$DEBIAN.part.$$
    mkdir -p "$part"
    debootstrap "${how[@]}" "$part" >"$part.log" 2>&1 || { tail -n 20 "$part.log"; rm -rf "$part"; return 1; }
    # Its downloads and lists are of no use in there.
    rm -rf "$part.log" "$part"/var/cache/apt/* "$part"/var/lib/apt/lists/*
    # Another run may have been faster.
    mv -T "$part" "$DEBIAN" 2>/dev/null || rm -rf "$part"
    [ -d "$DEBIAN" ]
}

# No machine manager is needed for it, and all that it writes is kept in memory.
container() {
    local folder=$1
    shift
    systemd-nspawn --quiet --directory="$DEBIAN" --register=no --keep-unit --private-network --link-journal=no \
        --volatile=overlay --console=pipe --bind="$folder:/t" --bind-ro="$top/tests:/tests" "$@" </dev/null
}

unbooted() {
    local folder=$1
    shift
    container "$folder" --as-pid2 -- "$@"
}

booted() {
    local folder=$1 status
    shift
    cat >"$folder/asked.service" <<END
[Unit]
After=multi-user.target
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
ExecStart=$*
StandardOutput=append:/t/said
StandardError=append:/t/said
END
    : >"$folder/said"
    container "$folder" --bind-ro="$folder/asked.service:/etc/systemd/system/asked.service" \
        --boot systemd.wants=asked.service >"$folder/console" 2>&1
    status=$?
    cat "$folder/said"
    [ -s "$folder/said" ] || tail -n 40 "$folder/console"
    return $status
}
