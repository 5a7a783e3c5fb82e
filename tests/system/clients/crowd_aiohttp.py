"""A program of the crowd (lab/crowd.py): aiohttp, one session."""

import asyncio
import sys

import aiohttp

host, port, count, first = sys.argv[1], *map(int, sys.argv[2:])


async def save(session, size):
    async with session.get(f"http://{host}:{port}/together/{count}/{size}") as response:
        response.raise_for_status()
        with open(str(size), "wb") as file:
            file.write(await response.read())


async def main():
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(save(session, size) for size in range(first, first + count)))


asyncio.run(main())
