"""A web server for the demo: Python's own, without its version in the answers, so that they have the
same length on every machine. Usage: serve.py PORT"""

import os
import signal
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(SimpleHTTPRequestHandler):
    server_version = "demo"
    sys_version = ""

    def version_string(self):
        return self.server_version

    def log_message(self, *_):
        pass


# Ctrl-C ends it at once, threads and all, without a traceback.
signal.signal(signal.SIGINT, lambda *_: os._exit(0))
port = int(sys.argv[1])
handler = partial(Handler, directory=Path(__file__).parent)
with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
    print(f"serving on 127.0.0.1:{port}", flush=True)
    server.serve_forever()
