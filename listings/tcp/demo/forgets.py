"""Reads until the end, and never closes: `forgets.py ADDRESS PORT`."""

import signal
import socket
import sys

signal.signal(signal.SIGINT, lambda *_: sys.exit())
peer = (sys.argv[1], int(sys.argv[2]))
connection = socket.create_connection(peer, source_address=("192.0.2.1", 50000))
while data := connection.recv(4096):
    print("read", data)
print("the end", flush=True)
signal.pause()
