#!/bin/sh
# LAB: shows this host's simulated PCI devices and loads the kernel module that is on its disk, as a
# kernel does at boot. Runs before sysinit.target. What it shows are the host's own copies: a fault
# changes them, and the next boot starts from what was made.
set -u
hardware=/opt/lab/hardware
run=/run/lab
mkdir -p $run/gpu $run/driver $run/made /usr/local/sbin /usr/local/bin

show() { if [ -e "$2" ]; then mount --bind "$1" "$2"; fi; }

cp -R -P $hardware/pci $run/pci
show $run/pci /sys/bus/pci
show $run/driver /proc/driver

ln -sf $hardware/bin/modprobe /usr/local/sbin/modprobe
for name in lsmod modinfo dmesg; do ln -sf $hardware/bin/$name /usr/local/bin/$name; done

: >$run/modules
[ -r /proc/modules ] && grep -v -E '^(nvidia|nouveau)' /proc/modules >$run/modules
show $run/modules /proc/modules
cp $hardware/dmesg $run/dmesg

for card in $hardware/gpus/[0-9]*; do
  [ -f "$card" ] || exit 0
done
cp -R -P $hardware/iommu $hardware/iommu_groups $run
show $run/iommu /sys/class/iommu
show $run/iommu_groups /sys/kernel/iommu_groups
echo "$(cat /proc/cmdline) $(cat $hardware/cmdline)" >$run/cmdline
show $run/cmdline /proc/cmdline
cp -R $hardware/gpus $run/made/gpus
cp -R $hardware/gpus $run/gpus
show $run/gpus $hardware/gpus

blacklisted() { cat /etc/modprobe.d/*.conf /run/modprobe.d/*.conf /usr/lib/modprobe.d/*.conf /lib/modprobe.d/*.conf 2>/dev/null | grep -q -E '^[[:space:]]*blacklist[[:space:]]+nouveau'; }
blacklisted || $hardware/bin/module load nouveau
$hardware/bin/module load nvidia 2>/dev/null
exit 0
