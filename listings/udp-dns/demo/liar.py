"""A name server that lies before it tells the truth: `liar.py PORT [ADDRESS]`.

Each question gets three answers: one with another ID, one about another name, and the right one.
"""

import socket
import sys

RECORD = bytes.fromhex("c00c 0001 0001 0000012c 0004")  # the question's name, A, IN, 300 s, 4 bytes
FORGED, TRUE = bytes([192, 0, 2, 66]), bytes([192, 0, 2, 80])


def lie(server):
    query, client = server.recvfrom(512)
    flags = bytes.fromhex("8400 0001 0001 0000 0000")
    question = query[12 : query.index(0, 12) + 5]
    other_id = bytes([query[0], query[1] ^ 1])
    other_question = question[:1] + bytes([question[1] ^ 1]) + question[2:]
    server.sendto(other_id + flags + question + RECORD + FORGED, client)
    server.sendto(query[:2] + flags + other_question + RECORD + FORGED, client)
    server.sendto(query[:2] + flags + question + RECORD + TRUE, client)


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind((sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1", int(sys.argv[1])))
    print("lying on port", sys.argv[1], flush=True)
    try:
        while True:
            lie(server)
    except KeyboardInterrupt:
        pass
