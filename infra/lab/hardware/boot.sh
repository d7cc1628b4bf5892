#!/bin/sh
# LAB: shows this host's simulated PCI devices and loads the kernel module that is on its disk, as a
# kernel does at boot. Runs before sysinit.target.
set -u
hardware=/opt/lab/hardware
run=/run/lab
mkdir -p $run/gpu $run/driver /usr/local/sbin /usr/local/bin

cp -R -P $hardware/pci $run/pci
[ -d /sys/bus/pci ] && mount --bind $run/pci /sys/bus/pci
[ -d /proc/driver ] && mount --bind $run/driver /proc/driver

ln -sf $hardware/bin/modprobe /usr/local/sbin/modprobe
ln -sf $hardware/bin/lsmod /usr/local/bin/lsmod
ln -sf $hardware/bin/modinfo /usr/local/bin/modinfo

: >$run/modules
[ -r /proc/modules ] && grep -v -E '^(nvidia|nouveau)' /proc/modules >$run/modules
[ -e /proc/modules ] && mount --bind $run/modules /proc/modules

for card in $hardware/gpus/[0-9]*; do
  [ -f "$card" ] || exit 0
done
blacklisted() { cat /etc/modprobe.d/*.conf /run/modprobe.d/*.conf /usr/lib/modprobe.d/*.conf /lib/modprobe.d/*.conf 2>/dev/null | grep -q -E '^[[:space:]]*blacklist[[:space:]]+nouveau'; }
blacklisted || $hardware/bin/module load nouveau
$hardware/bin/module load nvidia 2>/dev/null
exit 0
