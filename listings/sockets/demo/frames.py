"""frames.py PORT: three messages with their lengths, cut where no message ends."""

import socket
import struct
import sys


def frame(message):
    return struct.pack(">I", len(message)) + message


with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5) as peer:
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream = frame(b"hello") + frame(b"") + frame(b"x" * 40)
    for start in range(0, len(stream), 7):
        peer.sendall(stream[start : start + 7])
