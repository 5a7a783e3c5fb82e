"""Fetches many times at once with asyncio, by itself or with SOCKS5 of its own.
    gets.py COUNT HOST PORT [PROXY-HOST PROXY-PORT [early]]
Prints the time in ns from the first connect to the end of the last response."""

import asyncio
import ipaddress
import sys
import time

GREETING = b"\x05\x01\x00"


async def open_through(proxy, host, port, early):
    reader, writer = await asyncio.open_connection(*proxy)
    address = ipaddress.IPv4Address(host).packed
    request = b"\x05\x01\x00\x01" + address + port.to_bytes(2, "big")
    writer.write(GREETING + request if early else GREETING)
    if await reader.readexactly(2) != b"\x05\x00":
        raise OSError("the proxy wants a log-in")
    if not early:
        writer.write(request)
    reply = await reader.readexactly(10)  # of a proxy that gives an IPv4 address
    if reply[:4] != b"\x05\x00\x00\x01":
        raise OSError(f"the proxy refuses: {reply.hex()}")
    return reader, writer


async def get(host, port, proxy, early):
    if proxy:
        reader, writer = await open_through(proxy, host, port, early)
    else:
        reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    response = await reader.read()
    writer.close()
    if not (response.startswith(b"HTTP/1.1 200 ") and response.endswith(b"\r\n\r\nhello\n")):
        raise OSError(f"not what was asked for: {response!r}")


async def main(count, host, port, *words):
    proxy = (words[0], int(words[1])) if words else None
    start = time.monotonic_ns()
    gets = (get(host, int(port), proxy, "early" in words) for _ in range(int(count)))
    await asyncio.gather(*gets)
    print(time.monotonic_ns() - start)


asyncio.run(main(*sys.argv[1:]))
