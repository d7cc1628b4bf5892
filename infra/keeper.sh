# Holds a node for the one who deploys it, for as long as lines come in; lets go when they end.
# Arguments: folder, id of this lease, holder as JSON, seconds of silence that are too many.
# shellcheck shell=bash
exec 2>&1
umask 022
folder=$1 id=$2 holder=$3 silence=$4

say() { printf 'infra-lease: %s\n' "$*"; }

put() {
    local new
    new=$(mktemp -p . ".$1.XXXXXX") || return 1
    printf '%s\n' "$2" >"$new" && chmod 644 "$new" && sync "$new" && mv -f "$new" "$1" && return
    rm -f "$new"
    return 1
}

mkdir -p "$folder" && cd "$folder" && exec 9>>deploying.lock || exit 1

# one that has the lock may not have written its name yet
if ! flock -n 9 && { sleep 0.2; ! flock -n 9; }; then
    was=$(cat deploying.json 2>/dev/null)
    case $was in
        *"\"id\": \"$id\""*)  # our own keeper of a connection that only we know is lost
            kill "$(sed -n 's/.*"keeper": \([0-9]*\)}$/\1/p' deploying.json)"
            flock -w 10 9 || exit 1
            ;;
        *)
            say "held $was"
            exit 0
            ;;
    esac
fi

was=$(cat deploying.json 2>/dev/null)
case $was in
    '' | *"\"id\": \"$id\""*) ;;
    *)
        say "was $was"
        say "busy $(pgrep -lx 'apt-get|apt|dpkg|docker' 2>/dev/null | paste -sd,)"
        ;;
esac
full=$(put deploying.json "${holder%\}}, \"keeper\": $$}" 2>&1) || say "unwritten $full"
say taken

while IFS= read -r -t "$silence" line; do
    if [ "$line" = release ]; then
        IFS= read -r -t "$silence" record
        if [ -n "$record" ]; then
            full=$(put last_deploy.json "$record" 2>&1) || say "unwritten $full"
        fi
        rm -f deploying.json
        say released
        exit 0
    fi
    say "heard $line"
done
