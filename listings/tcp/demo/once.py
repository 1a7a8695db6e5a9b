"""A server for one client, which closes first: `once.py PORT [reuse]`."""

import socket
import sys

server = socket.socket()
if "reuse" in sys.argv:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    server.bind(("127.0.0.1", int(sys.argv[1])))
except OSError as error:
    sys.exit(error.strerror)
server.listen()
print("listening", flush=True)
connection, _ = server.accept()
connection.sendall(b"bye\n")
connection.close()
