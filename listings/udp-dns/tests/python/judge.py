"""dnspython's side of tests/python.rs.

`judge.py write SEED COUNT` makes messages: a line each of the bytes in hex and the records as text,
separated by a tab. `judge.py read` takes hex lines from standard input: dnspython's text of each, and
what dnspython writes for it. `judge.py corpus FOLDER` writes tests/corpus anew.
"""

import random
import sys
from pathlib import Path

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset

sys.path.insert(0, str(Path(__file__).parent))


def records(message):
    """Every record as `SECTION NAME TTL CLASS TYPE DATA`, in order; a set's records side by side."""
    lines = []
    for number, section in enumerate([message.answer, message.authority, message.additional]):
        for rrset in section:
            for line in rrset.to_text().splitlines():
                # Behind the `\\# 0` of empty data dnspython prints a blank.
                lines.append(f"{number} {line}".rstrip(" "))
    return lines


def text(message):
    flags = dns.flags.to_text(message.flags)
    head = f"{message.id} {flags} {dns.rcode.to_text(message.rcode())}"
    question = [f"{q.name} {dns.rdatatype.to_text(q.rdtype)}" for q in message.question]
    edns = [f"edns {message.edns} {message.payload}"] if message.edns >= 0 else []
    return "|".join([head, *question, *edns, *records(message)])


def random_name(rng):
    pool = ["example.", "www.example.", "a.b.c.example.", "mail.example.", "EXAMPLE.", "org.", "."]
    if rng.random() < 0.85:
        return dns.name.from_text(rng.choice(pool))
    size = rng.choice([1, 3, 10, 63])
    label = bytes(rng.randrange(256) for _ in range(size))
    return dns.name.Name([label, b"example", b""])


def random_data(rng):
    kind = rng.choice(["A", "AAAA", "NS", "CNAME", "PTR", "MX", "TXT", "SOA", "SRV", "TYPE65280"])
    name = lambda: random_name(rng).to_text()
    number = lambda bits: rng.getrandbits(bits)
    if kind == "A":
        value = ".".join(str(number(8)) for _ in range(4))
    elif kind == "AAAA":
        value = ":".join(format(rng.choice([0, 0, 1, number(16)]), "x") for _ in range(8))
    elif kind == "MX":
        value = f"{number(16)} {name()}"
    elif kind == "TXT":
        strings = [bytes(number(8) for _ in range(rng.choice([0, 3, 255]))) for _ in range(rng.choice([1, 2]))]
        value = " ".join('"' + "".join(f"\\{byte:03}" for byte in one) + '"' for one in strings)
    elif kind == "SOA":
        value = f"{name()} {name()} " + " ".join(str(number(31)) for _ in range(5))
    elif kind == "SRV":
        value = f"{number(16)} {number(16)} {number(16)} {name()}"
    elif kind == "TYPE65280":
        data = bytes(number(8) for _ in range(rng.choice([0, 3, 40])))
        value = f"\\# {len(data)} {data.hex()}"
    else:
        value = name()
    return kind, value


def random_message(rng):
    message = dns.message.make_query(random_name(rng), rng.choice(["A", "MX", "TYPE65280"]), id=rng.getrandbits(16))
    message.flags = rng.getrandbits(16) & 0x87B0
    if rng.random() < 0.5:
        options = [dns.edns.GenericOption(10, bytes(8))] if rng.random() < 0.5 else []
        message.use_edns(0, ednsflags=rng.choice([0, dns.flags.DO]), payload=1232, options=options)
    message.set_rcode(rng.choice([0, 0, 2, 3, 5]))
    for section in (message.answer, message.authority, message.additional):
        for _ in range(rng.choice([0, 1, 3])):
            name = random_name(rng)
            if any(rrset.name == name for rrset in section):
                continue
            kind, value = random_data(rng)
            section.append(dns.rrset.from_text(name, rng.getrandbits(31), "IN", kind, value))
    return message


def main():
    command, *arguments = sys.argv[1:]
    if command == "write":
        rng = random.Random(int(arguments[0]))
        for _ in range(int(arguments[1])):
            message = random_message(rng)
            wire = message.to_wire(max_size=65535)
            again = dns.message.from_wire(wire, one_rr_per_rrset=True)
            print(wire.hex(), text(again), sep="\t")
    elif command == "read":
        for line in sys.stdin:
            message = dns.message.from_wire(bytes.fromhex(line), one_rr_per_rrset=True)
            print(text(message), message.to_wire(max_size=65535).hex(), sep="\t")
    elif command == "corpus":
        import corpus

        for name, comment, wire in corpus.messages():
            lines = [wire[at : at + 16].hex(" ") for at in range(0, len(wire), 16)]
            path = Path(arguments[0]) / f"{name}.hex"
            path.write_text("\n".join([f"# {comment}", *lines]) + "\n")


main()
