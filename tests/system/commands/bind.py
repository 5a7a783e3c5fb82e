"""BIND."""
import contextlib
import socket
import time

import socks5ad as lab
from socks5ad import expect, expect_equal

from .scene import BIND, Names, anonymous, ask, check, expect_end, expect_refusal, house, read_reply, session

ANY, LOCAL = lab.address("0.0.0.0"), lab.address("127.0.0.1")


def call(at, source="127.0.0.1"):
    return socket.create_connection(at, lab.LIMIT, source_address=(source, 0))


def served(s, at, source="127.0.0.1"):
    """A peer that is let in: what it says arrives, and the other way round."""
    with call(at, source) as peer:
        expect_equal(read_reply(s), (0, *peer.getsockname()[:2]), "second reply")
        peer.sendall(b"from the peer")
        expect_equal(lab.read_exactly(s, 13), b"from the peer", "what arrives")
        s.sendall(b"to the peer")
        expect_equal(lab.read_exactly(peer, 11), b"to the peer", "what arrives")


@check
def any_peer_where_none_is_named():
    with house("--bind") as (h, server):
        for s in (anonymous(server), None):
            with contextlib.ExitStack() as stack:
                s = s or stack.enter_context(session(h, server))
                stack.enter_context(s)
                rep, host, port = ask(s, BIND, ANY)
                expect_equal((rep, host), (0, "127.0.0.1"), "first reply")
                served(s, (host, port))
        server.wait_for_log("relayed", "command=bind", "user=alice", "up=11", "down=13")


@check
def another_peer_is_dropped():
    with house("--bind") as (h, server), anonymous(server) as s:
        rep, host, port = ask(s, BIND, LOCAL, 21)  # the port is that of another connection
        expect_equal(rep, 0, "REP")
        with call((host, port), "127.0.0.2") as stranger:
            expect_end(stranger)
        served(s, (host, port))
        with contextlib.suppress(ConnectionRefusedError):
            call((host, port)).close()
            raise AssertionError("somebody still listens")


@check
def peers_by_name():
    names = Names()
    with house("--bind", "--nameserver", names.at) as (h, server):
        with anonymous(server) as s:
            rep, host, port = ask(s, BIND, lab.name(b"two.test"))
            expect_equal(rep, 0, "REP")
            with call((host, port), "127.0.0.3") as stranger:
                expect_end(stranger)
            served(s, (host, port), "127.0.0.2")
        with anonymous(server) as s:
            expect_refusal(s, BIND, lab.name(b"none.test"), 0, 4)


@check
def nobody_comes():
    with house("--bind", "--bind-timeout", "300ms") as (h, server), anonymous(server) as s:
        before = server.descriptors()
        expect_equal(ask(s, BIND, ANY)[0], 0, "first reply")
        expect_equal(read_reply(s)[0], 6, "second reply")
        expect_end(s)
        server.wait_for_log("refused", "command=bind", "rep=06", "no peer")
        lab.wait_until(lambda: server.descriptors() == before, "the listener to go")


@check
def client_that_goes_away_takes_the_listener_along():
    with house("--bind") as (h, server):
        before = server.descriptors()
        with anonymous(server) as s:
            rep, host, port = ask(s, BIND, ANY)
            expect_equal(rep, 0, "REP")
        lab.wait_until(lambda: server.descriptors() == before, "the listener to go")


@check
def early_bytes_of_the_client_reach_the_peer():
    with house("--bind") as (h, server), anonymous(server) as s:
        s.sendall(lab.request(ANY, 0, BIND) + b"early")
        rep, host, port = read_reply(s)
        with call((host, port)) as peer:
            expect_equal(lab.read_exactly(peer, 5), b"early", "what arrives")


@check
def bind_that_is_not_allowed_is_02():
    with house() as (h, server):
        with anonymous(server) as s:
            expect_refusal(s, BIND, ANY, 0, 2)
            expect_end(s)
        with session(h, server) as s:
            expect_refusal(s, BIND, ANY, 0, 2)
        server.wait_for_log("refused", "command=bind", "no BIND")
    with house(more="bind = yes") as (h, server):
        with session(h, server) as s:
            expect_equal(ask(s, BIND, ANY)[0], 0, "REP of the user who may")
        with anonymous(server) as s:
            expect_refusal(s, BIND, ANY, 0, 2)


@check
def access_list_holds_for_peers():
    with house("--bind", loopback=False) as (h, server):
        with anonymous(server) as s:
            expect_refusal(s, BIND, LOCAL, 0, 2)
        with anonymous(server) as s:
            rep, host, port = ask(s, BIND, ANY)
            with call((host, port)) as peer:
                expect_end(peer)
            time.sleep(0.05)
            s.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                raise AssertionError(f"second reply {s.recv(100)}")


@check
def listeners_have_limits():
    with house("--bind", "--max-bind-per-user", "1") as (h, server):
        with anonymous(server) as s:
            expect_equal(ask(s, BIND, ANY)[0], 0, "REP")
            with anonymous(server) as other:
                expect_refusal(other, BIND, ANY, 0, 1)
            with session(h, server) as alice, session(h, server) as again:
                expect_equal(ask(alice, BIND, ANY)[0], 0, "REP of a user")
                expect_refusal(again, BIND, ANY, 0, 16)
                expect(server.wait_for_log("refused", "user=alice", "rep=10"), "no line")
        with anonymous(server) as s:
            rep, host, port = ask(s, BIND, ANY)
            with call((host, port)):  # who is served counts too
                expect_equal(read_reply(s)[0], 0, "second reply")
                with anonymous(server) as other:
                    expect_refusal(other, BIND, ANY, 0, 1)


@check
def listener_for_anybody_is_at_the_address_of_the_settings():
    settings = ("--bind", "--bind-address", "127.0.0.5", "--bind-address", "::1")
    with house(*settings) as (h, server):
        for zeros, told, source in (("0.0.0.0", "127.0.0.5", "127.0.0.1"), ("::", "::1", "::1")):
            with anonymous(server) as s:
                rep, host, port = ask(s, BIND, lab.address(zeros))
                expect_equal((rep, host), (0, told), "first reply")
                served(s, (host, port), source)
        with anonymous(server) as s:  # who is expected is faced
            expect_equal(ask(s, BIND, LOCAL)[:2], (0, "127.0.0.1"), "first reply")


@check
def address_that_is_not_the_servers_is_refused():
    with house("--bind", "--bind-address", "192.0.2.77") as (h, server), anonymous(server) as s:
        expect_refusal(s, BIND, ANY, 0, 3)
        server.wait_for_log("refused", "command=bind", "rep=03", "assign")


@check
def listener_has_ports_and_address_of_the_settings():
    settings = ("--bind", "--relay-ports", "47100-47199", "--relay-address", "203.0.113.7")
    with house(*settings) as (h, server), anonymous(server) as s:
        rep, host, port = ask(s, BIND, ANY)
        expect_equal((rep, host), (0, "203.0.113.7"), "first reply")
        expect(47100 <= port <= 47199, f"BND.PORT {port}")
        served(s, ("127.0.0.1", port))
