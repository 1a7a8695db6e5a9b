"""lockstep.py PORT LINES: sends a line, waits for its answer, then sends the next."""
import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5) as server:
    for _ in range(int(sys.argv[2])):
        server.sendall(b"line\n")
        print(server.recv(100).decode(), end="")
    server.shutdown(socket.SHUT_WR)
    assert server.recv(100) == b""
