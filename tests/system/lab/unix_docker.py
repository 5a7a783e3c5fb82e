"""What a Docker daemon answers its clients, at a Unix socket, in a thread of the tests: a version, a log
that comes in chunks, and an attached container, whose connection is taken over by both sides."""

import http.server
import json
import re

CHUNK, CHUNKS = b"0123456789abcdef" * 4096, 512  # 32 MiB of log
CONTAINER = {"Id": "lab", "Config": {"Tty": True}}
VERSION = {"Version": "lab", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "unix"

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if "/logs" in self.path:
            return self.stream()
        self.answer(VERSION if self.path.endswith("/version") else CONTAINER)

    def stream(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        asked = re.search(r"tail=(\d+)", self.path)
        for _ in range(int(asked[1]) if asked else CHUNKS):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK))
        self.wfile.write(b"0\r\n\r\n")

    def do_POST(self):
        """Attach: what comes goes back in upper case until its end, then a last word."""
        assert self.headers["Upgrade"] == "tcp" and "/attach" in self.path
        self.send_response(101, "UPGRADED")
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "tcp")
        self.end_headers()
        while data := self.rfile.read1(65536):
            self.wfile.write(data.upper())
        self.wfile.write(b"ended")
        self.close_connection = True
