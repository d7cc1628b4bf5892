#!/bin/bash
# Keeps a lab host up across its own reboots, until it powers off or this process gets SIGTERM.
# supervise.sh CGROUP[:CGROUP] COMMAND...   CGROUPs: the host's folder in each hierarchy
set -u
groups=$1
shift

move() { # PID into the child NAME of every group
    local IFS=:
    for group in $groups; do
        mkdir -p "$group/$2" && echo "$1" >"$group/$2/cgroup.procs"
    done
}

clean() { # the groups of the boot before: a group that hands controllers down takes no process
    local IFS=:
    for group in $groups; do
        [ ! -d "$group/host" ] || find "$group/host" -depth -type d -exec rmdir {} \;
    done
}

stopping=
trap 'stopping=yes; kill -TERM "${child:-}" 2>/dev/null' TERM
move $$ supervisor

while [ -z "$stopping" ]; do
    clean
    # A clock of its own, so that the host's uptime starts at 0 on every boot
    uptime=$(cut -d. -f1 /proc/uptime)
    (
        trap - TERM
        move "$BASHPID" host
        exec unshare --time --boottime "-$uptime" "$@"
    ) &
    child=$!
    wait "$child"
    result=$?
    while kill -0 "$child" 2>/dev/null; do
        wait "$child"
        result=$?
    done
    echo "host ended with $result"
    # 133 asks for a reboot
    [ "$result" = 133 ] || exit "$result"
done
