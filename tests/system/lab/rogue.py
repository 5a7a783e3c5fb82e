"""A SOCKS server that misbehaves on purpose: each test says what it does with a connection."""

import socket
import struct
import threading

from . import addresses as at

PATIENCE = 10  # s
REPLY = bytes.fromhex("05000001000000000000")
SELECTION = b"\5\0"


class Rogue:
    """A context that listens on the proxy host and calls `behave(stream, number)` for each
    connection in a thread; it ends the connection afterwards. Numbers count from 0."""

    def __init__(self, client, behave):
        self.namespace = client.lab.proxy
        self.behave = behave
        self.where = f"{at.PROXY4}:{at.PORT_ROGUE}"
        self.threads = []
        self.errors = []

    def __enter__(self):
        self.listener = self.namespace.call(self.listen)
        self.threads.append(threading.Thread(target=self.accept))
        self.threads[0].start()
        return self

    def listen(self):
        return socket.create_server((at.PROXY4, at.PORT_ROGUE), backlog=128)

    def accept(self):
        number = 0
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self.serve, args=(connection, number))
            self.threads.append(thread)
            thread.start()
            number += 1

    def serve(self, connection, number):
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            try:
                self.behave(Stream(connection), number)
            except OSError:
                pass  # the client is gone: its own outcome tells
            except Exception as error:
                self.errors.append(repr(error))

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in list(self.threads):
            thread.join(PATIENCE)
        assert not self.errors, self.errors


class Stream:
    """The server's side of one conversation."""

    def __init__(self, connection):
        self.connection = connection

    def read(self, count):
        data = b""
        while len(data) < count:
            piece = self.connection.recv(count - len(data))
            if not piece:
                raise ConnectionError("the client closed")
            data += piece
        return data

    def send(self, data):
        self.connection.sendall(data)

    def greeting(self):
        """Reads a greeting; the methods on offer."""
        version, count = self.read(2)
        assert version == 5, version
        return self.read(count)

    def request(self):
        """Reads a request; address as bytes and port."""
        version, _, _, kind = self.read(4)
        assert version == 5, version
        length = {1: 4, 4: 16}.get(kind) or self.read(1)[0]
        return self.read(length), struct.unpack(">H", self.read(2))[0]

    def until_selected(self):
        self.greeting()
        self.send(SELECTION)
        return self.request()

    def until_connected(self, reply=REPLY):
        self.until_selected()
        self.send(reply)

    def farewell(self, text=b"pong"):
        """What a good target does: takes the ping, answers, ends the stream."""
        assert self.read(4) == b"ping"
        self.send(text)
        self.end()

    def end(self):
        """Ends the stream and waits for the client's end."""
        self.connection.shutdown(socket.SHUT_WR)
        while self.connection.recv(65536):
            pass

    def reset(self):
        """Cuts the connection with RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def until_closed(self):
        """Waits, silent, for the client to give up."""
        while self.connection.recv(65536):
            pass
