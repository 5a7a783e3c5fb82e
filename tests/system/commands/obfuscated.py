"""Commands in records: method 81."""
import struct

import socks5ad as lab
from socks5ad import expect_equal, read_exactly

from . import bind, pool, resolve, udp
from .scene import (BIND, CONNECT, KEEP_ALIVE, KEPT, NOTHING, POOL_GET, UDP, UDP_EXT, Names, ask, check, expect_end,
                    expect_refusal, house, keep_alive, obfuscated, session)


@check
def requests_follow_each_other_in_records():
    names = Names()
    with house("--nameserver", names.at) as (h, server), lab.Target(lab.echo) as target:
        with obfuscated(h, server) as s:
            keep_alive(s)
            expect_equal(len(resolve.resolve(s, "many.test")), 64, "answers")
            expect_refusal(s, resolve.RESOLVE, lab.name(b"none.test"), 0, 4)
            s.sendall(lab.request(NOTHING, 0, KEEP_ALIVE) * 2000)
            expect_equal(read_exactly(s, 6 * 2000), KEPT * 2000, "replies")
            expect_equal(ask(s, CONNECT, lab.address("127.0.0.1"), target.port)[0], 0, "REP")
            lab.expect_echo(s, b"x" * 100000)


@check
def pool_is_shared_by_sessions_of_all_methods():
    with house() as (h, server), lab.Target(lab.echo) as target:
        with obfuscated(h, server) as s, session(h, server) as clear:
            expect_equal(ask(clear, POOL_GET, pool.put(s, target))[0], 0, "REP")
            lab.expect_echo(clear)
            name = pool.put(s, target)
            with obfuscated(h, server) as other:
                expect_equal(ask(other, POOL_GET, name)[0], 0, "REP")
                lab.expect_echo(other)


@check
def peers_of_bind_are_relayed_in_records():
    with house("--bind") as (h, server), obfuscated(h, server) as s:
        rep, host, port = ask(s, BIND, bind.ANY)
        expect_equal(rep, 0, "REP")
        bind.served(s, (host, port))


@check
def client_that_goes_away_in_records_takes_the_listener_along():
    with house("--bind") as (h, server):
        before = server.descriptors()
        with obfuscated(h, server) as s:
            expect_equal(ask(s, BIND, bind.ANY)[0], 0, "REP")
        lab.wait_until(lambda: server.descriptors() == before, "the listener to go")


@check
def datagrams_in_records():
    target, six = udp.Echo(), udp.Echo("::1")
    names = Names()
    with house("--nameserver", names.at) as (h, server):
        before = server.descriptors()
        with obfuscated(h, server) as s:
            client, granted = udp.associate_in_stream(s, idle=20, largest=60000)
            expect_equal(granted, {1: 1, 2: 20, 3: 60000}, "options granted")
            for size in (0, 1, 1200, 60000):
                udp.expect_echo(client, target, b"x" * size)
            udp.expect_echo(client, six)
            client.send(lab.name(b"local.test"), target.port, b"by name")
            expect_equal(client.receive()[1], b"by name", "by name")
        lab.wait_until(lambda: server.descriptors() == before, "its descriptors to go")
        server.wait_for_log("associated", "user=alice", "command=udp_ext", "datagrams=6/6")


@check
def malformed_stream_ends_it_in_records():
    with house() as (h, server), obfuscated(h, server) as s:
        udp.associate_in_stream(s)
        s.sendall(struct.pack(">H", 9) + bytes(9))
        expect_end(s)
        server.wait_for_log("associated", "malformed stream")


@check
def datagrams_beside_records_are_07():
    with house() as (h, server):
        for command, more in ((UDP, b""), (UDP_EXT, udp.options(0)), (UDP_EXT, udp.options(2))):
            with obfuscated(h, server) as s:
                expect_equal(ask(s, command, udp.ANY, 0, more)[0], 7, "REP")
                expect_end(s)
        with obfuscated(h, server, caps="1e7f") as s:  # without bit 15
            expect_equal(ask(s, UDP_EXT, udp.ANY, 0, udp.options(1))[0], 7, "REP")
