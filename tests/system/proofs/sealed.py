"""What a sealed session shows to one who sees every byte of it: behind greeting and handshake each
position is uniform over 2,000 connections that say the same, and no length stands in clear. The same
proof fails in plain mode, whose bytes are the negative control."""

import os

from lab import addresses as at
from lab import records, uniform
from lab.recorder import Recorder
from lab.suite import test

COUNT, CONTROL = 2000, 100
GREETING, SELECTION = 3, 2
SIZE = 400
TALK = """
import asyncio, sys
host, port, count, size = sys.argv[1], *map(int, sys.argv[2:])
async def talk(turn):
    async with turn:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"the same each time, ".ljust(size, b"."))
        back = await reader.readexactly(size)
        writer.write_eof()
        assert back.startswith(b"the same") and await reader.read() == b""
        writer.close()
async def main():
    turn = asyncio.Semaphore(100)
    await asyncio.gather(*(talk(turn) for _ in range(count)))
    print("talked", count)
asyncio.run(main())
"""


def record(client, count, *lines):
    """Both directions of so many connections, from the first record of the session on."""
    client.services("streams")
    with Recorder(client, client.where()) as recorder:
        lines = ("tol = bare", *lines)
        path = client.lab.proxies.configuration(client.proxy, recorder.where, lines)
        options = {"through": "", "env": {"SOCKS5A_CONF": path}}
        words = [at.TARGET4, str(at.PORT_ECHO), str(count), str(SIZE)]
        client.python(TALK, *words, timeout=60, **options).ok().prints(f"talked {count}")
    assert len(recorder.recordings) == count, len(recorder.recordings)
    ups = [one.up[records.handshake_end(one.up, GREETING, 2) :] for one in recorder.recordings]
    downs = [one.down[records.handshake_end(one.down, SELECTION, 1) :] for one in recorder.recordings]
    return ups, downs


def check_sealed(streams):
    """Requests, replies and bytes are in it, and nothing of them can be seen."""
    assert min(map(len, streams)) > SIZE, "the session's records are missing"
    skewed = uniform.skewed(streams)
    assert not skewed, f"not uniform, chi-square by position: {dict(list(skewed.items())[:10])}"
    assert len({bytes(stream[:16]) for stream in streams}) == len(streams), "a beginning came twice"
    plain = sum(records.is_plain(stream, 0) for stream in streams)
    assert plain <= len(streams) // 100, f"{plain} streams have their lengths in clear"


@test(proxies=("tol-bare",))
def every_position_is_uniform_and_no_length_shows(client):
    for streams in record(client, COUNT):
        check_sealed(streams)


@test(proxies=("tol-plain",))
def plain_mode_fails_the_proof(client):
    for streams in record(client, CONTROL, "tol_mode = plain"):
        assert len(uniform.skewed(streams)) > SIZE // 2
        assert all(records.is_plain(stream, 0) for stream in streams)


@test
def judge_knows_random_bytes_from_others(client):
    streams = [bytearray(os.urandom(100)) for _ in range(COUNT)]
    assert not uniform.skewed(streams)
    for stream in streams:
        stream[77] |= stream[78] & 1  # of one bit, three in four are set
    assert list(uniform.skewed(streams)) == [77]
