"""Proxies that are silent or slow: a connect ends at its deadline, with ETIMEDOUT."""

import time

from lab import addresses as at
from lab.outcomes import DEADLINE, PONG, every_mode, outcomes
from lab.rogue import REPLY, SELECTION, Rogue
from lab.suite import socks5a_only, test


@test
def endless_trickle_meets_the_deadline(client):
    def behave(stream, number):
        stream.until_selected()
        for value in b"\5\0\0\3\xff" + b"n" * 255:
            stream.send(bytes([value]))
            time.sleep(0.25)

    start = time.monotonic()
    every_mode(client, behave, "ETIMEDOUT")
    assert time.monotonic() - start < 2 * DEADLINE + 3


@test
def silence_meets_the_deadline(client):
    stages = [
        lambda stream: None,
        lambda stream: stream.greeting(),
        lambda stream: (stream.greeting(), stream.send(b"\5")),
        lambda stream: stream.until_selected(),
        lambda stream: stream.until_connected(REPLY[:9]),
    ]

    def behave(stream, number):
        stages[number](stream)
        stream.until_closed()

    start = time.monotonic()
    lines = outcomes(client, behave, len(stages), deadline=1)
    assert lines == ["ETIMEDOUT"] * len(stages), lines
    took = time.monotonic() - start
    assert len(stages) * 0.95 <= took < len(stages) * 2, took


@test
def silence_of_a_nonblocking_connect_meets_the_deadline(client):
    def behave(stream, number):
        stream.greeting()
        stream.until_closed()

    assert outcomes(client, behave, mode="nonblocking") == ["ETIMEDOUT"]


@test
def proxy_that_drops_early_bytes(client):
    """With pipeline = auto the trial fails unseen, and is not made again."""
    early = []

    def behave(stream, number):
        stream.greeting()
        stream.connection.settimeout(0.1)
        try:
            early.append(len(stream.connection.recv(100)) > 0)
        except TimeoutError:
            early.append(False)
        stream.connection.settimeout(10)
        stream.send(SELECTION)
        if early[-1]:
            return stream.until_closed()
        stream.request()
        stream.send(REPLY)
        stream.farewell()

    fresh = {"SOCKS5A_STATE_DIR": client.path("state")}
    socks5a_only()
    with Rogue(client, behave) as rogue:
        for _ in range(2):
            argv = [client.lab.compile("connect.c"), "blocking", at.TARGET4, "80", "2"]
            done = client.run(*argv, through=rogue.where, env=fresh).ok()
            assert done.text.split() == PONG.split() * 2, done.text
    assert early.count(True) <= 1, early
