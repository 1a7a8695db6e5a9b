"""echo.py HOST PORT LENGTH: sends one datagram and looks at what comes back."""

import socket
import sys

host, port, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
data = bytes(i * 7 % 251 for i in range(length))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.settimeout(10)
    s.connect((host, port))
    s.send(data)
    back = s.recv(65535)
print(len(back), "bytes, the same" if back == data else "bytes, and not the same")
