"""Asks for two resources over one connection, with Python's own HTTP client, and prints what it takes for
the answers. Usage: off_by_one.py HOST:PORT FIRST SECOND"""

import http.client
import sys

address, *paths = sys.argv[1:]
connection = http.client.HTTPConnection(address, timeout=10)
for path in paths:
    connection.request("GET", path)
    response = connection.getresponse()
    text = response.read().decode().strip()
    print(f"{path}: {response.status} {response.reason}: {text!r}")
