"""Reads until the end, and never closes: `forgets.py ADDRESS PORT`."""

import socket
import sys
import time

connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
while data := connection.recv(4096):
    print("read", data)
print("the end", flush=True)
time.sleep(60)
