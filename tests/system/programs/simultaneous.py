"""A proxy that replies to nobody before all have asked it: connects that wait for one another
cannot pass. Threads pass with any shim that holds no lock meanwhile; programs of one thread only
where a non-blocking connect() returns at once."""

import hashlib
import threading

from lab import addresses as at
from lab.crowd import FIRST, Crowd
from lab.pending import need_asynchronous
from lab.rogue import REPLY, Rogue
from lab.suite import socks5a_only, test

from . import crowds

COUNT = 60
PATIENCE = 8  # s that a request waits for the others


class Gathering:
    """What the proxy does; it is the target too."""

    def __init__(self, count):
        self.barrier = threading.Barrier(count)

    def behave(self, stream, _):
        stream.until_selected()
        try:
            self.barrier.wait(PATIENCE)
        except threading.BrokenBarrierError:
            return
        stream.send(REPLY)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += stream.read(1)
        size = int(head.split()[1].rpartition(b"/")[2])
        stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % size)
        stream.send(hashlib.shake_128(b"known").digest(size))
        stream.end()


CURL = ("curl", "-sSf", "--no-progress-meter", "--parallel", "--parallel-immediate",
        "--parallel-max", str(COUNT))  # fmt: skip
CURL_ARGUMENTS = ("-o", "#1", f"http://{at.WEB}/[{FIRST}-{FIRST + COUNT - 1}]")


def all_ask_at_once(client, argv, arguments=None, **options):
    socks5a_only()
    crowd = Crowd(client, COUNT)
    with Rogue(client, Gathering(COUNT).behave) as rogue:
        words = [*argv, *(arguments or crowd.arguments)]
        client.run(*words, through=rogue.where, timeout=25, **options).ok()
    for size in crowd.sizes:
        crowd.body_is_known(str(size), size)


def from_one_thread(client, argv, arguments=None):
    need_asynchronous()
    all_ask_at_once(client, argv, arguments)


@test
def curl_that_speaks_socks_itself(client):
    """One thread can pass."""
    where = f"{at.PROXY4}:{at.PORT_ROGUE}"
    all_ask_at_once(client, [*CURL, "--socks5-hostname", where], CURL_ARGUMENTS, wrapper="none")


@test
def rust_threads(client):
    all_ask_at_once(client, [client.lab.compile("crowd.rs")])


@test
def java_http_client(client):
    """It has threads enough to connect from."""
    all_ask_at_once(client, crowds.java(client))


@test
def java_selector(client):
    from_one_thread(client, crowds.java(client, name="CrowdNio"))


@test
def ruby_threads(client):
    """They hold the interpreter's lock during a non-blocking connect()."""
    from_one_thread(client, crowds.ruby(client))


@test
def node_http(client):
    from_one_thread(client, crowds.node(client, "crowd_http"))


@test
def node_fetch(client):
    from_one_thread(client, crowds.node(client, "crowd_fetch"))


@test
def asyncio_streams(client):
    from_one_thread(client, crowds.STREAMS)


@test
def aiohttp_session(client):
    from_one_thread(client, crowds.aiohttp(client))


@test
def curl_parallel(client):
    from_one_thread(client, CURL, CURL_ARGUMENTS)
