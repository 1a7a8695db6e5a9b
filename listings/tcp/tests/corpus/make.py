#!/usr/bin/env python3
"""Captures the segments of this folder anew, as root: unshare --net --mount python3 make.py FOLDER

Two hosts, both of them Linux, each behind a TAP device; this program carries the frames between them,
loses those that it is told to lose, and keeps all. A TAP device computes no checksums, so the kernel
has to, and they are right. Ports, numbers and times differ from run to run.
"""

import fcntl, os, pathlib, select, socket, struct, subprocess, sys, threading, time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
SERVER, SERVER6, PORT = "192.0.2.2", "2001:db8::2", 7000


def run(*words):
    subprocess.run(words, check=True)


def tap(name, namespace, mac, addresses):
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    run("ip", "netns", "add", namespace)
    run("ip", "link", "set", name, "address", mac)
    run("ip", "link", "set", name, "netns", namespace)
    run("ip", "-n", namespace, "link", "set", "lo", "up")
    run("ip", "-n", namespace, "link", "set", name, "up")
    for address in addresses:
        run("ip", "-n", namespace, "addr", "add", address, "dev", name, *["nodad"] * (":" in address))
    return device


class Wire(threading.Thread):
    """Carries frames; `lose` says of each segment whether it is lost."""

    def __init__(self, ends):
        super().__init__(daemon=True)
        self.ends, self.kept, self.lose = ends, [], lambda segment: False

    def run(self):
        while True:
            for end in select.select(self.ends, [], [])[0]:
                frame = os.read(end, 65536)
                segment = tcp(frame)
                if segment:
                    self.kept.append(frame)
                if not (segment and self.lose(segment)):
                    os.write(self.ends[end == self.ends[0]], frame)


def tcp(frame):
    """From whom, the sequence number, flags, options and data of a segment, or None."""
    if frame[12:14] == b"\x08\x00" and frame[23] == 6:
        at, end = 14 + (frame[14] & 15) * 4, 14 + struct.unpack("!H", frame[16:18])[0]
    elif frame[12:14] == b"\x86\xdd" and frame[20] == 6:
        at, end = 54, 54 + struct.unpack("!H", frame[18:20])[0]
    else:
        return None
    source, _, seq, ack, offset, flags, window = struct.unpack("!HHIIBBH", frame[at : at + 16])
    data = at + (offset >> 4) * 4
    return {
        "server": source in (PORT, PORT + 1),
        "seq": seq,
        "ack": ack,
        "flags": "".join(name for bit, name in enumerate("FSRPAUEC") if flags >> bit & 1),
        "window": window,
        "options": frame[at + 20 : data],
        "data": frame[data:end],
    }


def inside(namespace, function):
    """Calls `function` on a thread that is in a namespace: `ip netns exec` does not share sockets."""

    def body():
        import ctypes

        with open(f"/run/netns/{namespace}") as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), 0x40000000):
                raise OSError(ctypes.get_errno(), "setns")
        try:
            box.append(function())
        except OSError as error:
            failed.append(error)

    box, failed = [], []
    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return box[0]


def listener(address=SERVER, port=PORT, buffer=None):
    def make():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        made = socket.socket(family)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        made.bind((address, port))
        made.listen()
        return made

    return inside("b", make)


def client(address=SERVER, port=PORT):
    return inside("a", lambda: socket.create_connection((address, port), timeout=5))


def sysctl(name, value):
    for namespace in "ab":
        run("ip", "netns", "exec", namespace, "sysctl", "-qw", f"net.ipv4.{name}={value}")


def main():
    folder = pathlib.Path(sys.argv[1])
    run("mount", "-t", "tmpfs", "none", "/run")
    os.makedirs("/run/netns")
    ends = [
        tap("ta", "a", "02:00:00:00:00:0a", ["192.0.2.1/24", "2001:db8::1/64"]),
        tap("tb", "b", "02:00:00:00:00:0b", [SERVER + "/24", SERVER6 + "/64"]),
    ]
    wire = Wire(ends)
    wire.start()

    def take(name, what, want):
        for frame in wire.kept:
            if want(tcp(frame)):
                break
        else:
            raise SystemExit(f"no frame for {name}")
        lines = [" ".join(f"{byte:02x}" for byte in frame[at : at + 16]) for at in range(0, len(frame), 16)]
        text = f"# {what}\n# Captured from Linux by make.py.\n" + "\n".join(lines) + "\n"
        (folder / f"{name}.hex").write_text(text)

    def flags(value, server=None, data=None):
        return lambda s: (
            s["flags"] == value
            and (server is None or s["server"] == server)
            and (data is None or bool(s["data"]) == data)
        )

    def conversation(suffix, address):
        wire.kept.clear()
        with listener(address) as server, client(address) as here:
            there, _ = server.accept()
            here.sendall(b"GET / HTTP/1.0\r\n\r\n")
            there.recv(100)
            there.sendall(b"HTTP/1.0 204 No Content\r\n\r\n")
            here.recv(100)
            here.close()
            there.recv(100)
            there.close()
            time.sleep(0.1)
        take("syn" + suffix, "A client connects.", flags("S"))
        take("syn-ack" + suffix, "The server answers.", flags("SA"))
        take("ack" + suffix, "The handshake's third segment.", flags("A", False, False))
        take("data" + suffix, "The client sends a request.", flags("PA", False, True))
        take("fin" + suffix, "The client closes.", flags("FA", False))
        take("last-ack" + suffix, "The server closes.", flags("FA", True))

    conversation("", SERVER)
    conversation("-v6", SERVER6)

    wire.kept.clear()
    try:
        client(port=PORT + 1)
    except ConnectionRefusedError:
        pass
    take("refused", "Nobody listens on that port.", flags("RA", True))

    wire.kept.clear()
    with listener() as server:
        here = client()
        there, _ = server.accept()
        here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        here.close()
        time.sleep(0.1)
        there.close()
    take("abort", "The client gives up: SO_LINGER 0, then close.", flags("RA", False))

    wire.kept.clear()
    with listener() as server, client() as here:
        there, _ = server.accept()
        here.send(b"!", socket.MSG_OOB)
        time.sleep(0.1)
        there.close()
    take("urgent", "The client sends a byte with MSG_OOB.", lambda s: "U" in s["flags"])

    def losing(name, what, blocks):
        """The client sends eight segments; every second one of the first transmissions is lost."""
        wire.kept.clear()
        seen, count = set(), [0]

        def lose(s):
            if s["server"] or not s["data"] or s["seq"] in seen:
                return False
            seen.add(s["seq"])
            count[0] += 1
            return count[0] in lost

        lost = {2, 4, 6, 8}
        with listener() as server, client() as here:
            there, _ = server.accept()
            here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wire.lose = lose
            for _ in range(9):
                here.sendall(b"x" * 10)
            got = 0
            while got < 90:
                got += len(there.recv(100))
            wire.lose = lambda s: False
            there.close()
            time.sleep(0.1)

        def want(s):
            return s["server"] and sack(s["options"]) == blocks

        take(name, what, want)

    losing("sack", "A segment is missing.", 1)
    losing("sack-3", "Three segments are missing or more; beside timestamps, three blocks fit.", 3)

    wire.kept.clear()
    with listener(buffer=4096) as server, client() as here:
        there, _ = server.accept()
        here.settimeout(0.3)
        try:
            here.sendall(bytes(100_000))
        except TimeoutError:
            pass
        deadline = time.time() + 10
        zero = lambda s: s["server"] and s["window"] == 0 and s["flags"] == "A"
        while time.time() < deadline and sum(zero(tcp(frame)) for frame in wire.kept) < 2:
            time.sleep(0.1)
        take("zero-window", "The server does not read.", zero)
        full = max(i for i, frame in enumerate(wire.kept) if zero(tcp(frame)))
        probe = tcp(wire.kept[full - 1])
        take("window-probe", "The client asks whether there is room again.", lambda s: s == probe)
        there.close()

    wire.kept.clear()
    sysctl("tcp_ecn", 1)
    with listener() as server, client() as here:
        take("syn-ecn", "The client knows ECN (RFC 3168 §6.1.1).", lambda s: s["flags"] == "SEC")
    sysctl("tcp_ecn", 0)

    sysctl("tcp_timestamps", 0)
    wire.kept.clear()
    with listener() as server, client() as here:
        take("syn-no-timestamps", "net.ipv4.tcp_timestamps=0.", flags("S"))
    losing("sack-4", "Without timestamps, four blocks fit.", 4)
    sysctl("tcp_sack", 0)
    wire.kept.clear()
    with listener() as server, client() as here:
        take("syn-no-sack", "net.ipv4.tcp_sack=0 too.", flags("S"))
    sysctl("tcp_window_scaling", 0)
    wire.kept.clear()
    with listener() as server, client() as here:
        take("syn-mss-only", "net.ipv4.tcp_window_scaling=0 too.", flags("S"))


def sack(options):
    """How many blocks a SACK option has."""
    at = 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        if options[at] == 5:
            return (options[at + 1] - 2) // 8
        at += options[at + 1]
    return 0


if __name__ == "__main__":
    main()
