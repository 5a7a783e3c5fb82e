"""An HTTP server of the target for many requests at once: crowd.py PORT JOURNAL

GET /together/N/SIZE the first SIZE known bytes, held back until N such requests wait
/bytes/SIZE the same without waiting, or a range of them
/page a page with thirty parts on three hosts, /item/K.KIND one of its parts.

A line "PEER METHOD PATH RANGE" for each request stands in JOURNAL before the answer leaves."""

import asyncio
import functools
import re
import sys

sys.dont_write_bytecode = True

from web import known_bytes  # noqa: E402

PATIENCE = 10  # s that a request waits for its company
HOSTS = ("web.lab.test", "four.lab.test", "six.lab.test")
MEDIA = {
    "css": ("text/css", "p { color: green }"),
    "js": ("text/javascript", "scripts++;"),
    "svg": ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
}
TAGS = (
    '<link rel="stylesheet" href="{}.css">',
    '<img src="{}.svg">',
    '<script src="{}.js"></script>',
)
HEAD = """<!DOCTYPE html><title>The page</title><body><p>Thirty parts.</p>
<script>scripts = 0</script>"""
TALLY = """<script>onload = () => document.body.append(
    `images ${[...document.images].filter(i => i.naturalWidth == 9).length},`,
    ` sheets ${document.styleSheets.length}, scripts ${scripts}.`)</script>"""


@functools.lru_cache(maxsize=4)
def content(size):
    return known_bytes(size)


def page(port):
    parts = [TAGS[k % 3].format(f"http://{HOSTS[k // 3 % 3]}:{port}/item/{k}") for k in range(30)]
    return "\n".join([HEAD, *parts, TALLY]).encode()


class Company:
    """Requests that wait for one another."""

    def __init__(self):
        self.waiting = {}

    async def gather(self, count):
        """Until `count` are there; whether they came."""
        here = asyncio.get_running_loop().create_future()
        waiting = self.waiting.setdefault(count, [])
        waiting.append(here)
        if len(waiting) == count:
            for future in self.waiting.pop(count):
                future.set_result(True)
        try:
            return await asyncio.wait_for(here, PATIENCE)
        except asyncio.TimeoutError:
            waiting.remove(here)
            return False


def answer(status, body, kind="application/octet-stream", fields="", with_body=True):
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{fields}\r\n".encode() + (body if with_body else b"")


class Site:
    def __init__(self, port, journal):
        self.page, self.journal, self.company = page(port), journal, Company()

    async def get(self, path, wanted):
        """Status, body, media type, further fields."""
        _, place, *words = path.split("/")
        if place == "page":
            return "200 OK", self.page, "text/html", ""
        if place == "item":
            kind, text = MEDIA[words[0].rpartition(".")[2]]
            return "200 OK", text.encode(), kind, ""
        if place == "together" and not await self.company.gather(int(words[0])):
            return "503 Too few came", b"", "text/plain", ""
        if place not in ("together", "bytes"):
            return "404 Not found", b"no such page\n", "text/plain", ""
        body = content(int(words[-1]))
        fields = "Accept-Ranges: bytes\r\n"
        if not wanted:
            return "200 OK", body, "application/octet-stream", fields
        first = int(wanted[1])
        last = min(int(wanted[2] or len(body) - 1), len(body) - 1)
        fields += f"Content-Range: bytes {first}-{last}/{len(body)}\r\n"
        return "206 Part", body[first : last + 1], "application/octet-stream", fields

    async def talk(self, reader, writer):
        peer = writer.get_extra_info("peername")[0]
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, version = head.split("\r\n", 1)[0].split(" ")
            wanted = re.search(r"(?im)^range: *bytes=(\d+)-(\d*)", head)
            self.journal.write(f"{peer} {method} {path} {wanted[1] if wanted else '-'}\n")
            status, body, kind, fields = await self.get(path, wanted)
            asked = re.search(r"(?im)^connection: *([a-z-]+)", head)
            keep = (asked[1].lower() if asked else version[5:]) in ("keep-alive", "1.1")
            fields += f"Connection: {'keep-alive' if keep else 'close'}\r\n"
            writer.write(answer(status, body, kind, fields, method != "HEAD"))
            await writer.drain()
            if not keep:
                return

    async def serve(self, reader, writer):
        try:
            await self.talk(reader, writer)
        except (asyncio.IncompleteReadError, OSError):
            pass  # the client has gone
        finally:
            writer.close()


async def main(port, journal):
    with open(journal, "a", buffering=1) as file:
        site = Site(port, file)
        server = await asyncio.start_server(site.serve, ["0.0.0.0", "::"], port, backlog=512)
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
