#!/bin/sh
# Runs in a lab host before anything that reads hardware or sets kernel parameters.
set -u

# A container's parameters are its machine's: a host gets copies of its own to write to.
while read -r name; do
    [ -e "/proc/sys/$name" ] || continue
    copy=/run/lab/sysctl/$name
    mkdir -p "${copy%/*}"
    cat "/proc/sys/$name" >"$copy" && mount --bind "$copy" "/proc/sys/$name"
done </opt/lab/sysctls

if [ -x /opt/lab/hardware/boot.sh ]; then
    /opt/lab/hardware/boot.sh
fi
