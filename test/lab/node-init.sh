#!/bin/bash
# node-init.sh NAME FOLDER LOGS KUBE HIERARCHIES: process 1 of a node, in namespaces of its own (net, mount, uts, ipc, pid, cgroup).
# It makes a file system view that looks like a machine of its own, then starts what a node's init system would.
# FOLDER  what stays of the node while it is powered off, and its configuration
# KUBE    folder with kubelet and kube-proxy
# HIERARCHIES  cgroup hierarchies to mount: "unified", or those of version 1 such as "cpu,cpuacct memory name=systemd"
set -e
name=$1 folder=$2 logs=$3 kube=$4 hierarchies=$5
hostname "$name"
mount --make-rprivate /
# Copies of other namespaces' handles would keep those namespaces alive after they were removed.
umount -R -l /run/netns 2>/dev/null || true
mount -t proc proc /proc
mount -t sysfs sysfs /sys
if [ "$hierarchies" = unified ]; then
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
    echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
  done
else
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  for hierarchy in $hierarchies; do
    place=/sys/fs/cgroup/${hierarchy#name=}
    options=$hierarchy
    [ "$hierarchy" = "${hierarchy#name=}" ] || options=none,$hierarchy
    mkdir "$place"
    mount -t cgroup -o "$options" cgroup "$place"
    for one in ${hierarchy//,/ }; do [ "$one" = "$hierarchy" ] || ln -s "$place" "/sys/fs/cgroup/$one"; done
  done
fi
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/netns /run/shown
for place in var/lib/kubelet var/lib/cni var/log; do
  mkdir -p "$folder/fs/$place" "/$place"
  mount --bind "$folder/fs/$place" "/$place"
done
# The kubelet sets these for the whole kernel. It finds the values it wants, and the machine keeps its own.
show() { echo "$2" >"/run/shown/${1//\//_}"; mount --bind "/run/shown/${1//\//_}" "$1"; }
show /proc/sys/vm/overcommit_memory 1
show /proc/sys/vm/panic_on_oom 0
show /proc/sys/kernel/panic 10
show /proc/sys/kernel/panic_on_oops 1
# An identity of its own, and a new boot id at every power-on, as a machine has.
boot_id=$(cat /proc/sys/kernel/random/uuid)
show /proc/sys/kernel/random/boot_id "$boot_id"
[ ! -e /etc/machine-id ] || show /etc/machine-id "$(echo "lab node $name" | md5sum | cut -c1-32)"
mount --make-rshared /
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0

# Like an init system: what ends is started again after a second.
serve() {
  local part=$1 code
  shift
  while :; do
    code=0
    "$@" >>"$logs/$part.log" 2>&1 || code=$?
    echo "$part ended with code $code; it is started again" >>"$logs/$part.log"
    sleep 1
  done
}
serve containerd containerd --config "$folder/containerd.toml" &
until ctr version >/dev/null 2>&1; do sleep 0.05; done
if [ ! -e "$folder/fs/images-loaded" ]; then
  for image in "$folder"/images/*.tar; do ctr -n k8s.io images import "$image" >>"$logs/images.log" 2>&1; done
  touch "$folder/fs/images-loaded"
fi
echo "$boot_id" >"$folder/boot-id"
# A kubelet that asks before the API server has its roles would back off for seconds.
until [ -e "$folder/go" ]; do sleep 0.05; done
export PATH="$kube:$PATH"
serve kubelet "$kube/kubelet" --config="$folder/kubelet.yaml" --kubeconfig="$folder/kubelet.kubeconfig" \
  --hostname-override="$name" --node-ip="$(cat "$folder/node-ip")" --root-dir=/var/lib/kubelet --cert-dir=/var/lib/kubelet/pki &
serve kube-proxy "$kube/kube-proxy" --config="$folder/kube-proxy.yaml" &
wait
