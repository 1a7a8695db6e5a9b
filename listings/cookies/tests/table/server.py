"""A server for the cookie table: plain HTTP and HTTPS on one port, under every name.

Stateless as far as cookies go. What it should do stands in the query of a request:

    set=FIELD    answer with this Set-Cookie field; may be repeated
    id=TEXT      remember the Cookie field of this request under TEXT
    status=CODE  answer with this status; `redirect=URL` answers with 302
    link=URL     answer with a page that goes there by a link; `post`, `image`, `frame` and `fetch`
                 likewise
    write=FIELD  with a page whose script sets this cookie
    read=TEXT    with a page whose script reads all cookies, to be remembered under TEXT

`/log?of=TEXT` answers with what was remembered as JSON: null if there is nothing yet, else
{"cookie": the field or null, "scheme": "http" or "https"}.
"""

import html
import json
import socket
import ssl
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGES = {
    "link": '<a id="go" href="{}"></a><script>go.click()</script>',
    "post": '<form id="go" method="post" action="{}"></form><script>go.submit()</script>',
    "image": '<img src="{}">',
    "frame": '<iframe src="{}"></iframe>',
    "fetch": '<i id="to" title="{}"></i><script>'
             'fetch(to.title, {{mode: "no-cors", credentials: "include"}})</script>',
    "write": '<i id="field" title="{}"></i><script>document.cookie = field.title</script>',
    "read": '<i id="under" title="{}"></i><script>'
            'fetch("/note?id=" + under.title, {{method: "POST", body: document.cookie}})</script>',
}
log = {}
lock = threading.Lock()


def certificate():
    """A certificate for nobody in particular: the peers are told not to look at it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        key, cert = f"{folder}/key.pem", f"{folder}/cert.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-subj", "/CN=table", "-days", "2", "-keyout", key, "-out", cert],
            check=True, capture_output=True)  # fmt: skip
        context.load_cert_chain(cert, key)
    return context


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    tls = certificate()

    def finish_request(self, request, address):
        # The first byte of a TLS record that begins a handshake is 22; no method begins so.
        request.settimeout(20)
        first = request.recv(1, socket.MSG_PEEK)
        scheme = "https" if first == b"\x16" else "http"
        if scheme == "https":
            request = self.tls.wrap_socket(request, server_side=True)
        handler = type("Handler", (Handler,), {"scheme": scheme})
        handler(request, address, self)

    def handle_error(self, request, address):
        # Browsers open connections that they never use.
        pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        content = self.rfile.read(length).decode()
        url = urlsplit(self.path)
        query = parse_qs(url.query, keep_blank_values=True, encoding="latin-1")
        cookies = self.headers.get_all("Cookie", [])
        if len(cookies) > 1:
            raise ValueError("more than one Cookie field (RFC 10025 §5.8.1: one cookie-string)")
        seen = {"cookie": cookies[0] if cookies else None, "scheme": self.scheme}
        if url.path == "/note":
            seen["cookie"] = content or None
        answer = "<!doctype html><title>table</title>"
        for key, page in PAGES.items():
            for value in query.get(key, []):
                answer += page.format(html.escape(value.encode("latin-1").decode()))
        with lock:
            if url.path == "/log":
                answer = json.dumps(log.get(query["of"][0]))
            for id in query.get("id", []):
                log[id] = seen
        body = answer.encode()
        status = query.get("status", ["302" if "redirect" in query else "200"])[0]
        head = f"HTTP/1.1 {status} Status\r\nContent-Type: text/html; charset=utf-8\r\n".encode()
        for url in query.get("redirect", []):
            head += b"Location: " + url.encode("latin-1") + b"\r\n"
        for field in query.get("set", []):
            head += b"Set-Cookie: " + field.encode("latin-1") + b"\r\n"
        head += b"Cache-Control: no-store\r\nConnection: close\r\n"
        self.wfile.write(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self.close_connection = True

    do_POST = do_GET

    def log_message(self, *_):
        pass


server = Server(("127.0.0.1", 0), Handler)
print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
