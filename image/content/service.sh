# shellcheck shell=sh
# To start and stop davbox, and to see whether it runs, where the system starts nothing again that has
# crashed. A service script reads this and gives
#   program        the folder with davbox, keep-running and keep-log
#   data log mark  the data folder, the log, the file for the number of the process
#   become         a function that becomes the command given to it, as davbox's user
#   say            a function: say ENGLISH GERMAN
# shellcheck disable=SC2154 # those

running() {
    process=$(cat "$mark" 2>/dev/null) && grep -qs keep-running "/proc/$process/cmdline"
}

# count WORDS: in how many lines of the log they are.
count() { cat "$log.1" "$log" 2>/dev/null | grep -c -- "$1"; }

# Comes back when davbox answers, or when it does not start.
start() {
    ! running || return 0
    listening=$(count '^davbox listens on ')
    ended=$(count ' it is started again$')
    become "$program/keep-log" "$log" "$program/keep-running" "$program/davbox" serve --data "$data" \
        </dev/null >/dev/null 2>&1 &
    echo $! >"$mark"
    # A store of an older davbox may take its time; a davbox that ends does not.
    turn=0
    while [ $turn -lt 60 ]; do
        sleep 1
        [ "$(count '^davbox listens on ')" = "$listening" ] || return 0
        if ! running || [ "$(count ' it is started again$')" != "$ended" ]; then
            stop
            said=$(grep -s '^davbox: ' "$log" | tail -n 1)
            say "davbox did not start. $said" "davbox ist nicht gestartet. $said"
            return 1
        fi
        turn=$((turn + 1))
    done
}

stop() {
    if running; then
        kill -TERM "$process" 2>/dev/null
        turn=0
        while running && [ $turn -lt 30 ]; do
            sleep 1
            turn=$((turn + 1))
        done
        if running; then
            # The loop first, so that it starts nothing again, then what it started.
            children=$(awk -v parent="$process" '$4 == parent { print $1 }' /proc/[0-9]*/stat 2>/dev/null)
            # shellcheck disable=SC2086 # one number per word
            kill -KILL "$process" $children 2>/dev/null
        fi
    fi
    rm -f "$mark"
}

# As the LSB has it: 0 running, 1 dead with a pid file, 3 not running.
status() {
    ! running || return 0
    [ ! -f "$mark" ] || return 1
    return 3
}
