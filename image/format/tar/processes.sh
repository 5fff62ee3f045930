# shellcheck shell=sh
# davbox's processes on a machine without systemd. install.sh and uninstall.sh read this and give
#   kept    the folder of the program
# shellcheck disable=SC2154 # that

# here PROCESS: not in a container, where the same path is another davbox.
here() { [ "$(readlink "$1/ns/mnt")" = "$(readlink /proc/self/ns/mnt)" ]; }

# word N PROCESS: of its command line.
word() { { tr '\0' '\n' <"$2/cmdline" | sed -n "$1p"; } 2>/dev/null; }

keepers() {
    for process in /proc/[0-9]*; do
        if [ "$(word 2 "$process")" = "$kept/keep-running" ] && here "$process"; then echo "${process#/proc/}"; fi
    done
}

# Not the commands, such as a backup that is being made. A program that was replaced is called deleted.
servers() {
    for process in /proc/[0-9]*; do
        case $(readlink "$process/exe") in "$kept/davbox" | "$kept/davbox (deleted)") ;; *) continue ;; esac
        case $(word 2 "$process") in serve | -* | '') ;; *) continue ;; esac
        if here "$process"; then echo "${process#/proc/}"; fi
    done
}

# end PROCESS…    asks them to end, and comes back when they have; after half a minute they are killed.
end() {
    [ $# -gt 0 ] || return 0
    kill -TERM "$@" 2>/dev/null || true
    turn=0
    for process; do
        while kill -0 "$process" 2>/dev/null && [ $turn -lt 30 ]; do
            sleep 1
            turn=$((turn + 1))
        done
    done
    kill -KILL "$@" 2>/dev/null || true
}
