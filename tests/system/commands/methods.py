"""Every command over every method of EAF, as it should be and as it should not."""
import struct

import socks5ad as lab
from socks5ad import expect_equal, read_exactly

from . import bind, pool, resolve, udp
from .scene import (BIND, CONNECT, KEEP_ALIVE, KEPT, NOTHING, POOL_GET, POOL_NEW, RESOLVE, UDP, UDP_EXT, Names, ask,
                    check, expect_end, expect_refusal, house, keep_alive, obfuscated, read_reply, session)

LOCAL = lab.address("127.0.0.1")
UNIX = b"\x05\x02/x"
REFUSED = b"\x00\x01\x00\x00\x00\x00\x00\x00"  # behind VER and REP


def each_method(h, server):
    """A function for each that makes a session."""
    for method in ("80", "82"):
        yield lambda method=method, **more: session(h, server, method=method, **more)
    yield lambda **more: obfuscated(h, server, **more)


@check
def commands_that_keep_the_session_follow_each_other():
    names = Names()
    with house("--nameserver", names.at) as (h, server), lab.Target(lab.echo) as target:
        for make in each_method(h, server):
            with make() as s:
                keep_alive(s)
                expect_equal(resolve.resolve(s, "both.test"), ["127.0.0.1", "::1"], "addresses")
                expect_equal(len(resolve.answers(s, lab.address("192.0.2.70"))), 64, "names")
                expect_refusal(s, RESOLVE, lab.name(b"none.test"), 0, 4)
                expect_refusal(s, RESOLVE, lab.name(b"x.test"), 15, 7)
                expect_refusal(s, POOL_NEW, lab.address("224.0.0.1"), 9, 2)
                expect_refusal(s, POOL_NEW, LOCAL, lab.closed_port(), 5)
                name = pool.put(s, target)
                keep_alive(s)
                expect_equal(ask(s, POOL_GET, name)[0], 0, "POOL_GET")
                lab.expect_echo(s)


@check
def bind_and_datagrams():
    target = udp.Echo()
    with house("--bind") as (h, server):
        for make in each_method(h, server):
            with make() as s:
                rep, host, port = ask(s, BIND, bind.ANY)
                expect_equal(rep, 0, "REP of BIND")
                bind.served(s, (host, port))
            with make() as s:
                udp.expect_echo(udp.associate_in_stream(s)[0], target)
        for method in ("80", "82"):
            with session(h, server, method=method) as s, udp.associate(s) as client:
                udp.expect_echo(client, target)
            with session(h, server, method=method) as s:
                rep, host, port = ask(s, UDP_EXT, udp.ANY, 0, udp.options())
                expect_equal((rep, udp.read_options(s)[1]), (0, 0), "UDP_ASSOCIATE_EXT")
                with udp.Datagrams((host, port)) as client:
                    udp.expect_echo(client, target)


@check
def bytes_one_by_one_and_any_rsv():
    with house() as (h, server), lab.Target(lab.echo) as target:
        for make in each_method(h, server):
            with make() as s:
                for rsv in (0, 1, 255):
                    for byte in bytes([5, KEEP_ALIVE, rsv, 0, 0, 0]):
                        s.sendall(bytes([byte]))
                    expect_equal(read_exactly(s, 6), KEPT, "reply")
                s.sendall(bytes([5, CONNECT, 7]) + LOCAL + struct.pack(">H", target.port))
                expect_equal(read_reply(s)[0], 0, "CONNECT")


@check
def early_bytes_are_the_next_request_or_the_targets():
    with house() as (h, server), lab.Target(lab.echo) as target:
        for make in each_method(h, server):
            with make() as s:
                s.sendall(lab.request(NOTHING, 0, KEEP_ALIVE) + lab.request(lab.name(b"192.0.2.1"), 0, RESOLVE)
                          + lab.request(LOCAL, target.port, POOL_NEW))
                expect_equal(read_exactly(s, 6), KEPT, "KEEP_ALIVE")
                expect_equal(read_reply(s)[1], "192.0.2.1", "DNS_RESOLVE")
                rep, name, _ = read_reply(s)
                expect_equal(rep, 0, "POOL_NEW")
                s.sendall(lab.request(lab.name(name.encode()), 0, POOL_GET) + b"early")
                expect_equal(read_reply(s)[0], 0, "POOL_GET")
                expect_equal(read_exactly(s, 5), b"early", "echo")


@check
def early_bytes_of_what_was_refused_are_dropped():
    with house() as (h, server), lab.Target(lab.echo) as target:
        for make in each_method(h, server):
            for refused in (lab.request(lab.address("224.0.0.1"), 9), lab.request(LOCAL, 0, BIND),
                            lab.request(lab.name(b"no such id"), 0, POOL_GET)):
                with make() as s:
                    s.sendall(refused + lab.request(LOCAL, target.port) + b"early")
                    expect_equal(read_reply(s)[0] in (2, 4), True, "refusal")
                    expect_end(s)
        expect_equal(target.accepted, 0, "connections")


@check
def address_types_that_a_command_has_not_end_the_session_with_08():
    wrong = [(KEEP_ALIVE, LOCAL), (KEEP_ALIVE, lab.name(b"x")), (RESOLVE, NOTHING), (RESOLVE, UNIX),
             (BIND, UNIX), (BIND, NOTHING), (UDP, UNIX), (UDP_EXT, UNIX), (POOL_GET, UNIX), (POOL_NEW, NOTHING),
             (CONNECT, NOTHING), (CONNECT, b"\x08\x01x")]
    with house("--bind") as (h, server):
        for index, (command, destination) in enumerate(wrong):
            make = list(each_method(h, server))[index % 3]
            with make() as s:
                keep_alive(s)
                expect_refusal(s, command, destination, 0, 8)
                expect_end(s)


@check
def what_is_no_request_ends_the_session():
    long_url = b"\x07\x01" + struct.pack(">H", 5000) + b"http://" + b"x" * 4993
    bad = [(b"\x04\x01\x00\x01" + bytes(6), 11), (b"\x05\x00\x00\x01" + bytes(6), 7), (b"\x05\x09\x00\x01" + bytes(6), 7),
           (lab.request(b"\x03\x00", 80), 11), (lab.request(b"\x03\x03a\x00b", 80), 11), (lab.request(long_url, 80), 11),
           (lab.request(udp.ANY, 0, UDP_EXT) + struct.pack(">H", 3) + b"\x01\x00\x09", 11),
           (lab.request(udp.ANY, 0, UDP_EXT) + struct.pack(">H", 5) + udp.option(1, 1, 2), 11)]
    with house() as (h, server):
        for index, (request, rep) in enumerate(bad):
            make = list(each_method(h, server))[index % 3]
            with make() as s:
                keep_alive(s)
                s.sendall(request + lab.request(NOTHING, 0, KEEP_ALIVE))
                expect_equal(read_reply(s)[0], rep, f"REP for {request[:12]}")
                expect_end(s)


@check
def ports_that_mean_nothing():
    with house() as (h, server), lab.Target(lab.echo) as target:
        for make in each_method(h, server):
            with make() as s:
                name = pool.put(s, target)
                expect_refusal(s, POOL_GET, name, 1, 4)  # a port other than 0
                expect_end(s)
            with make() as s:
                expect_equal(ask(s, CONNECT, LOCAL, 0)[0] != 0, True, "port 0")
                expect_end(s)
