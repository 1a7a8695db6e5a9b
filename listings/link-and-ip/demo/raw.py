"""Sends frames on an interface of Linux's, as they are: `raw.py INTERFACE`, one frame in hex a line.
`#` begins a comment.

The kernel refuses what is shorter than an Ethernet header, so that is skipped.
"""

import errno
import socket
import sys

sent = 0
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as link:
    link.bind((sys.argv[1], 0))
    for line in sys.stdin:
        try:
            frame = bytes.fromhex(line.split("#")[0])
            if frame:
                link.send(frame)
                sent += 1
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
print(sent)
