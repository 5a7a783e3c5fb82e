"""A hundred requests at once from one program, each answered when all have come.

A program of the crowd is called with HOST PORT COUNT FIRST. It asks HOST:PORT for
/together/COUNT/SIZE for each of the COUNT sizes from FIRST on, all at once, and writes each body to
the file SIZE in its folder."""

import hashlib

from . import addresses as at

COUNT = 100
FIRST = 20000


class Crowd:
    """What is expected of one program that is about to start."""

    def __init__(self, client, count=COUNT, host=at.WEB):
        self.client, self.count, self.host = client, count, host
        self.requests = client.requests("crowd")
        self.sessions = client.sessions()

    @property
    def arguments(self):
        return [self.host, str(at.PORT_CROWD), str(self.count), str(FIRST)]

    @property
    def sizes(self):
        return range(FIRST, FIRST + self.count)

    def served(self):
        """Every body is what was sent; the target saw each request once, the proxy each connection."""
        for size in self.sizes:
            self.body_is_known(str(size), size)
        self.requests.expect(f" GET /together/{self.count}/", self.count, self.count)
        self.sessions.relayed(self.host, at.PORT_CROWD, self.count)

    def body_is_known(self, name, size):
        with open(self.client.path(name), "rb") as file:
            body = file.read()
        assert body == hashlib.shake_128(b"known").digest(size), f"{name}: not what was sent"
