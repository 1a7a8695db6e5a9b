"""A server that cannot answer before it has heard everything: it sorts the lines that it is sent.
Usage: sort.py PORT"""

import os
import signal
import socketserver
import sys


class Sort(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self):
        answer = sorted(self.rfile.readlines())
        try:
            self.wfile.writelines(answer)
        except OSError:
            pass  # the client has gone, or someone in between


# Ctrl-C ends it at once, threads and all, without a traceback.
signal.signal(signal.SIGINT, lambda *_: os._exit(0))
port = int(sys.argv[1])
socketserver.ThreadingTCPServer.allow_reuse_address = True
with socketserver.ThreadingTCPServer(("127.0.0.1", port), Sort) as server:
    print(f"sorting on 127.0.0.1:{port}", flush=True)
    server.serve_forever()
