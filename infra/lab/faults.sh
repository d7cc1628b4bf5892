# What the texts in faults.yaml may call.
set -eu
root=${LAB_ROOT:-}
PATH=$root/opt/lab/hardware/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l
stop() { echo "$*" >&2; exit 3; }
[ -d "$root/run/lab/made/gpus" ] || stop "this host has no simulated GPUs, or was made before faults were; infra lab reset makes it anew"
mkdir -p "$root/var/lib/lab"
last=$(card last)

library=/usr/lib/x86_64-linux-gnu
rename_library() { # from, to
  for name in libnvidia-ml libcuda; do
    [ ! -f "$library/$name.so.$1" ] || mv "$library/$name.so.$1" "$library/$name.so.$2"
    [ ! -f "$library/$name.so.$2" ] || ln -sf "$name.so.$2" "$library/$name.so.1"
  done
}

kernel_package() { dpkg-query -W -f '${Package} ${db:Status-Status}\n' 'linux-image-*' | sed -n 's/ installed$//p' | grep -E '^linux-image-(generic|amd64)$' | head -n 1; }

stray() { # a package that nobody asked for, held as the others are
  folder=$(mktemp -d)
  mkdir "$folder/DEBIAN"
  printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: infra lab <lab@infra.invalid>\nDescription: lab stand-in, for a fault\n' "$1" "$2" >"$folder/DEBIAN/control"
  chmod 755 "$folder"
  dpkg-deb -Znone -b "$folder" "$folder.deb" >/dev/null
  dpkg --force-depends -i "$folder.deb" >/dev/null
  apt-mark -q hold "$1" >/dev/null
  rm -rf "$folder" "$folder.deb"
}

purge() { for name; do if dpkg -s "$name" >/dev/null 2>&1; then dpkg --purge --force-hold "$name" >/dev/null; fi; done; }

toolkit() { # version
  packages='nvidia-container-toolkit nvidia-container-toolkit-base libnvidia-container-tools libnvidia-container1'
  apt-mark -q unhold $packages >/dev/null
  # shellcheck disable=SC2046
  apt-get -q -y -o DPkg::Lock::Timeout=60 --allow-downgrades install $(for name in $packages; do echo "$name=$1"; done) >/dev/null
  apt-mark -q hold $packages >/dev/null
}

need() {
  case $1 in
    pair) [ "$last" -ge 1 ] || stop "this fault lies between two cards, and the host has one" ;;
    bridges) [ -n "$(card bridges "$last")" ] || stop "no port is above the host's cards (a virtual machine's)" ;;
    granted) case "$(card get 0 p2p) $(card get 0 nvlinks)" in "OK "* | *=*) ;; *) stop "the driver refuses peer access to these cards as it is" ;; esac ;;
    nvlink) [ -n "$(card get "$last" nvlinks)" ] || stop "the host's cards have no NVLink" ;;
    nvswitch) grep -q 0x0680 "$root"/run/lab/pci/devices/*/class || stop "the host has no NVSwitch" ;;
    driver) [ -r /run/lab/gpu/version ] || stop "no driver is loaded; deploy the host first" ;;
    dkms) command -v dkms >/dev/null || stop "DKMS is not installed; take a host of origin nvidia" ;;
    headers) [ -e "/lib/modules/$(uname -r)/build" ] || [ -e "/lib/modules/$(uname -r)/build.away" ] || stop "no headers are installed" ;;
    containers) [ -s /etc/cdi/nvidia.yaml ] || stop "the cards are not described to containers; deploy the host first" ;;
    proof) [ -s /var/lib/infra/gpu_interconnect/proof.json ] || stop "the host has no proof; deploy it first" ;;
    acs-unit) [ -e /etc/systemd/system/infra-acs-off.service ] || stop "the inventory does not ask that ACS is turned off at boot" ;;
    *) stop "faults.yaml asks for $1, which nobody knows" ;;
  esac
}
