# Holds a node for the one who deploys it, for as long as lines come in; lets go when they end.
# Arguments: folder, id of this lease, holder as JSON, seconds of silence that are too many,
# seconds that a holder which boots the host anew has to come back, from the boot on, and what
# makes sed print a keeper's process id.
# shellcheck shell=bash
exec 2>&1
umask 022
folder=$1 id=$2 holder=$3 silence=$4 grace=$5 pid=$6

say() { printf 'infra-lease: %s\n' "$*"; }

put() {
    local new
    new=$(mktemp -p . ".$1.XXXXXX") || return 1
    printf '%s\n' "$2" >"$new" && chmod 644 "$new" && sync "$new" && mv -fT "$new" "$1" && return
    rm -f "$new"
    return 1
}

is_mine() { case $was in *"\"id\": \"$id\""*) ;; *) return 1 ;; esac; }

# one that has the lock may not have written its name yet
lock() { flock -n 9 || { sleep 0.2; flock -n 9; }; }

# our own keeper, of a connection that only we know is lost
take_from_myself() {
    local keeper
    keeper=$(sed -n "$pid" deploying.json)
    [ "/proc/$keeper/fd/9" -ef deploying.lock ] && kill "$keeper"
    flock -w 10 9
}

refuse() {
    say "held $(cat deploying.json 2>/dev/null)"
    exit 0
}

# whether its holder, which boots the host anew, may still come back; the clock is not asked
is_awaited() {
    local boot at now first
    is_mine && return 1
    read -r boot at 2>/dev/null <rebooting || return 1
    read -r now _ </proc/uptime
    if [ "$boot" != "$(cat /proc/sys/kernel/random/boot_id)" ]; then
        read -r -a first </proc/1/stat
        at=$((first[21] / 100)) # ticks: when the first process began
    fi
    [ "$((${now%.*} - at))" -lt "$grace" ]
}

mkdir -p "$folder" && cd "$folder" && exec 9>>deploying.lock || exit 1
if ! lock; then
    was=$(cat deploying.json 2>/dev/null)
    is_mine && take_from_myself || refuse
fi
was=$(cat deploying.json 2>/dev/null)
while is_awaited; do
    say waits
    flock -u 9
    sleep 1
    lock || refuse
    was=$(cat deploying.json 2>/dev/null)
done
if [ -n "$was" ] && ! is_mine; then
    say "was $was"
    say "busy $(pgrep -lx 'apt-get|apt|dpkg' 2>/dev/null | paste -sd,)"
fi
rm -f rebooting
full=$(put deploying.json "${holder%\}}, \"keeper\": $$}" 2>&1) || say "unwritten ${full#*line *: }"
say taken

while IFS= read -r -t "$silence" line; do
    case $line in
        rebooting)
            read -r now _ </proc/uptime
            put rebooting "$(cat /proc/sys/kernel/random/boot_id) ${now%.*}"
            say noted
            ;;
        release)
            IFS= read -r -t "$silence" record
            if [ -n "$record" ]; then
                full=$(put last_deploy.json "$record" 2>&1) || say "unwritten ${full#*line *: }"
            fi
            rm -f deploying.json
            say released
            exit 0
            ;;
        confirm) say confirmed ;;
        *) say "heard $line" ;;
    esac
done
