"""A server on a plain socket that answers in every way in which HTTP/1.1 can end a message. Nothing in it
comes from an HTTP library. Usage: odd_server.py PORT

/chunked        three chunks, an extension, a trailer field
/close          no length: the end of the connection is the end of the content
/interim        100 and 103 before the response
/length         content of a known length, and the connection stays open
/sum            the size and the SHA-256 of the content that came, chunked or not
"""

import hashlib
import os
import signal
import socket
import sys
import threading

OK = b"HTTP/1.1 200 OK\r\n"


def respond(stream, path):
    """Answers one request; returns whether the connection may be used again."""
    if path == "/chunked":
        stream.sendall(OK + b"Transfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n")
        for piece in (b"one\n", b"two\n", b"three\n"):
            stream.sendall(b"%x;note=\"a;b\"\r\n%b\r\n" % (len(piece), piece))
        stream.sendall(b"0\r\nSum: 14\r\n\r\n")
    elif path == "/close":
        stream.sendall(OK + b"\r\nall until the end\n")
        return False
    elif path == "/interim":
        stream.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        stream.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
        stream.sendall(OK + b"Content-Length: 6\r\n\r\nfinal\n")
    elif path == "/length":
        stream.sendall(OK + b"Content-Length: 6\r\n\r\nhello\n")
    else:
        stream.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 8\r\n\r\nnothing\n")
    return True


def content(reader, fields):
    """The pieces of a request's content, by whichever framing it has."""
    if fields.get("transfer-encoding") == "chunked":
        while size := int(reader.readline(), 16):
            yield reader.read(size)
            assert reader.readline() == b"\r\n"
        while reader.readline() != b"\r\n":
            pass
    else:
        left = int(fields.get("content-length", "0"))
        while left and (piece := reader.read(min(left, 1 << 16))):
            left -= len(piece)
            yield piece


def serve(stream):
    with stream, stream.makefile("rb") as reader:
        while line := reader.readline():
            path = line.split()[1].decode()
            fields = {}
            while (line := reader.readline().decode().strip()) != "":
                name, value = line.split(":", 1)
                fields[name.lower()] = value.strip()
            count, digest = 0, hashlib.sha256()
            for piece in content(reader, fields):
                count += len(piece)
                digest.update(piece)
            if path == "/sum":
                text = f"{count} {digest.hexdigest()}\n".encode()
                stream.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(text) + text)
            elif not respond(stream, path):
                return


# Ctrl-C ends it at once, threads and all, without a traceback.
signal.signal(signal.SIGINT, lambda *_: os._exit(0))
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()
