"""mute.py PORT: takes datagrams and never answers."""

import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind(("127.0.0.1", int(sys.argv[1])))
    print("mute", flush=True)
    try:
        while True:
            s.recv(65535)
    except KeyboardInterrupt:
        pass
