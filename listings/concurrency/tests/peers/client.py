"""client.py STYLE HOST PORT: sends stdin, ends its side, prints what comes back.

STYLE is `sockets`, `asyncio`, or `second`: that one prints what a second client reads.
"""

import asyncio
import socket
import sys
import threading

style, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])


def read_all(connection):
    pieces = []
    while piece := connection.recv(1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


def with_sockets(data):
    with socket.create_connection((host, port), timeout=10) as connection:

        def write():
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)

        writer = threading.Thread(target=write)
        writer.start()
        answer = read_all(connection)
        writer.join()
        return answer


async def with_asyncio(data):
    reader, writer = await asyncio.open_connection(host, port)

    async def write():
        writer.write(data)
        await writer.drain()
        writer.write_eof()

    answer, _ = await asyncio.gather(reader.read(), write())
    writer.close()
    return answer


def second():
    with socket.create_connection((host, port), timeout=10) as first:
        first.sendall(b"x")
        assert first.recv(1) == b"x"
        with socket.create_connection((host, port), timeout=10) as other:
            return read_all(other)


if style == "second":
    answer = second()
else:
    data = sys.stdin.buffer.read()
    answer = with_sockets(data) if style == "sockets" else asyncio.run(with_asyncio(data))
sys.stdout.buffer.write(answer)
