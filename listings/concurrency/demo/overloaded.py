"""Asks one question, and says what came back and how it ended."""
import socket
import sys
import time

with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5) as connection:
    connection.sendall(b"a question\n")
    time.sleep(0.2)  # a reader who is busy with something else
    answer = b""
    try:
        while piece := connection.recv(1000):
            answer += piece
        end = "end of stream"
    except ConnectionResetError:
        end = "reset"
    print(answer.decode().strip() or "nothing", "|", end)
