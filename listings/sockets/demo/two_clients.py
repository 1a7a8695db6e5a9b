# Two connections at once, the second of which has to wait; then what each is told.
import socket, sys

first, second = (socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) for _ in range(2))
print("connected twice", flush=True)
for client in (first, second):
    print(client.makefile().read(), end="", flush=True)
