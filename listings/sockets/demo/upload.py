"""upload.py PORT [anyway]: sends ten megabytes, and prints the answer.

With `anyway`, it looks for an answer even if it could not send everything.
"""

import http.client
import sys

connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
try:
    connection.request("POST", "/", body=b"x" * 10_000_000)
except OSError as error:
    print(type(error).__name__)
    if "anyway" not in sys.argv:
        sys.exit(1)
response = connection.getresponse()
print(response.status, response.reason)
print(response.read().decode())
