"""Many datagrams of an association at once: none is lost for want of room, each arrives as it was sent."""
import contextlib
import signal
import socket

import socks5ad as lab
from socks5ad import expect, expect_equal

from .scene import anonymous, check, house
from .udp import associate, associate_in_stream, session, unwrap

ROOM = 425984  # bytes, of the kernel's count; what net.core.rmem_max of 212992 allows
MANY, SIZE = 150, 1000  # take less room than that, and more than a socket has by default
# A run of one length, one that ends in a shorter one, longer ones behind it, empty ones, more than a packet holds.
LENGTHS = [SIZE] * 20 + [500] * 3 + [499] + [700] * 2 + [0, 0, 1] + [30000] * 4 + [2, 1, 2]


@contextlib.contextmanager
def target():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM // 2)
        s.bind(("127.0.0.1", 0))
        s.settimeout(lab.LIMIT)
        yield s


@contextlib.contextmanager
def stopped(server):
    """What comes meanwhile waits."""
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


def contents(lengths):
    return [bytes([number % 251]) * length for number, length in enumerate(lengths)]


def send_all(client, there, datagrams):
    for data in datagrams:
        client.send(lab.address("127.0.0.1"), there.getsockname()[1], data)


def expect_all(receive, datagrams):
    for number, data in enumerate(datagrams):
        expect(receive() == data, f"datagram {number} of {len(datagrams)} is another")


@check
def a_burst_waits_for_the_server():
    with house() as (_, server), anonymous(server) as s, associate(s) as client, target() as there:
        datagrams = contents([SIZE] * MANY)
        with stopped(server):
            send_all(client, there, datagrams)
        expect_all(lambda: there.recv(65536), datagrams)


@check
def a_burst_of_answers_waits_for_the_server():
    with house() as (_, server), anonymous(server) as s, associate(s) as client, target() as there:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM // 2)
        send_all(client, there, [b"hello"])
        _, relay = there.recvfrom(65536)
        datagrams = contents([SIZE] * MANY)
        with stopped(server):
            for data in datagrams:
                there.sendto(data, relay)
        expect_all(lambda: client.receive()[1], datagrams)


@check
def lengths_and_order_are_kept_both_ways():
    with house() as (_, server), anonymous(server) as s, associate(s) as client, target() as there:
        datagrams = contents(LENGTHS)
        with stopped(server):
            send_all(client, there, datagrams)
        relays = set()
        for data in datagrams:
            got, relay = there.recvfrom(65536)
            expect_equal(len(got), len(data), "length")
            expect(got == data, "another datagram")
            relays.add(relay)
        with stopped(server):
            for data in datagrams:
                there.sendto(data, *relays)
        expect_all(lambda: unwrap(client.socket.recv(65536))[1], datagrams)


@check
def lengths_and_order_are_kept_from_a_stream():
    with house() as (h, server), session(h, server) as s, target() as there:
        client, _ = associate_in_stream(s)
        datagrams = contents(LENGTHS[:29])
        send_all(client, there, datagrams)
        expect_all(lambda: there.recv(65536), datagrams)
