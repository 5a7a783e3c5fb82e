"""A program that connects again and again, for which sessions wait (pool = 2), and a proxy that it goes through."""
import contextlib
import socket
import subprocess
import sys

import socks5ad as lab
from socks5ad import expect_equal, read_exactly

from .scene import build, home

# A connect() over a session that waited has its local port; `say` and `hear` keep step with the check.
PROGRAM = """
import os, socket, struct, sys, time
host, proxy_port, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
used = set()
def sockets():
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            s = socket.socket(fileno=os.dup(int(name)))
            if s.family == socket.AF_INET and s.type == socket.SOCK_STREAM:
                found[s.getsockname()[1]] = s
        except OSError:
            pass
    return found
def waiting():
    ports = set()
    for line in open("/proc/self/net/tcp").readlines()[1:]:
        word = line.split()
        if int(word[2].split(":")[1], 16) == proxy_port and word[3] == "01":
            ports.add(int(word[1].split(":")[1], 16))
    return ports - used
def connect():
    s = socket.create_connection((host, port), 15)
    s.sendall(b"hello")
    body = s.recv(100)
    own = s.getsockname()[1]
    used.add(own)
    s.close()
    assert body == b"hello", body
    return own
def until(condition, what="waited in vain"):
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.005)
def filled():
    # the ports of both sessions, once they wait
    until(lambda: len(waiting()) == 2)
    return waiting()
def say(word):
    print(word, flush=True)
def hear():
    return sys.stdin.readline().strip()
for _ in range(3):
    connect()
"""


class Proxy(lab.Target):
    """Method 00; every target echoes. `manners(proxy, connection)` is called once the method is selected, and
    true where it goes on."""

    def __init__(self, manners=lambda proxy, connection: True):
        self.manners, self.idle, self.requests = manners, set(), 0
        super().__init__(self.talk)

    def greet(self, s):
        expect_equal(read_exactly(s, 3), b"\x05\x01\x00", "greeting")
        s.sendall(b"\x05\x00")

    def talk(self, s):
        s.settimeout(None)
        self.greet(s)
        if not self.manners(self, s):
            return
        self.idle.add(s)
        request = s.recv(10, socket.MSG_WAITALL)
        self.idle.discard(s)
        if len(request) == 10:
            self.requests += 1
            s.sendall(b"\x05\x00\x00\x01\x7f\0\0\1\0\1")
            lab.echo(s)

    def hang_up(self):
        for s in list(self.idle):
            s.shutdown(socket.SHUT_RDWR)


class Program(subprocess.Popen):
    def __init__(self, env, script, *arguments):
        super().__init__([sys.executable, "-S", "-c", PROGRAM + script, *arguments], text=True,
                         env={**env, "LD_PRELOAD": build("libsocks5a-shim.so")},
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def expect_word(self, word):
        found = self.stdout.readline().strip()
        if found != word:
            self.kill()
            expect_equal(found, word, f"word of the program; {self.stderr.read()}")

    def tell(self, word="go"):
        self.stdin.write(word + "\n")
        self.stdin.flush()

    def __exit__(self, kind, *rest):
        if kind:
            self.kill()
        output = self.communicate(timeout=lab.LIMIT)
        if not kind:
            expect_equal(self.returncode, 0, f"status: {output}")
        return super().__exit__(kind, *rest)


@contextlib.contextmanager
def connecting(proxy, script, *lines):
    """A Program that goes on with this script, with sessions waiting at a proxy that is played here; `lines`: more
    of its configuration."""
    options = (f"address = 127.0.0.1:{proxy.port}", "pool = 2", "pipeline = off", *lines)
    with home(*options) as env, Program(env, script, "192.0.2.1", str(proxy.port), "80") as running:
        yield running
