"""Python's own web server, which speaks HTTP/1.1 here and tells of each request what it took for its first
line. It does not read the content of a GET. Usage: back.py PORT"""

import os
import signal
import sys
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code="-", size="-"):
        print(f"{self.requestline}: {int(code)}", flush=True)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A connection that the front has cut is no news."""


def end(*_):
    """Ctrl-C ends it without a traceback, and tells before of the requests that have arrived already."""
    time.sleep(0.5)
    os._exit(0)


signal.signal(signal.SIGINT, end)
port = int(sys.argv[1])
handler = partial(Handler, directory=Path(__file__).parent / "site")
with Server(("127.0.0.1", port), handler) as server:
    print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
