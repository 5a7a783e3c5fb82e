"""A program of the crowd (lab/crowd.py): asyncio's streams."""

import asyncio
import sys

host, port, count, first = sys.argv[1], *map(int, sys.argv[2:])


async def save(size):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET /together/{count}/{size} HTTP/1.0\r\n\r\n".encode())
    body = (await reader.read()).partition(b"\r\n\r\n")[2]
    with open(str(size), "wb") as file:
        file.write(body)
    writer.close()
    await writer.wait_closed()


async def main():
    await asyncio.gather(*(save(size) for size in range(first, first + count)))


asyncio.run(main())
