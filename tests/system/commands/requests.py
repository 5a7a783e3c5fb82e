"""One request after another on a session: KEEP_ALIVE, IDLE, LIFETIME, drain."""
import signal
import time

import socks5ad as lab
from socks5ad import expect, expect_equal, read_exactly

from . import udp
from .scene import (ALL, CONNECT, KEEP_ALIVE, KEPT, NOTHING, RESOLVE, UDP_EXT, anonymous, ask, check, expect_end,
                    expect_refusal, house, keep_alive, obfuscated, session)


@check
def keep_alive_restarts_the_idle_clock():
    with house() as (h, server), session(h, server, idle=1) as s:
        for _ in range(4):
            time.sleep(0.4)
            keep_alive(s)
        begin = time.monotonic()
        expect_end(s)
        expect(0.9 <= time.monotonic() - begin < 3, "closed after another time")
        server.wait_for_log("ended", "user=alice", "idle")


@check
def requests_follow_each_other_up_to_a_relay():
    with house() as (h, server), lab.Target(lab.echo) as target, session(h, server) as s:
        keep_alive(s)
        expect_equal(ask(s, RESOLVE, lab.name(b"192.0.2.1"))[:2], (0, "192.0.2.1"), "reply")
        expect_equal(ask(s, CONNECT, lab.address("127.0.0.1"), target.port)[0], 0, "REP")
        lab.expect_echo(s)


@check
def pipelined_requests_are_served_in_order():
    with house() as (h, server), lab.Target(lab.echo) as target, session(h, server) as s:
        alive = lab.request(NOTHING, 0, KEEP_ALIVE)
        s.sendall(alive * 5000 + lab.request(lab.address("127.0.0.1"), target.port) + b"early")
        expect_equal(read_exactly(s, 6 * 5000), KEPT * 5000, "replies")
        expect_equal(read_exactly(s, 10)[1], 0, "REP of CONNECT")
        expect_equal(read_exactly(s, 5), b"early", "echo")


@check
def client_that_does_not_read_is_dropped_when_idle():
    with house() as (h, server), session(h, server, idle=1) as s:
        s.setblocking(False)
        alive = lab.request(NOTHING, 0, KEEP_ALIVE) * 10000
        end, sent = time.monotonic() + 0.5, 0
        while time.monotonic() < end:
            try:
                sent += s.send(alive[sent % len(alive):])
            except BlockingIOError:
                time.sleep(0.01)
        expect(sent > 300000, "the server stopped reading early")
        server.wait_for_log("ended", "user=alice", "idle")


@check
def request_behind_the_lifetime_is_09_with_details():
    with house() as (h, server), session(h, server, lifetime=1) as s:
        time.sleep(1.1)
        found = expect_refusal(s, CONNECT, lab.address("127.0.0.1"), 9, 9)
        expect_equal(found[2], "lifetime of the session is over", "message")
        expect_end(s)


@check
def session_that_waits_is_no_handshake():
    with house("--max-handshakes", "1") as (h, server), session(h, server) as s:
        keep_alive(s)
        with session(h, server) as other:  # would be one too many
            keep_alive(other)
            keep_alive(s)


@check
def sessions_that_wait_have_limits():
    with house("--max-waiting-per-user", "1") as (h, server), session(h, server) as s:
        keep_alive(s)
        with session(h, server) as other:
            expect_equal(expect_refusal(other, RESOLVE, lab.name(b"192.0.2.1"), 0, 16)[1:],
                         (2, "too many of this user"), "details")
            with session(h, server, user="bob") as bob:
                keep_alive(bob)
            s.close()
            server.wait_for_log("ended", "user=alice")
            keep_alive(other)


@check
def sessions_of_one_have_a_limit():
    with house("--max-sessions-per-user", "2") as (h, server), lab.Target(lab.echo) as target:
        local = lab.address("127.0.0.1")
        with anonymous(server) as one, anonymous(server) as two:
            for s in (one, two):
                expect_equal(ask(s, CONNECT, local, target.port)[0], 0, "REP")
            with anonymous(server) as s:
                expect_refusal(s, CONNECT, local, target.port, 1)
            with session(h, server) as s, obfuscated(h, server) as other, session(h, server) as third:
                keep_alive(s)
                expect_equal(ask(s, CONNECT, local, target.port)[0], 0, "another user, and one session once")
                expect_equal(ask(other, UDP_EXT, lab.address("0.0.0.0"), 0, udp.options(1))[0], 0, "association")
                expect_equal(ask(third, CONNECT, local, target.port), (16, 2, "too many of this user"), "the third")
            one.close()
            server.wait_for_log("relayed", "user=-")
            with anonymous(server) as s:
                expect_equal(ask(s, CONNECT, local, target.port)[0], 0, "after an end")
        lab.wait_until(lambda: target.accepted >= 4, "four connections")
        expect_equal(target.accepted, 4, "connections")


@check
def users_who_are_gone_are_served_no_more():
    for more, why in (("disabled = yes", "user is disabled"), ("expires = 2001-01-01", "user has expired")):
        with house() as (h, server), session(h, server) as s:
            keep_alive(s)
            h.write_users(more=more)
            server.process.send_signal(signal.SIGHUP)
            server.wait_for_log("read anew")
            expect_equal(ask(s, KEEP_ALIVE, NOTHING)[0], 2, "REP")
            expect_equal(ask(s, CONNECT, lab.address("127.0.0.1"), 9)[0], 2, "REP of CONNECT")
            server.wait_for_log("refused", "user=alice", "command=keep_alive", why)


@check
def drain_ends_sessions_that_wait():
    with house("--drain-timeout", "10") as (h, server), session(h, server) as s:
        keep_alive(s)
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        expect_end(s)
        server.process.wait(lab.LIMIT)
        expect(time.monotonic() - begin < 5, "the server waited for its time-out")


@check
def commands_of_socks5a_need_a_log_in():
    with house() as (h, server):
        for command in range(4, 9):
            with anonymous(server) as s:
                expect_refusal(s, command, lab.address("127.0.0.1"), 0, 7)
                expect_end(s)
        with session(h, server, capabilities="083f") as s:
            expect_refusal(s, KEEP_ALIVE, NOTHING, 0, 7)
            expect_end(s)


@check
def unknown_address_type_is_08_and_closed():
    with house() as (h, server), session(h, server, capabilities=ALL) as s:
        keep_alive(s)
        s.sendall(b"\x05\x05\x00\x63")
        expect_equal(read_exactly(s, 10)[1], 8, "REP")
        expect_end(s)
