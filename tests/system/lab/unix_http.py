"""HTTP at a Unix socket, in a thread of the tests: paths are the same in all network namespaces."""

import socketserver
import threading

ANSWER = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nfrom a unix socket\n"


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while self.rfile.readline().strip():
            pass
        self.wfile.write(ANSWER)


def serve(path, handler=Handler):
    server = socketserver.ThreadingUnixStreamServer(path, handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
