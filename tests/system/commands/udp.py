"""UDP_ASSOCIATE and UDP_ASSOCIATE_EXT: datagrams beside the connection, and in its stream."""
import contextlib
import signal
import socket
import struct
import tempfile
import threading
import time

import socks5ad as lab
from socks5ad import expect, expect_equal, read_exactly

from .scene import UDP, UDP_EXT, Names, anonymous, ask, ask_figures, check, expect_end, expect_refusal, house, read_reply, session

ANY = lab.address("0.0.0.0")


class Echo:
    """Sends datagrams back; b"other" is answered from another port, b"big" with 60000 bytes."""

    def __init__(self, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.other = socket.socket(family, socket.SOCK_DGRAM)
        self.other.bind((host, 0))
        self.host, self.port = host, self.socket.getsockname()[1]
        self.seen = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            data, peer = self.socket.recvfrom(65536)
            self.seen.append(data)
            if data == b"other":
                self.other.sendto(b"from another port", peer)
            self.socket.sendto(b"B" * 60000 if data == b"big" else data, peer)


def wrap(destination, port, data, frag=0):
    return bytes([0, 0, frag]) + destination + struct.pack(">H", port) + data


def unwrap(message):
    """(host, port), data."""
    expect_equal(message[:3], b"\0\0\0", "RSV and FRAG")
    family, size = {1: (socket.AF_INET, 4), 4: (socket.AF_INET6, 16)}[message[3]]
    host = socket.inet_ntop(family, message[4 : 4 + size])
    return (host, struct.unpack(">H", message[4 + size : 6 + size])[0]), message[6 + size :]


class Datagrams:
    """The client's end of an association: a UDP socket."""

    def __init__(self, bound):
        self.socket = socket.socket(socket.AF_INET6 if ":" in bound[0] else socket.AF_INET,
                                    socket.SOCK_DGRAM)
        self.socket.settimeout(lab.LIMIT)
        self.bound = bound

    def send(self, destination, port, data, frag=0):
        self.socket.sendto(wrap(destination, port, data, frag), self.bound)

    def receive(self):
        return unwrap(self.socket.recv(65536))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class Stream(Datagrams):
    """The same in the stream of the connection."""

    def __init__(self, connection):
        self.socket = connection

    def send(self, destination, port, data, frag=0):
        message = wrap(destination, port, data, frag)
        self.socket.sendall(struct.pack(">H", len(message)) + message)

    def receive(self):
        return unwrap(read_exactly(self.socket, struct.unpack(">H", read_exactly(self.socket, 2))[0]))


def option(kind, value, width):
    return bytes([kind]) + struct.pack(">H", width) + value.to_bytes(width, "big")


def options(transport=0, idle=60, largest=65507):
    found = option(1, transport, 1) + option(2, idle, 2) + option(3, largest, 2)
    return struct.pack(">H", len(found)) + found


def read_options(s):
    found = {}
    rest = read_exactly(s, struct.unpack(">H", read_exactly(s, 2))[0])
    while rest:
        size = struct.unpack(">H", rest[1:3])[0]
        found[rest[0]] = int.from_bytes(rest[3 : 3 + size], "big")
        rest = rest[3 + size :]
    return found


def associate(s, port=0):
    rep, host, at = ask(s, UDP, ANY, port)
    expect_equal(rep, 0, "REP")
    return Datagrams((host, at))


def associate_in_stream(s, **asked):
    expect_equal(ask(s, UDP_EXT, ANY, 0, options(1, **asked)), (0, "0.0.0.0", 0), "reply")
    return Stream(s), read_options(s)


def expect_echo(client, target, data=b"hello"):
    client.send(lab.address(target.host), target.port, data)
    expect_equal(client.receive(), ((target.host, target.port), data), "echo")


def expect_silence(client, limit=0.2):
    client.socket.settimeout(limit)
    with contextlib.suppress(socket.timeout):
        raise AssertionError(f"unexpected {client.receive()}")
    client.socket.settimeout(lab.LIMIT)


# ---- what works -------------------------------------------------------------------------------


@check
def echo_under_each_method():
    target = Echo()
    with house() as (h, server):
        with anonymous(server) as s, associate(s) as client:
            expect_equal(client.bound[0], "127.0.0.1", "BND.ADDR")
            expect_echo(client, target)
        for method in ("80", "82"):
            with session(h, server, method=method) as s, associate(s) as client:
                expect_echo(client, target)
        with session(h, server) as s:
            rep, host, port = ask(s, UDP_EXT, ANY, 0, options(0, 1000, 1200))
            expect_equal(rep, 0, "REP")
            expect_equal(read_options(s), {1: 0, 2: 1000, 3: 1200}, "options granted")
            expect_echo(Datagrams((host, port)), target)
        server.wait_for_log("associated", "user=alice", "command=udp_ext", "up=5", "down=5",
                            "datagrams=1/1", "in order")


@check
def echo_under_method_02():
    target = Echo()
    with house(more="[user carol]\n" + lab.hash_line(b"pw")) as (h, server):
        s, status, _ = lab.log_in(server, b"carol", b"pw")
        with s:
            expect_equal(status, b"\x01\x00", "status")
            with associate(s) as client:
                expect_echo(client, target)
        server.wait_for_log("associated", "user=carol")


@check
def echo_in_stream():
    target, six = Echo(), Echo("::1")
    names = Names()
    with house("--nameserver", names.at) as (h, server), session(h, server) as s:
        client, granted = associate_in_stream(s, idle=20)
        expect_equal(granted, {1: 1, 2: 20, 3: 65507}, "options granted")
        expect_echo(client, target)
        expect_echo(client, six, b"")
        expect_echo(client, target, b"x" * 65000)
        client.send(lab.name(b"local.test"), target.port, b"by name")
        expect_equal(client.receive(), ((target.host, target.port), b"by name"), "by name")


@check
def several_targets_of_both_families_and_by_name():
    targets = [Echo(), Echo(), Echo("::1")]
    names = Names()
    with house("--nameserver", names.at) as (h, server), anonymous(server) as s:
        with associate(s) as client:
            for target in targets:
                expect_echo(client, target)
            for data in (b"1", b"2", b"3"):  # the first wait for the look-up
                client.send(lab.name(b"local.test"), targets[0].port, data)
            found = {client.receive()[1] for _ in range(3)}
            expect_equal(found, {b"1", b"2", b"3"}, "by name")
            client.send(lab.name(b"127.0.0.1"), targets[0].port, b"literal")
            expect_equal(client.receive()[1], b"literal", "by literal")
            client.send(lab.name(b"none.test"), targets[0].port, b"nobody")
            expect_echo(client, targets[1])


@check
def client_over_ipv6_gets_an_address_of_its_family():
    target = Echo()
    with house(listen=("[::1]:0",)) as (h, server), anonymous(server) as s:
        with associate(s) as client:
            expect_equal(client.bound[0], "::1", "BND.ADDR")
            expect_echo(client, target)


@check
def large_datagrams_pass():
    target = Echo()
    with house() as (h, server), anonymous(server) as s, associate(s) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        for size in (0, 1, 1472, 9000, 65000):
            expect_echo(client, target, bytes(size))


@check
def many_datagrams_pass():
    target = Echo()
    with house() as (h, server), session(h, server) as s:
        client, _ = associate_in_stream(s)
        message = wrap(lab.address("127.0.0.1"), target.port, b"x" * 100)
        frame = struct.pack(">H", len(message)) + message
        for _ in range(50):  # one at a time in flight, each of twenty
            s.sendall(frame * 20)
            read_exactly(s, len(frame) * 20)


@check
def ports_and_address_are_those_of_the_settings():
    target = Echo()
    settings = ("--relay-ports", "47000-47099", "--relay-address", "203.0.113.7")
    with house(*settings) as (h, server), anonymous(server) as s:
        with associate(s) as client:
            expect_equal(client.bound[0], "203.0.113.7", "BND.ADDR")
            expect(47000 <= client.bound[1] <= 47099, f"BND.PORT {client.bound[1]}")
            client.bound = ("127.0.0.1", client.bound[1])
            expect_echo(client, target)


# ---- who is let through -----------------------------------------------------------------------


@check
def others_cannot_send_in_the_clients_place():
    target = Echo()
    with house() as (h, server), anonymous(server) as s, associate(s) as client:
        stranger = Datagrams(client.bound)
        stranger.socket.bind(("127.0.0.2", 0))
        stranger.send(lab.address("127.0.0.1"), target.port, b"from another address")
        expect_echo(client, target)
        late = Datagrams(client.bound)  # of the client's address, from another port
        late.send(lab.address("127.0.0.1"), target.port, b"from another port")
        expect_echo(client, target, b"again")
        expect_equal(target.seen, [b"hello", b"again"], "what the target saw")
        expect_silence(late, 0.05)


@check
def port_that_the_request_names_counts():
    target = Echo()
    with house() as (h, server), anonymous(server) as s:
        with Datagrams(("127.0.0.1", 0)) as client:
            client.socket.bind(("127.0.0.1", 0))
            with associate(s, client.socket.getsockname()[1]) as stranger:
                stranger.send(lab.address("127.0.0.1"), target.port, b"stranger")
                client.bound = stranger.bound
            expect_echo(client, target)
            expect_equal(target.seen, [b"hello"], "what the target saw")


@check
def garbage_does_not_take_the_clients_place():
    target = Echo()
    with house() as (h, server), anonymous(server) as s, associate(s) as client:
        with Datagrams(client.bound) as stranger:
            for bad in (b"", b"\0", b"\0\0\0", b"\0\0\0\x09", b"\0\0\0\x03\x00\x00\x50", b"\xff" * 300):
                stranger.socket.sendto(bad, client.bound)
            stranger.send(lab.address("127.0.0.1"), target.port, b"fragment", frag=1)
        expect_echo(client, target)
        expect_equal(target.seen, [b"hello"], "what the target saw")


@check
def only_targets_that_were_written_to_come_back():
    target, never = Echo(), Echo()
    with house() as (h, server), anonymous(server) as s, associate(s) as client:
        client.send(lab.address("127.0.0.1"), target.port, b"other")
        expect_equal(client.receive(), (("127.0.0.1", target.port), b"other"), "the target's")
        expect_silence(client)
        expect_equal(never.seen, [], "what another saw")


@check
def fragments_port_0_and_too_large_ones_are_dropped():
    target = Echo()
    with house("--udp-largest", "1000") as (h, server), session(h, server) as s:
        client, granted = associate_in_stream(s)
        expect_equal(granted[3], 1000, "largest")
        client.send(lab.address("127.0.0.1"), target.port, b"fragment", frag=1)
        client.send(lab.address("127.0.0.1"), 0, b"port 0")
        client.send(lab.address("127.0.0.1"), target.port, bytes(1001))
        client.send(lab.address("127.0.0.1"), target.port, b"big")
        expect_echo(client, target)
        expect_equal(target.seen, [b"big", b"hello"], "what the target saw")


@check
def undecodable_messages_in_stream_are_dropped_and_malformed_ones_close():
    target = Echo()
    with house() as (h, server):
        with session(h, server) as s:
            client, _ = associate_in_stream(s)
            for bad in (b"\0\0\0\x09" + bytes(10), b"\0\0\0\x03\xff" + bytes(10), b"\xff" * 65535):
                s.sendall(struct.pack(">H", len(bad)) + bad)
            expect_echo(client, target)
            s.sendall(struct.pack(">H", 9) + bytes(9))
            expect_end(s)
        server.wait_for_log("associated", "malformed stream", "dropped=3")


@check
def access_list_holds_after_the_look_up():
    target = Echo()
    names = Names()
    with house("--nameserver", names.at, loopback=False) as (h, server), anonymous(server) as s:
        with associate(s) as client:
            client.send(lab.name(b"local.test"), target.port, b"by name")
            client.send(lab.address("127.0.0.1"), target.port, b"by address")
            client.send(lab.address("224.0.0.1"), target.port, b"multicast")
            server.wait_for_log("refused", f"to=127.0.0.1:{target.port}", "loopback")
            server.wait_for_log("refused", "to=224.0.0.1", "multicast")
            expect_silence(client, 0.1)
    with house(more="deny = 127.0.0.0/8") as (h, server):
        with session(h, server) as s:
            client, _ = associate_in_stream(s)
            client.send(lab.address("127.0.0.1"), target.port, b"x")
            server.wait_for_log("refused", "user=alice", "denied to this user")
    expect_equal(target.seen, [], "what the target saw")


@check
def refusals_in_the_log_are_bounded():
    with house(loopback=False) as (h, server), session(h, server) as s:
        client, _ = associate_in_stream(s)
        for port in range(1, 200):
            client.send(lab.address("127.0.0.1"), port, b"x")
        s.close()
        line = server.wait_for_log("associated", "dropped=199")
        expect(line, "no line")
        expect_equal(server.text().count("refused "), 16, "lines")


@check
def datagrams_that_wait_for_a_name_are_bounded():
    target = Echo()
    names = Names()
    with house("--nameserver", names.at) as (h, server), session(h, server) as s:
        client, _ = associate_in_stream(s)
        for number in range(30):
            client.send(lab.name(b"slow.test"), target.port, b"%d" % number)
        expect_equal([client.receive()[1] for _ in range(16)], [b"%d" % n for n in range(16)], "they")
        client.send(lab.name(b"slow.test"), target.port, b"known by now")
        expect_equal(client.receive()[1], b"known by now", "after them")


@check
def many_names_and_many_targets_do_not_shut_out_others():
    target = Echo()
    names = Names()
    with house("--nameserver", names.at) as (h, server), session(h, server) as s:
        client, _ = associate_in_stream(s)
        for number in range(300):
            client.send(lab.name(b"n%d.test" % number), 9, b"x")
        for number in range(3000):
            client.send(lab.address(f"127.1.{number // 250}.{number % 250 + 1}"), 9, b"x")
        expect_echo(client, target)


# ---- its end ----------------------------------------------------------------------------------


@check
def association_ends_with_its_connection():
    target = Echo()
    with house() as (h, server):
        before = server.descriptors()
        s = anonymous(server)
        with associate(s) as client:
            expect_echo(client, target)
            s.close()
            lab.wait_until(lambda: server.descriptors() == before, "its descriptors to go")
            client.send(lab.address("127.0.0.1"), target.port, b"late")
        server.wait_for_log("associated", "in order")
        expect_equal(target.seen, [b"hello"], "what the target saw")


@check
def idle_associations_end():
    target = Echo()
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/metrics"
        with house("--metrics", path) as (h, server), session(h, server) as s:
            client, _ = associate_in_stream(s, idle=1)
            for _ in range(3):
                time.sleep(0.6)
                expect_echo(client, target)
            expect_end(s)
            server.wait_for_log("associated", "idle")
            lab.wait_until(lambda: ask_figures(path)["idle_total"] == 1, "the figure")


@check
def idleness_is_granted_as_wished_up_to_the_most():
    with house("--udp-idle", "5", "--udp-idle-max", "90") as (h, server):
        for idle, granted in ((20, 20), (0, 90), (90, 90), (91, 90), (65535, 90)):
            with session(h, server) as s:
                expect_equal(associate_in_stream(s, idle=idle)[1][2], granted, f"idle {idle}")
        with session(h, server) as s:  # no wish
            s.sendall(lab.request(ANY, 0, UDP_EXT) + struct.pack(">H", 4) + option(1, 1, 1))
            read_exactly(s, 10)
            found = read_exactly(s, struct.unpack(">H", read_exactly(s, 2))[0])
            expect(option(2, 60, 2) in found, f"60 s not in {found}")


@check
def association_without_options_has_the_servers_idleness():
    target = Echo()
    with house("--udp-idle", "1", "--udp-idle-max", "90") as (h, server), anonymous(server) as s:
        with associate(s) as client:
            expect_echo(client, target)
            expect_end(s)
        server.wait_for_log("associated", "idle")


@check
def what_comes_on_the_connection_is_ignored():
    target = Echo()
    with house() as (h, server), anonymous(server) as s, associate(s) as client:
        s.sendall(bytes(200000))
        expect_echo(client, target)


# ---- refusals ---------------------------------------------------------------------------------


@check
def udp_that_is_not_allowed_is_02():
    with house("--udp=no", more="udp = yes") as (h, server):
        with anonymous(server) as s:
            expect_refusal(s, UDP, ANY, 0, 2)
            expect_end(s)
        with session(h, server) as s:
            associate(s)
        with session(h, server, flags="8") as s:  # the client wished not to
            expect_refusal(s, UDP, ANY, 0, 2)
        server.wait_for_log("refused", "command=udp", "no UDP")


@check
def reload_holds_for_those_who_come():
    target = Echo()
    with tempfile.NamedTemporaryFile("w") as config:
        config.write("[commands]\nudp = yes\n")
        config.flush()
        with house("-c", config.name) as (h, server), anonymous(server) as s, associate(s) as client:
            config.seek(0)
            config.write("[commands]\nudp = no \n")
            config.flush()
            server.process.send_signal(signal.SIGHUP)
            server.wait_for_log("read anew")
            with anonymous(server) as late:
                expect_refusal(late, UDP, ANY, 0, 2)
            expect_echo(client, target)


@check
def transports_that_are_not_there_are_07():
    with house() as (h, server):
        for transport, capabilities in ((2, "8e3f"), (1, "0e3f")):
            with session(h, server, capabilities=capabilities) as s:
                expect_equal(ask(s, UDP_EXT, ANY, 0, options(transport))[0], 7, "REP")
                expect_end(s)
        with session(h, server) as s:  # unknown options are ignored
            more = option(99, 1, 1)
            s.sendall(lab.request(ANY, 0, UDP_EXT) + struct.pack(">H", len(more)) + more)
            expect_equal(read_reply(s)[0], 0, "REP")
            expect_equal(read_options(s), {1: 0, 2: 60, 3: 65507}, "options granted")


@check
def associations_have_limits():
    with house("--max-udp-per-user", "2", "--max-udp", "3") as (h, server):
        with contextlib.ExitStack() as stack:
            for _ in range(2):
                associate(stack.enter_context(session(h, server)))
            with session(h, server) as s:
                expect_equal(expect_refusal(s, UDP, ANY, 0, 16)[1:],
                             (2, "too many of this user"), "details")
            associate(stack.enter_context(anonymous(server)))
            with anonymous(server) as s:
                expect_refusal(s, UDP, ANY, 0, 1)
                server.wait_for_log("refused", "command=udp", "too many in all")
        with session(h, server) as s:  # what ended is given back
            lab.wait_until(lambda: server.text().count("associated") == 3, "their ends")
            associate(s)
