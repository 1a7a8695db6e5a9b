#!/usr/bin/env bash
# Captures the frames of this folder anew, as root: unshare --net --mount tests/corpus/make.sh OUT.pcap
#
# Three namespaces in a row, a - b - c; b is a router. What a sends and gets is captured. Frame numbers
# and identifiers differ from run to run; `tshark -r OUT.pcap` shows which is which. Checksums of UDP
# datagrams are left to the card, which a veth pair does not have: those frames are not kept.
set -euo pipefail
out=$1
mount -t tmpfs none /run && mkdir /run/netns
for name in a b c; do ip netns add $name && ip -n $name link set lo up; done
ip -n a link add va type veth peer name vb netns b
ip -n b link add vb2 type veth peer name vc netns c
ip -n a link set va address 02:00:00:00:00:0a
ip -n b link set vb address 02:00:00:00:00:0b
ip -n b link set vb2 address 02:00:00:00:00:1b
ip -n c link set vc address 02:00:00:00:00:0c
ip netns exec b sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -n a link set va up && ip -n b link set vb up
ip netns exec a dumpcap -q -P -i va -w "$out" &
sleep 2
ip -n a addr add 192.0.2.1/24 dev va && ip -n a addr add 2001:db8:1::1/64 dev va
ip -n b addr add 192.0.2.2/24 dev vb && ip -n b addr add 2001:db8:1::2/64 dev vb
ip -n b addr add 198.51.100.1/24 dev vb2 && ip -n b addr add 2001:db8:2::1/64 dev vb2
ip -n c addr add 198.51.100.2/24 dev vc && ip -n c addr add 2001:db8:2::2/64 dev vc
ip -n b link set vb2 up && ip -n c link set vc up
ip -n a route add default via 192.0.2.2 && ip -n a -6 route add default via 2001:db8:1::2
ip -n c route add default via 198.51.100.1 && ip -n c -6 route add default via 2001:db8:2::1
sleep 3 # duplicate address detection
in_a() { ip netns exec a "$@" || true; }
for host in 192.0.2.2 2001:db8:1::2; do in_a ping -c1 $host && in_a ping -c1 -s3000 $host; done
for host in 198.51.100.2 2001:db8:2::2; do in_a ping -c1 -t1 -W1 $host; done
in_a ping -c1 -R 192.0.2.2
for host in 203.0.113.9 2001:db8:9::9; do in_a ping -c1 -W1 $host; done
ip -n b link set vb2 mtu 1280
for host in 198.51.100.2 2001:db8:2::2; do in_a ping -c1 -M do -s1400 -W1 $host; done
for host in 192.0.2.2 2001:db8:1::2; do in_a bash -c "echo hello >/dev/udp/$host/9"; done
sleep 1
kill -INT %1 && wait
