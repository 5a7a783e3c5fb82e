"""Proxies that answer no SOCKS, or SOCKS of every kind: each answer has its errno."""

import random

from lab.outcomes import CUT, MODES, PONG, every_mode, outcomes
from lab.rogue import REPLY
from lab.suite import test

REPS = {
    0x01: "ECONNABORTED", 0x02: "EACCES", 0x03: "ENETUNREACH", 0x04: "EHOSTUNREACH",
    0x05: "ECONNREFUSED", 0x06: "ETIMEDOUT", 0x07: "EOPNOTSUPP", 0x08: "EAFNOSUPPORT",
    0x09: "EACCES", 0x0A: "ETIMEDOUT", 0x0B: "ECONNABORTED", 0x0C: "ECONNRESET",
    0x0D: "EACCES", 0x0E: "ENETUNREACH", 0x0F: "EACCES", 0x10: "ECONNREFUSED",
}  # fmt: skip


@test
def garbage(client):
    def behave(stream, number):
        stream.connection.recv(100)
        stream.send(random.Random(number).randbytes(3000))
        stream.end()

    # 05 00 or the like may begin the garbage once in many thousands: these seeds do not.
    for mode in MODES:
        for line in outcomes(client, behave, 40, mode):
            assert line in CUT | {"EACCES"}, line


@test
def other_protocols(client):
    texts = [
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        bytes.fromhex("15030100020246"),
        b"\0\x5b\0\0\0\0\0\0",
        b"220 mail.lab.test ESMTP\r\n",
    ]

    def behave(stream, number):
        stream.send(texts[number])
        stream.until_closed()

    every_mode(client, behave, CUT, count=len(texts))


@test
def selection_of_another_version_or_method(client):
    answers = [b"\4\0", b"\0\0", b"\5\x80", b"\5\2", b"\5\1"]

    def behave(stream, number):
        stream.greeting()
        stream.send(answers[number])
        stream.until_closed()

    every_mode(client, behave, CUT | {"EACCES"}, count=len(answers))


@test
def no_acceptable_method(client):
    def behave(stream, number):
        stream.greeting()
        stream.send(b"\5\xff")
        stream.end()

    every_mode(client, behave, "EACCES")


@test
def reply_of_another_version_or_address_type(client):
    answers = [b"\4" + REPLY[1:], REPLY[:3] + b"\2" + bytes(30), REPLY[:3] + b"\xff" + bytes(30)]

    def behave(stream, number):
        stream.until_connected(answers[number])
        stream.until_closed()

    every_mode(client, behave, CUT | {"EAFNOSUPPORT"}, count=len(answers))


@test
def every_reply_code(client):
    def behave(stream, number):
        stream.until_connected(bytes([5, number]) + REPLY[2:])
        if number == 0:
            stream.farewell()
        else:
            stream.end()

    for mode in MODES:
        lines = outcomes(client, behave, 256, mode)
        assert lines[0] == PONG, lines[0]
        for rep, line in enumerate(lines[1:], 1):
            assert line == REPS.get(rep, "ECONNABORTED"), f"{mode}: REP {rep:02x}: {line}"


@test
def bound_address_of_every_kind(client):
    """The address is parsed as what it is, and the bytes behind it are the target's."""
    addresses = [
        b"\1" + bytes(4),
        b"\4" + bytes(range(16)),
        b"\3\x0dbound.example",
        b"\3\xff" + b"n" * 255,
        b"\3\1n",
    ]

    def behave(stream, number):
        stream.until_connected(b"\5\0\0" + addresses[number] + b"\x12\x34" + b"first")
        stream.farewell()

    expected = "connected " + b"firstpong".hex()
    every_mode(client, behave, expected, count=len(addresses))
    every_mode(client, behave, expected, "on", count=len(addresses))


@test
def empty_name_as_bound_address(client):
    """Malformed, or read as no address at all."""

    def behave(stream, number):
        stream.until_connected(b"\5\0\0\3\0\0\0")
        stream.farewell()

    every_mode(client, behave, CUT | {PONG})
