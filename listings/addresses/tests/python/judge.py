"""Answers questions about addresses with Python's `ipaddress`, one per line of stdin."""

import ipaddress
import itertools
import socket
import sys

SHOWN = 4


def facts(text):
    net = ipaddress.ip_network(text)
    return f"{net[0]} {net[-1]} {net.netmask} {net.hostmask} {net.num_addresses}"


def interface(text):
    it = ipaddress.ip_interface(text)
    return f"{it.with_prefixlen} {it.network}"


def subnets(text, length):
    net = ipaddress.ip_network(text)
    first = list(itertools.islice(net.subnets(new_prefix=int(length)), SHOWN))
    return f"{join(first)} of {2 ** (first[0].prefixlen - net.prefixlen)}"


def supernet(text, length):
    return ipaddress.ip_network(text).supernet(new_prefix=int(length))


def contains(text, address):
    return ipaddress.ip_address(address) in ipaddress.ip_network(text)


def overlaps(one, other):
    return ipaddress.ip_network(one).overlaps(ipaddress.ip_network(other))


def collapse(*texts):
    return join(ipaddress.collapse_addresses(map(ipaddress.ip_network, texts)))


def cover(first, last):
    first, last = ipaddress.ip_address(first), ipaddress.ip_address(last)
    return join(ipaddress.summarize_address_range(first, last))


def exclude(whole, hole):
    whole, hole = ipaddress.ip_network(whole), ipaddress.ip_network(hole)
    return join(sorted(whole.address_exclude(hole)))


def kind(text):
    ip = ipaddress.ip_address(text)
    return f"{ip.is_unspecified} {ip.is_loopback} {ip.is_link_local} {ip.is_multicast}"


def join(networks):
    return " ".join(map(str, networks))


QUESTIONS = {
    "address": ipaddress.ip_address,
    "zone": ipaddress.IPv6Address,
    "network": ipaddress.ip_network,
    "interface": interface,
    "facts": facts,
    "subnets": subnets,
    "supernet": supernet,
    "in": contains,
    "overlaps": overlaps,
    "collapse": collapse,
    "range": cover,
    "exclude": exclude,
    "kind": kind,
    "global": lambda text: ipaddress.ip_address(text).is_global,
    # Not Python's own: it asks the C library.
    "inet_aton": lambda text: ".".join(map(str, socket.inet_aton(text))),
}

sys.stdin.reconfigure(encoding="utf-8", newline="\n")
for line in sys.stdin:
    name, *fields = line.removesuffix("\n").split("\t")
    try:
        print(str(QUESTIONS[name](*fields)).lower())
    except (ValueError, OSError):
        print("error")
