"""Writes 100 bytes five times, each in a segment of its own: `five_writes.py ADDRESS PORT`."""

import contextlib
import socket
import sys

connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for letter in b"abcde":
    connection.sendall(bytes([letter]) * 100)
with contextlib.suppress(ConnectionResetError):
    connection.recv(1)
