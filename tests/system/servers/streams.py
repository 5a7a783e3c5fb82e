"""Plain TCP services of the target: streams.py KIND:PORT…

echo sends back what comes · sum answers SHA-256 and length at end of file."""

import hashlib
import socket
import socketserver
import sys
import threading


class Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Sum(socketserver.BaseRequestHandler):
    def handle(self):
        digest, length = hashlib.sha256(), 0
        while data := self.request.recv(65536):
            digest.update(data)
            length += len(data)
        self.request.sendall(f"{digest.hexdigest()} {length}\n".encode())


KINDS = {"echo": Echo, "sum": Sum}
for kind, port in (word.split(":") for word in sys.argv[1:]):
    server = Server(("::", int(port)), KINDS[kind])
    threading.Thread(target=server.serve_forever).start()
