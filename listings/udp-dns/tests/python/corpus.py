"""The messages of tests/corpus, each with a line that says what it is for."""

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

ROOTS = "abcdefghijklm"


def query(name, kind, **more):
    return dns.message.make_query(name, kind, id=0x1234, **more)


def answer(name, kind, answers=(), authorities=(), additionals=(), rcode=0, flags=dns.flags.AA, **more):
    message = dns.message.make_response(query(name, kind, **more))
    message.flags |= flags
    message.set_rcode(rcode)
    for section, lines in [
        (message.answer, answers),
        (message.authority, authorities),
        (message.additional, additionals),
    ]:
        for line in lines:
            owner, ttl, kind, data = line.split(None, 3)
            section.append(dns.rrset.from_text(owner, int(ttl), "IN", kind, *data.split(" & ")))
    return message


SOA = "example. 3600 SOA ns.example. admin.example. 2026010100 7200 3600 1209600 300"


def messages():
    w = "www.example."
    a4 = f"{w} 300 A 192.0.2.1"
    made = {
        "query-a": ("the question for an address", query(w, "A")),
        "query-edns": ("with an OPT record", query(w, "A", use_edns=0, payload=1232)),
        "query-do": ("with DO", query(w, "A", want_dnssec=True)),
        "query-cookie": ("with a client's cookie", query(w, "A", use_edns=0, options=[dns.edns.GenericOption(10, bytes(range(8)))])),
        "query-0x20": ("with mixed case", query("wWw.ExAmPLe.", "A")),
        "query-root": ("for the root's servers", query(".", "NS")),
        "query-any": ("ANY", query(w, "ANY")),
        "query-unknown": ("a type without a name", query(w, "TYPE65280")),
        "query-ptr4": ("reverse, IPv4", query("1.2.0.192.in-addr.arpa.", "PTR")),
        "query-chaos": ("a class of another world", query("version.bind.", "TXT", rdclass="CH")),
        "a": ("one address", answer(w, "A", [a4])),
        "a-many": ("a set of four", answer(w, "A", [f"{w} 300 A 192.0.2.1 & 192.0.2.2 & 192.0.2.3 & 192.0.2.4"])),
        "a-0x20": ("case comes back", answer("wWw.ExAmPLe.", "A", ["wWw.ExAmPLe. 300 A 192.0.2.1"])),
        "a-ttl-0": ("not to be kept", answer(w, "A", [f"{w} 0 A 192.0.2.1"])),
        "a-ttl-max": ("68 years", answer(w, "A", [f"{w} 2147483647 A 192.0.2.1"])),
        "aaaa": ("one address", answer(w, "AAAA", [f"{w} 300 AAAA 2001:db8::1"])),
        "ns": ("with addresses", answer("example.", "NS", ["example. 300 NS ns1.example. & ns2.example."], [], ["ns1.example. 300 A 192.0.2.53", "ns2.example. 300 AAAA 2001:db8::53"])),
        "cname-chain": ("two aliases", answer("a.example.", "A", ["a.example. 60 CNAME b.example.", "b.example. 60 CNAME www.example.", a4])),
        "mx": ("two exchanges", answer("example.", "MX", ["example. 300 MX 10 mail.example. & 20 mail.example.net."])),
        "mx-null": ("no mail (RFC 7505)", answer("example.", "MX", ["example. 300 MX 0 ."])),
        "txt": ("one string", answer("example.", "TXT", ['example. 300 TXT "v=spf1 -all"'])),
        "txt-many": ("three strings, one empty, one with odd bytes", answer("example.", "TXT", ['example. 300 TXT "one" "" "\\"\\\\\\000\\255"'])),
        "txt-255": ("the longest string", answer("example.", "TXT", [f'example. 300 TXT "{"x" * 255}"'])),
        "soa": ("the zone's", answer("example.", "SOA", [SOA])),
        "no-such-name": ("NXDOMAIN", answer("nowhere.example.", "A", [], [SOA], rcode=3)),
        "no-data": ("the name is there, the type is not", answer(w, "MX", [], [SOA])),
        "ptr": ("reverse, IPv4", answer("1.2.0.192.in-addr.arpa.", "PTR", [f"1.2.0.192.in-addr.arpa. 300 PTR {w}"])),
        "ptr6": ("reverse, IPv6: 34 labels", answer("1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa.", "PTR", ["1." + "0." * 23 + f"8.b.d.0.1.0.0.2.ip6.arpa. 300 PTR {w}"])),
        "srv": ("a service", answer("_http._tcp.example.", "SRV", [f"_http._tcp.example. 300 SRV 0 5 8080 {w}"])),
        "unknown": ("data without a format", answer("example.", "TYPE65280", ["example. 300 TYPE65280 \\# 3 010203"])),
        "unknown-empty": ("no data", answer("example.", "TYPE65280", ["example. 300 TYPE65280 \\# 0"])),
        "caa": ("a type known by name only", answer("example.", "CAA", ['example. 300 CAA 0 issue "ca.example"'])),
        "refused": ("REFUSED", answer("example.net.", "A", rcode=5, flags=0)),
        "bad-version": ("an rcode of more than four bits", answer(w, "A", use_edns=0, rcode=16, flags=0)),
        "truncated": ("TC, nothing else", answer(w, "A", flags=dns.flags.TC)),
        "wildcard": ("the asterisk is a label like any other", answer("*.example.", "A", ["*.example. 300 A 192.0.2.9"])),
        "odd-name": ("a dot inside a label", answer("a\\.b.example.", "A", ["a\\.b.example. 300 A 192.0.2.8"])),
        "long-name": ("255 bytes", answer(".".join(["x" * 63] * 3 + ["y" * 61]) + ".", "A")),
        "labels-127": ("127 labels", answer("a." * 127, "A")),
        "referral-root": ("the root's 13 servers and their addresses", answer("www.example.", "A", [], [". 518400 NS " + " & ".join(f"{x}.root-servers.net." for x in ROOTS)], [f"{x}.root-servers.net. 518400 A 192.0.2.{n}" for n, x in enumerate(ROOTS, 1)], flags=0)),
    }
    for name, (comment, message) in made.items():
        yield name, comment, message.to_wire(max_size=65535)
