# shellcheck shell=bash
# What is proved of davbox on every kind of processor, on the machine of machine.sh.
# shellcheck source=tests/machine/machine.sh
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

# every ARCH: leaves the machine running.
every() {
    check "Debian's kernel, busybox and davbox make a machine ($1)" machine "$1" || exit 1
    check "it boots to the first 200 of /healthz" boot || exit 1
    how_long
    # shellcheck disable=SC2016 # for the shell in the machine
    printf 'davbox has %s KiB in memory; the machine has %s KiB left.\n' \
        "$(guest sh -c 'sed -n "s/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$(cat /run/davbox.pid)/status"')" \
        "$(guest sed -n 's/^MemAvailable:[^0-9]*\([0-9]*\).*/\1/p' /proc/meminfo)"
    equal "the processor is the one meant" "$(processor)" "$(guest uname -m)"
    conversations
    signals
    crash
    power
    backups
}

processor() { case $arch in armv7) echo armv7l ;; *) echo "$arch" ;; esac; }
box() { guest davbox "$@" --data /data/davbox; }
in_order() { box check; }

conversations() {
    local line
    (cd "$root" && cargo test --test conversation -- --users 2>"$SCRATCH/cargo") >"$SCRATCH/users"
    # All in one go: a call through the door costs more than a person does.
    # shellcheck disable=SC2016 # for the shell in the machine
    check "people are made beside the running server ($(wc -l <"$SCRATCH/users"))" feed "$SCRATCH/users" sh -c '
        while read -r name password email display; do
            printf "%s\n" "$password" | davbox user add "$name" --data /data/davbox --password-stdin \
                --email "$email" --display-name "$display" || exit
        done'
    (cd "$root" && DAVBOX_TEST_ADDRESS=$ADDRESS cargo test --test conversation) >"$SCRATCH/talk" 2>&1
    check "the conversations come to their end" grep -q '^test result:' "$SCRATCH/talk"
    grep -v '^test ' "$SCRATCH/talk" >"$SCRATCH/faults"
    while read -r line; do
        case $line in
        'test '*' ... ok') verdict 0 "$line" ;;
        'test '*' ... FAILED') verdict 1 "$line" "$SCRATCH/faults" ;;
        esac
    done <"$SCRATCH/talk"
    check "\`davbox check\` finds every invariant kept" in_order
}

# How davbox ended in this life of the machine, oldest first.
ends() { guest cat /run/ended; }
has_ended_so_often() { [ "$(ends | wc -l)" -ge "$1" ]; }
is_back() { has_ended_so_often "$1" && is_healthy; }

signals() {
    local pid
    pid=$(guest cat /run/davbox.pid)
    guest kill -HUP "$pid"
    sleep 1
    check "SIGHUP leaves it running" is_healthy
    equal "as the same process" "$pid" "$(guest cat /run/davbox.pid)"
    guest kill -TERM "$pid"
    check "after SIGTERM it is started again" wait_until "$patience" is_back 1
    equal "and had ended with 0" 0 "$(ends | tail -n 1)"
}

# writers_until COUNT COMMAND…: eight clients write; after COUNT answers the command ends the server.
writers_until() {
    local writers wanted=$1
    shift
    round=$((round + 1))
    record=$SCRATCH/record-$round
    : >"$record"
    python3 "$root/tests/machine/acknowledged.py" write "$ADDRESS" "$record" $round 8 >"$SCRATCH/writers" 2>&1 &
    writers=$!
    wait_until "$patience" has_lines "$record" "$wanted"
    "$@"
    wait $writers || { cat "$SCRATCH/writers"; return 1; }
}
round=0
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }
all_there() { python3 "$root/tests/machine/acknowledged.py" prove "$ADDRESS" "$record"; }

crash() {
    printf 'secret\n' >"$SCRATCH/secret"
    check "anna is made" feed "$SCRATCH/secret" davbox user add anna --data /data/davbox --password-stdin
    # shellcheck disable=SC2016 # for the shell in the machine
    check "kill -9 while eight clients write" writers_until 60 guest sh -c 'kill -KILL "$(cat /run/davbox.pid)"'
    check "it is back" wait_until "$patience" is_back 2
    equal "and had been killed" 137 "$(ends | tail -n 1)"
    check "every write that was acknowledged is there, byte for byte, with its etag" all_there
    check "\`davbox check\` finds every invariant kept" in_order
}

power() {
    check "the power is cut while eight clients write" writers_until 60 power_cut
    check "the machine boots again" boot || exit 1
    check "every write that was acknowledged is there, byte for byte, with its etag" all_there
    check "\`davbox check\` finds every invariant kept" in_order
}

# Between processors: what one made, the other restores. There and back again, with $DAVBOX here.
backups() {
    local here=$SCRATCH/here server
    check "a backup is made beside the running server" box backup /data/backup.tar
    guest cat /data/backup.tar >"$SCRATCH/backup.tar"
    check "it restores on this computer ($(uname -m))" "$DAVBOX" restore "$SCRATCH/backup.tar" --data "$here"
    check "in order" "$DAVBOX" check --data "$here"
    event carried 'Von hier nach dort' >"$SCRATCH/carried.ics"
    check "an event is added here" "$DAVBOX" import --user anna "$SCRATCH/carried.ics" --data "$here"
    check "what was acknowledged there is here byte for byte" served_here "$here" same_bytes
    check "a backup is made here" "$DAVBOX" backup "$SCRATCH/back.tar" --data "$here"
    restores "$SCRATCH/back.tar" "$record"
    check "with what was added here" has_bytes "$CALENDARS/calendar/carried.ics" "$SCRATCH/carried.ics"
}

# restores FILE RECORD: a backup from elsewhere, beside the running server.
restores() {
    local record=$2
    check "it goes to the machine" feed "$1" sh -c 'cat >/data/from.tar'
    check "and restores beside the running server" box restore --replace /data/from.tar
    check "what was acknowledged before it was made is there byte for byte" same_bytes
    check "in order" in_order
}

same_bytes() { python3 "$root/tests/machine/acknowledged.py" same "$ADDRESS" "$record"; }

# served_here FOLDER COMMAND…: the command finds the store of this computer at $ADDRESS.
served_here() {
    local ADDRESS=none server status
    "$DAVBOX" serve --data "$1" --http 127.0.0.1:0 --https off --no-mdns >"$SCRATCH/out" &
    server=$!
    wait_until 30 grep -q '^davbox listens' "$SCRATCH/out"
    ADDRESS=$(sed -n 's|^davbox listens on http://\(.*\)/$|\1|p' "$SCRATCH/out")
    "${@:2}"
    status=$?
    kill "$server"
    wait "$server"
    return $status
}
