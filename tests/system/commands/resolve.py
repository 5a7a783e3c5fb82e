"""DNS_RESOLVE."""
import socket
import tempfile
import time

import socks5ad as lab
from socks5ad import expect, expect_equal

from .scene import (KEEP_ALIVE, NOTHING, RESOLVE, Names, ask, check, expect_refusal, house, keep_alive,
                    read_reply, session)

A, AAAA, PTR, MX = 1, 28, 12, 15


def resolve(s, name, kind=0):
    """The addresses, in order."""
    return answers(s, lab.name(name.encode()), kind)


def answers(s, destination, kind=0):
    """All of them, in order; each reply says how many are still to come."""
    found = [ask(s, RESOLVE, destination, kind)]
    while found[-1][2] > 0:
        expect_equal(found[-1][0], 0, "REP")
        found.append(read_reply(s))
    expect_equal([reply[2] for reply in found], list(range(len(found) - 1, -1, -1)), "ports")
    return [reply[1] for reply in found]


@check
def both_families_a_first():
    names = Names()
    with house("--nameserver", names.at) as (h, server), session(h, server) as s:
        expect_equal(resolve(s, "both.test"), ["127.0.0.1", "::1"], "both")
        expect_equal(resolve(s, "both.test", A), ["127.0.0.1"], "A")
        expect_equal(resolve(s, "both.test", AAAA), ["::1"], "AAAA")
        expect_equal(resolve(s, "two.test"), ["127.0.0.2", "127.0.0.1"], "two")
        expect_equal(resolve(s, "six.test"), ["::1"], "six")


@check
def at_most_64_answers():
    names = Names()
    with house("--nameserver", names.at) as (h, server), session(h, server) as s:
        found = resolve(s, "many.test")
        expect_equal(len(found), 64, "answers")
        expect_equal(found[:40], Names.MANY, "A")
        expect(all(":" in address for address in found[40:]), "AAAA")


@check
def what_is_not_there_is_04_and_the_session_goes_on():
    names = Names()
    with house("--nameserver", names.at) as (h, server), session(h, server) as s:
        for name, kind in ((b"none.test", 0), (b"six.test", A), (b"two.test", AAAA)):
            expect_equal(ask(s, RESOLVE, lab.name(name), kind), (4, "0.0.0.0", 0), name)
        expect_equal(resolve(s, "both.test", A), ["127.0.0.1"], "after it")
        server.wait_for_log("failed", "user=alice", "command=resolve", "target=none.test", "rep=04")


@check
def nobody_who_knows_is_0c():
    names = Names()
    with house("--nameserver", names.at, "--connect-timeout", "500ms") as (h, server):
        with session(h, server) as s:
            expect_equal(ask(s, RESOLVE, lab.name(b"fail.test"))[:2], (12, 3), "SERVFAIL")
            begin = time.monotonic()
            expect_equal(ask(s, RESOLVE, lab.name(b"silent.test"))[:2], (12, 3), "silence")
            expect(time.monotonic() - begin < 5, "took too long")
            keep_alive(s)
            server.wait_for_log("failed", "target=silent.test", "rep=0c", "timed out")


@check
def look_up_blocks_nobody_else():
    names = Names()
    with house("--nameserver", names.at) as (h, server):
        with session(h, server) as slow, session(h, server) as quick:
            slow.sendall(lab.request(lab.name(b"silent.test"), 0, RESOLVE))
            slow.sendall(lab.request(NOTHING, 0, KEEP_ALIVE))  # waits for its turn
            begin = time.monotonic()
            expect_equal(resolve(quick, "both.test", A), ["127.0.0.1"], "the other")
            expect(time.monotonic() - begin < 1, "the loop was blocked")


@check
def literals_are_answered_with_themselves():
    with house() as (h, server), session(h, server) as s:
        expect_equal(resolve(s, "192.0.2.1"), ["192.0.2.1"], "both")
        expect_equal(resolve(s, "192.0.2.1", A), ["192.0.2.1"], "A")
        expect_equal(resolve(s, "2001:db8::1", AAAA), ["2001:db8::1"], "AAAA")
        expect_refusal(s, RESOLVE, lab.name(b"192.0.2.1"), AAAA, 4)
        expect_refusal(s, RESOLVE, lab.name(b"2001:db8::1"), A, 4)


@check
def reverse_look_ups():
    names = Names()
    with tempfile.NamedTemporaryFile("w") as hosts:
        hosts.write("# nothing\n10.9.8.7 first second # comment\nfd00::1 six\n")
        hosts.flush()
        options = ("--nameserver", names.at, "--hosts", hosts.name)
        with house(*options) as (h, server), session(h, server) as s:
            for address, kind, name in (("192.0.2.7", 0, "seven.test"), ("10.9.8.7", PTR, "first"),
                                        ("fd00::1", 0, "six")):
                expect_equal(ask(s, RESOLVE, lab.address(address), kind), (0, name, 0), address)
            expect_refusal(s, RESOLVE, lab.address("192.0.2.8"), 0, 4)
            expect_equal(resolve(s, "second"), ["10.9.8.7"], "forward")


@check
def reverse_look_ups_bring_all_names():
    names = Names()
    with house("--nameserver", names.at) as (h, server), session(h, server) as s:
        expect_equal(answers(s, lab.address("192.0.2.9"), PTR), ["one.test", "two.test", "three.test"], "three")
        expect_equal(answers(s, lab.address("192.0.2.70")), [f"n{i}.test" for i in range(64)], "at most 64")
        found = answers(s, lab.address("192.0.2.71"))  # longer than one answer may be
        expect_equal(found, [f"n{i}.{'x' * 60}.test" for i in range(len(found))], "the first ones")
        expect(20 < len(found) < 40, f"{len(found)} names")
        keep_alive(s)


@check
def other_record_types_are_07_and_the_session_goes_on():
    with house() as (h, server), session(h, server) as s:
        expect_refusal(s, RESOLVE, lab.name(b"x.test"), MX, 7)
        expect_refusal(s, RESOLVE, lab.name(b"x.test"), PTR, 7)
        expect_refusal(s, RESOLVE, lab.address("192.0.2.1"), A, 7)
        keep_alive(s)


@check
def client_that_goes_away_during_a_look_up():
    names = Names()
    with house("--nameserver", names.at) as (h, server):
        with session(h, server) as s:
            s.sendall(lab.request(lab.name(b"silent.test"), 0, RESOLVE))
            lab.wait_until(lambda: server.descriptors(), "descriptors")
            s.shutdown(socket.SHUT_RDWR)
        with session(h, server) as s:
            expect_equal(resolve(s, "both.test", A), ["127.0.0.1"], "served on")


@check
def what_may_not_be_reached_is_not_told():
    names = Names()
    with house("--nameserver", names.at, "--deny", "10.0.0.0/8", "--deny", "192.0.2.7", "--deny", "::1") as (h, server):
        with session(h, server) as s:
            found = resolve(s, "many.test")
            expect_equal(len(found), 24, "answers")
            expect(all(":" in address for address in found), f"IPv6 alone: {found}")
            expect_equal(resolve(s, "both.test"), ["127.0.0.1"], "one of two")
            expect_refusal(s, RESOLVE, lab.name(b"many.test"), A, 2)
            expect_refusal(s, RESOLVE, lab.address("192.0.2.7"), 0, 2)
            expect_refusal(s, RESOLVE, lab.address("169.254.1.1"), 0, 2)
            expect_equal(answers(s, lab.address("192.0.2.9"))[0], "one.test", "another")
            server.wait_for_log("refused", "command=resolve", "target=many.test", "address denied by a rule")
        h.write_users(more="deny = 127.0.0.0/8")
    with h.serve("--nameserver", names.at) as server, session(h, server) as s:
        expect_refusal(s, RESOLVE, lab.name(b"local.test"), 0, 2)
