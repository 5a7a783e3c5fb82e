"""POOL_NEW and POOL_GET."""
import re
import signal
import threading
import time

import socks5ad as lab
from socks5ad import expect, expect_equal, read_exactly

from .scene import (CONNECT, POOL_GET, POOL_NEW, anonymous, ask, check, expect_end, expect_refusal, house,
                    keep_alive, session)

LOCAL = lab.address("127.0.0.1")


def put(s, target, life=60):
    rep, name, port = ask(s, POOL_NEW, LOCAL, target.port)
    expect_equal((rep, port), (0, life), "reply")
    expect(re.fullmatch("[0-9a-f]{32}", name), f"id {name}")
    return lab.name(name.encode())


@check
def pooled_connection_serves_once_in_another_session():
    with house() as (h, server), lab.Target(lab.echo) as target:
        with session(h, server) as one:
            ids = [put(one, target) for _ in range(2)]
            expect(ids[0] != ids[1], "the same id twice")
            lab.wait_until(lambda: target.accepted == 2, "two connections")
            with session(h, server) as two:
                rep, host, port = ask(two, POOL_GET, ids[0])
                expect_equal((rep, host), (0, "127.0.0.1"), "reply")
                expect(port != 0, "BND.PORT is 0")
                lab.expect_echo(two)
            with session(h, server) as three:
                expect_refusal(three, POOL_GET, ids[0], 0, 4)
                expect_end(three)
            expect_equal(ask(one, POOL_GET, ids[1])[0], 0, "the other, after them")
            lab.expect_echo(one)
        expect_equal(target.accepted, 2, "connections made")
        server.wait_for_log("relayed", "command=pool_get", "up=5", "down=5")


@check
def what_the_target_says_early_follows_the_reply():
    def greet(connection):
        connection.sendall(b"220 hello\r\n")
        connection.recv(1)

    def greet_and_go(connection):
        connection.sendall(b"421 bye\r\n")

    with house() as (h, server):
        for serve, words in ((greet, b"220 hello\r\n"), (greet_and_go, b"421 bye\r\n")):
            with lab.Target(serve) as target, session(h, server) as s:
                name = put(s, target)
                time.sleep(0.1)  # what it says is there, and perhaps its end
                expect_equal(ask(s, POOL_GET, name)[0], 0, "REP")
                expect_equal(read_exactly(s, len(words)), words, "what it said")


@check
def target_that_closes_is_forgotten():
    done = threading.Event()

    def close_later(connection):
        done.wait(lab.LIMIT)

    with house() as (h, server), lab.Target(close_later) as target, session(h, server) as s:
        before = server.descriptors()
        name = put(s, target)
        expect_equal(server.descriptors(), before + 1, "descriptors")
        done.set()
        lab.wait_until(lambda: server.descriptors() == before, "the connection to go")
        expect_refusal(s, POOL_GET, name, 0, 4)


@check
def pooled_connections_end_with_their_time():
    with house("--pool-lifetime", "1") as (h, server), lab.Target(lab.echo) as target:
        with session(h, server) as s:
            before = server.descriptors()
            name = put(s, target, 1)
            lab.wait_until(lambda: server.descriptors() == before, "its time to be over")
            expect_refusal(s, POOL_GET, name, 0, 4)


@check
def ids_of_others_and_what_is_none_are_04():
    with house() as (h, server), lab.Target(lab.echo) as target, session(h, server) as s:
        name = put(s, target)
        digits = name[2:]
        wrong = ((name, 1), (lab.name(digits.upper() if digits.upper() != digits else b"x"), 0),
                 (lab.name(digits[:-1]), 0), (lab.name(digits + b"0"), 0), (lab.name(b"0" * 32), 0),
                 (lab.name(b"g" * 32), 0), (LOCAL, 0))
        for destination, port in wrong:
            with session(h, server) as other:
                expect_refusal(other, POOL_GET, destination, port, 4)
        with session(h, server, user="bob") as bob:
            expect_refusal(bob, POOL_GET, name, 0, 4)
        server.wait_for_log("refused", "user=bob", "command=pool_get", "no such")
        expect_equal(ask(s, POOL_GET, name)[0], 0, "it is still there")
        lab.expect_echo(s)


@check
def failures_of_the_target_leave_the_session_waiting():
    with house("--deny", "10.0.0.0/8") as (h, server), session(h, server) as s:
        expect_refusal(s, POOL_NEW, LOCAL, lab.closed_port(), 5)
        expect_refusal(s, POOL_NEW, lab.address("10.1.2.3"), 80, 2)
        keep_alive(s)
        server.wait_for_log("failed", "command=pool_new", "rep=05")
        server.wait_for_log("refused", "command=pool_new", "rep=02")
        with lab.Target(lab.echo) as target:
            expect_equal(ask(s, POOL_GET, put(s, target))[0], 0, "REP")


@check
def pool_has_limits():
    limits = ("--max-pool-per-user", "2", "--max-pool", "3")
    with house(*limits) as (h, server), lab.Target(lab.echo) as target, session(h, server) as s:
        names = [put(s, target) for _ in range(2)]
        expect_equal(expect_refusal(s, POOL_NEW, LOCAL, target.port, 16)[1:],
                     (2, "too many of this user"), "details")
        with session(h, server, user="bob") as bob:
            put(bob, target)
            expect_refusal(bob, POOL_NEW, LOCAL, target.port, 16)
        with session(h, server) as other:
            expect_equal(ask(other, POOL_GET, names[0])[0], 0, "REP")
        put(s, target)  # one was given back


@check
def pool_is_for_those_who_may():
    with house("--pool=no", "--methods", "eaf,none") as (h, server), lab.Target(lab.echo) as target:
        with session(h, server) as s:
            expect_refusal(s, POOL_NEW, LOCAL, target.port, 2)
            expect_refusal(s, POOL_GET, lab.name(b"0" * 32), 0, 2)
    with house("--methods", "eaf,none") as (h, server), lab.Target(lab.echo) as target:
        with session(h, server, user="") as s:
            expect_refusal(s, POOL_NEW, LOCAL, target.port, 2)
        with session(h, server, flags="6") as s:  # the client wished not to
            expect_refusal(s, POOL_NEW, LOCAL, target.port, 2)
        with anonymous(server) as s:
            expect_refusal(s, POOL_NEW, LOCAL, target.port, 7)


@check
def warm_connect_is_one_round_trip():
    with house() as (h, server), lab.Target(lab.echo) as target, session(h, server) as s:
        name = put(s, target)
        s.sendall(lab.request(name, 0, POOL_GET) + b"at once")
        read_exactly(s, 10)
        expect_equal(read_exactly(s, 7), b"at once", "echo")
        with session(h, server) as other:
            expect_equal(ask(other, CONNECT, LOCAL, target.port)[0], 0, "REP")


@check
def what_was_pooled_before_it_was_forbidden_is_not_served():
    with house() as (h, server), lab.Target(lab.echo) as target, session(h, server) as s:
        name = put(s, target)
        h.write_users(more="deny = 127.0.0.0/8")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log("read anew")
        expect_refusal(s, POOL_GET, name, 0, 2)
        expect_end(s)
        server.wait_for_log("refused", "command=pool_get", "denied to this user")
