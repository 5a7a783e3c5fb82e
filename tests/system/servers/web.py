"""An HTTP server of the target: web.py PORT DIRECTORY

GET /hello a line · /bytes/N N known bytes · PUT or POST /sum SHA-256 of the body · /peer address
of the caller · /slow a line after a second · /redirect to /hello by name · /git/ repositories."""

import hashlib
import http.server
import os
import socket
import subprocess
import sys
import time

REPOSITORIES = ""


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 128
    daemon_threads = True


def known_bytes(count):
    """The same bytes each time, with no period."""
    return hashlib.shake_128(b"known").digest(count)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def log_message(self, *_):
        pass

    def answer(self, body, status=200, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def do_GET(self):
        if self.path.startswith("/git/"):
            return self.git()
        if self.path.startswith("/bytes/"):
            return self.answer(known_bytes(int(self.path[7:])))
        if self.path == "/redirect":
            return self.answer(b"", 302, Location="http://six.lab.test/hello")
        if self.path == "/slow":
            time.sleep(1)
        if self.path == "/peer":
            return self.answer(self.client_address[0].removeprefix("::ffff:").encode())
        known = self.path in ("/hello", "/slow")
        if known:
            return self.answer(b"hello from the target\n")
        self.answer(b"no such page\n", 404)

    do_HEAD = do_GET

    def do_POST(self):
        if self.path.startswith("/git/"):
            return self.git()
        self.answer(hashlib.sha256(self.body()).hexdigest().encode() + b"\n")

    do_PUT = do_POST

    def git(self):
        """git's own CGI program serves its smart protocol."""
        path, _, query = self.path[4:].partition("?")
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": REPOSITORIES,
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        body = self.body()
        environment["CONTENT_LENGTH"] = str(len(body))
        done = subprocess.run(["git", "http-backend"], env=environment, input=body, stdout=-1)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(fields.pop("Status", "200").split()[0])
        self.answer(content, status, **fields)


if __name__ == "__main__":
    REPOSITORIES = sys.argv[2]
    Server(("::", int(sys.argv[1])), Handler).serve_forever()
