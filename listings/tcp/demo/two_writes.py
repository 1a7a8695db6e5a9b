"""Writes twice, without waiting between: `two_writes.py ADDRESS PORT [nodelay]`."""

import contextlib
import socket
import sys

connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
if "nodelay" in sys.argv:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
connection.sendall(b"one")
connection.sendall(b"two")
with contextlib.suppress(ConnectionResetError):
    connection.recv(1)
