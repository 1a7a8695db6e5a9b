# Takes an open file from the Unix socket that it is given, and reads a line of it.
import os, socket, sys

with socket.socket(socket.AF_UNIX) as giver:
    giver.settimeout(10)
    giver.connect(sys.argv[1])
    _, [file], _, _ = socket.recv_fds(giver, 1, 1)
    line = b""
    while (byte := os.read(file, 1)) not in (b"", b"\n"):
        line += byte
    print(f"descriptor {file}: {line.decode()}")
