# Prints NVIDIA's GPUs and every bridge above them, one fact a line, its kind first. Needs $sys.
value() { # file: its first line, without a fork
  v=''
  { read -r v <"$1"; } 2>/dev/null
  [ -n "$v" ]
}
show() { # bdf
  at=$sys/bus/pci/devices/$1
  for k in class vendor device subsystem_vendor subsystem_device numa_node current_link_speed \
    current_link_width max_link_speed max_link_width; do
    value "$at/$k" && echo "at $1 $k $v"
  done
  value "$at/class" && class=$v || class=''
  case $class in
    0x0604*)
      if command -v setpci >/dev/null; then
        echo "at $1 acs" $(setpci $setpci -s "$1" ECAP_ACS+4.w ECAP_ACS+6.w 2>/dev/null)
      fi ;;
    0x03*)
      echo "at $1 config" $(od -An -tx2 -N2 "$at/config" 2>/dev/null)
      n=0
      while read -r start end flags; do
        [ $n -lt 6 ] && [ "$start" != "$end" ] && echo "at $1 region $start $end $flags"
        n=$((n + 1))
      done 2>/dev/null <"$at/resource"
      [ -e "$at/iommu_group" ] && { value "$at/iommu_group/type"; echo "at $1 group ${v:-untold}"; } ;;
  esac
}
value /proc/sys/kernel/random/boot_id && echo "boot $v"
echo "virt $(systemd-detect-virt 2>/dev/null)"
value /proc/cmdline && echo "cmdline $v"
command -v setpci >/dev/null && echo "setpci found"
for i in "$sys"/class/iommu/*; do [ -e "$i" ] && echo "iommu ${i##*/}"; done
for s in "$sys"/bus/pci/slots/*; do value "$s/address" && echo "slot $v ${s##*/}"; done
dmidecode -t 9 2>/dev/null | awk -F': ' '/Designation:/{d=$2} /Bus Address:/{print "slot", $2, d}'
seen=' '
for d in "$sys"/bus/pci/devices/*; do
  value "$d/vendor" && [ "$v" = 0x10de ] && value "$d/class" || continue
  case $v in 0x0300* | 0x0302*) ;; *) continue ;; esac
  path=$(readlink -f "$d")
  line="gpu ${d##*/}"
  rest=$path/
  while [ -n "$rest" ]; do
    f=${rest%%/*} rest=${rest#*/}
    case $f in *:*:*.[0-7]) ;; *) continue ;; esac
    line="$line $f"
    case $seen in *" $f "*) continue ;; esac
    seen="$seen$f "
    show "$f"
  done
  echo "$line"
done
