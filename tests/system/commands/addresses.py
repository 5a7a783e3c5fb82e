"""Address types 05, 06 and 07: Unix sockets and URLs."""
import contextlib
import os
import select
import signal
import socket
import struct
import tempfile
import threading

import socks5ad as lab
from socks5ad import expect, expect_equal

from .scene import (CONNECT, POOL_GET, POOL_NEW, Names, anonymous, ask, check, expect_end,
                    expect_refusal, house, read_reply, session)


def unix(path):
    return bytes([5, len(path)]) + path.encode()


def abstract(name):
    return bytes([6, len(name)]) + name


def url(text):
    return b"\x07\x01" + struct.pack(">H", len(text)) + text.encode()


class Local:
    """An echo server on a Unix socket."""

    def __init__(self, at):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(at)
        self.listener.listen()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        with connection:
            lab.echo(connection)


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory() as path:
        yield path


@check
def listed_unix_sockets_are_reached():
    with folder() as path:
        at, hidden = f"{path}/listed", b"s5a-test-%d" % os.getpid()
        Local(at), Local(b"\0" + hidden)
        with house("--unix", at, "--unix", "@" + hidden.decode()) as (h, server):
            for destination in (unix(at), abstract(hidden)):
                with session(h, server) as s:
                    expect_equal(ask(s, CONNECT, destination), (0, "0.0.0.0", 0), "reply")
                    lab.expect_echo(s, b"x" * 300000)
            with session(h, server) as s:
                rep, name, _ = ask(s, POOL_NEW, unix(at))
                expect_equal(rep, 0, "REP of POOL_NEW")
                expect_equal(ask(s, POOL_GET, lab.name(name.encode())), (0, "0.0.0.0", 0), "reply")
                lab.expect_echo(s)
            server.wait_for_log("relayed", "user=alice", f"target=unix:{at}", "up=300000")


@check
def others_are_not():
    with folder() as path:
        for name in ("listed", "other"):
            Local(f"{path}/{name}")
        with open(f"{path}/file", "w"):
            pass
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(f"{path}/stale")
        stale.close()
        listed = [word for name in ("listed", "file", "stale", "none")
                  for word in ("--unix", f"{path}/{name}")]
        with house(*listed) as (h, server):
            wrong = ((f"{path}/other", 2), (f"{path}/../{os.path.basename(path)}/listed", 2),
                     (f"{path}//listed", 2), (f"{path}/file", 2), (f"{path}/none", 4),
                     (f"{path}/stale", 5))
            for at, rep in wrong:
                with session(h, server) as s:
                    expect_refusal(s, CONNECT, unix(at), 0, rep)
                    expect_end(s)
            with session(h, server) as s:
                expect_refusal(s, CONNECT, abstract(f"{path}/listed".encode()), 0, 2)
            server.wait_for_log("refused", "user=alice", f"target=unix:{path}/other", "not listed")


@contextlib.contextmanager
def full_backlog(at):
    """A listener whose one place is taken."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.settimeout(lab.LIMIT)
        listener.bind(at)
        listener.listen(0)
        first.connect(at)
        yield listener


@check
def room_in_a_full_backlog_is_waited_for():
    with folder() as path, full_backlog(f"{path}/busy") as listener:
        with house("--unix", f"{path}/busy") as (h, server), session(h, server) as s:
            s.sendall(lab.request(unix(f"{path}/busy"), 0, CONNECT))
            expect(not select.select([s], [], [], 0.1)[0], "an answer while the backlog is full")
            listener.accept()[0].close()
            with listener.accept()[0] as accepted:
                expect_equal(read_reply(s), (0, "0.0.0.0", 0), "reply")
                accepted.sendall(b"hello")
                expect_equal(lab.read_exactly(s, 5), b"hello", "bytes")


@check
def but_not_for_ever():
    with folder() as path, full_backlog(f"{path}/busy"):
        options = ("--unix", f"{path}/busy", "--connect-timeout", "200ms")
        with house(*options) as (h, server), session(h, server) as s:
            expect_refusal(s, CONNECT, unix(f"{path}/busy"), 0, 6)
            server.wait_for_log(f"target=unix:{path}/busy", "backlog is full")


@check
def sockets_of_a_user_are_for_that_user():
    with folder() as path:
        at = f"{path}/alices"
        Local(at)
        with house(more=f"unix = {at}") as (h, server):
            with session(h, server) as s:
                expect_equal(ask(s, CONNECT, unix(at))[0], 0, "REP")
            with session(h, server, user="bob") as s:
                expect_refusal(s, CONNECT, unix(at), 0, 2)
            h.write_users(more="")
            server.process.send_signal(signal.SIGHUP)
            server.wait_for_log("read anew")
            with session(h, server) as s:
                expect_refusal(s, CONNECT, unix(at), 0, 2)


@check
def authorities_of_urls_are_connected_to():
    names = Names()
    with house("--nameserver", names.at) as (h, server), lab.Target(lab.echo) as target:
        with lab.Target(lab.echo, "::1") as six:
            for text, port in ((f"http://local.test:{target.port}/", 0), ("https://local.test/", target.port),
                               (f"WSS://127.0.0.1:{target.port}/", 0), ("http://[::1]/", six.port)):
                with session(h, server) as s:
                    expect_equal(ask(s, CONNECT, url(text), port)[0], 0, text)
                    lab.expect_echo(s)
        server.wait_for_log("relayed", f"target=local.test:{target.port}")
        with session(h, server) as s:  # the scheme's port
            expect_refusal(s, CONNECT, url("http://127.0.0.2/"), 0, 5)
            server.wait_for_log("failed", "target=127.0.0.2:80")
        for text in ("gopher://x/", "http://a@b/", "http://x:0/", "http://%41/", "http:/x"):
            with session(h, server) as s:
                expect_refusal(s, CONNECT, url(text), 80, 11)
                expect_end(s)


@check
def types_are_08_without_bit_10():
    with house() as (h, server):
        for destination in (unix("/x"), abstract(b"x"), url("http://x/")):
            with session(h, server, capabilities="8a3f") as s:
                expect_refusal(s, CONNECT, destination, 80, 8)
                expect_end(s)
            with anonymous(server) as s:
                expect_refusal(s, CONNECT, destination, 80, 8)
                expect_end(s)
