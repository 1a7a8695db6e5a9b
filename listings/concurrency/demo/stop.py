"""Starts an echo server, sends it 20,000,000 bytes, and stops it when the first have come back."""
import signal
import socket
import subprocess
import sys
import threading

server = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
port = int(server.stdout.readline().rsplit(":")[-1])
client = socket.create_connection(("127.0.0.1", port), timeout=10)
total = 20_000_000


def send():
    try:
        client.sendall(bytes(total))
        client.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the reader finds out


threading.Thread(target=send, daemon=True).start()
count = len(client.recv(1))
waiting = socket.create_connection(("127.0.0.1", port), timeout=10)
waiting.sendall(b"?")
waiting.shutdown(socket.SHUT_WR)
server.send_signal(signal.SIGTERM)
try:
    while piece := client.recv(1 << 20):
        count += len(piece)
except OSError:
    pass  # a reset
print("the first client:", "has all of its bytes" if count == total else "bytes are missing")
try:
    print("the second client:", "answered" if waiting.recv(1) == b"?" else "closed")
except OSError:
    print("the second client: reset")
try:
    socket.create_connection(("127.0.0.1", port), timeout=10)
    print("a new client: connected")
except ConnectionRefusedError:
    print("a new client: refused")
print("exit status", server.wait(timeout=20))
