"""Loads pages as a browser does, or one large body, from tests/bench/target.c's `pages`.
    pages.py pages COUNT HOST PORT     each a document, then its parts over six connections
    pages.py bulk MEBIBYTES HOST PORT
Prints the time in ns. The sizes are drawn, the same each time."""

import asyncio
import random
import sys
import time

REQUEST = 400
CONNECTIONS, PARTS = 6, 30


class Connection:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def fetch(self, size):
        self.writer.write(str(size).encode().ljust(REQUEST))
        left = size
        while left > 0:
            piece = await self.reader.read(min(left, 1 << 16))
            if not piece:
                raise OSError("cut short")
            left -= len(piece)


async def dial(host, port):
    return Connection(*await asyncio.open_connection(host, port))


async def fetch_all(connection, sizes):
    while sizes:
        await connection.fetch(sizes.pop())


async def load_page(host, port, draw):
    """A document of some tens of KiB, parts of which most are small and few are large."""
    first = await dial(host, port)
    await first.fetch(draw.randrange(20000, 90000))
    sizes = [min(int(draw.lognormvariate(9, 1.3)), 600000) + 1 for _ in range(PARTS)]
    others = await asyncio.gather(*(dial(host, port) for _ in range(CONNECTIONS - 1)))
    all_connections = [first, *others]
    await asyncio.gather(*(fetch_all(one, sizes) for one in all_connections))
    for one in all_connections:
        one.writer.close()


async def load_bulk(host, port, size):
    connection = await dial(host, port)
    await connection.fetch(size)
    connection.writer.close()


async def main(what, count, host, port):
    draw = random.Random(81)
    start = time.monotonic_ns()
    if what == "bulk":
        await load_bulk(host, int(port), int(count) << 20)
    else:
        for _ in range(int(count)):
            await load_page(host, int(port), draw)
    print(time.monotonic_ns() - start)


asyncio.run(main(*sys.argv[1:]))
