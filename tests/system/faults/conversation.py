"""Proxies whose stream is cut, dripped or run together: errno is true, no byte lost or added."""

import time

from lab import addresses as at
from lab.outcomes import CUT, PONG, every_mode, outcomes
from lab.rogue import REPLY, SELECTION
from lab.suite import test


@test
def well_behaved(client):
    """The frame of these tests: in every mode, with and without early bytes, again and again."""

    def behave(stream, number):
        stream.until_connected()
        stream.farewell()

    for pipeline in ("off", "on", "auto"):
        every_mode(client, behave, PONG, pipeline, count=5)
    every_mode(client, behave, PONG, host=at.TARGET6)


@test
def answers_byte_by_byte(client):
    def drip(stream, data):
        for value in data:
            stream.send(bytes([value]))
            time.sleep(0.01)

    def behave(stream, number):
        stream.greeting()
        drip(stream, SELECTION)
        stream.request()
        drip(stream, REPLY + b"drip")
        stream.farewell()

    for pipeline in ("off", "on"):
        every_mode(client, behave, "connected " + b"drippong".hex(), pipeline)


@test
def end_of_file_after_every_byte(client):
    answer = SELECTION + REPLY

    def behave(stream, number):
        stream.greeting()
        stream.send(answer[: min(number, 2)])
        if number >= 2:
            stream.request()
            stream.send(answer[2:number])
        stream.end()

    every_mode(client, behave, CUT, count=len(answer))


@test
def reset_after_every_byte(client):
    answer = SELECTION + REPLY

    def behave(stream, number):
        stream.greeting()
        stream.send(answer[: min(number, 2)])
        if number >= 2:
            stream.request()
            stream.send(answer[2:number])
        time.sleep(0.02)
        stream.reset()

    every_mode(client, behave, CUT, count=len(answer))


@test
def closed_at_once(client):
    every_mode(client, lambda stream, number: None, CUT, count=5)
    every_mode(client, lambda stream, number: stream.reset(), CUT, count=5)


@test
def end_of_file_after_every_byte_with_early_request(client):
    answer = SELECTION + REPLY

    def behave(stream, number):
        stream.greeting()
        stream.request()
        stream.send(answer[:number])
        stream.end()

    every_mode(client, behave, CUT, "on", count=len(answer))


@test
def target_bytes_in_the_same_segment_as_the_reply(client):
    early = bytes(range(256)) * 40

    def behave(stream, number):
        stream.until_connected(REPLY + early)
        stream.farewell()

    def behave_pipelined(stream, number):
        stream.greeting()
        stream.request()
        stream.send(SELECTION + REPLY + early)
        stream.farewell()

    expected = "connected " + (early + b"pong").hex()
    every_mode(client, behave, expected)
    every_mode(client, behave_pipelined, expected, "on")


@test
def target_that_speaks_and_ends_with_the_reply(client):
    def behave(stream, number):
        stream.until_connected(REPLY + b"brief")
        stream.end()

    every_mode(client, behave, "connected " + b"brief".hex())


@test
def refused_socket_can_connect_again(client):
    def behave(stream, number):
        if number < 3:
            stream.until_connected(bytes([5, 5]) + REPLY[2:])
            return stream.end()
        stream.until_connected()
        stream.farewell()

    lines = outcomes(client, behave, 4, "reuse")
    assert lines == ["ECONNREFUSED"] * 3 + [PONG], lines
