#!/usr/bin/env python3
"""Sessions that wait (pool = N) at proxies that do as they like: waiting.py BUILD-DIR [CHECK...]

Programs with the shim over loopback; the proxies of most checks are played here. Prints as socks5ad.py."""
import ctypes
import os
import socket
import struct
import subprocess
import sys
import threading

sys.dont_write_bytecode = True

import details  # noqa: E402
import socks5ad as lab  # noqa: E402
import socks5ad_eaf as eaf  # noqa: E402
from commands import scene  # noqa: E402
from socks5ad import expect, expect_equal, read_exactly  # noqa: E402

CHECKS = []

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
def say(word):
    print(word, flush=True)
def hear():
    return sys.stdin.readline().strip()
for _ in range(3):
    connect()
"""


def check(function):
    CHECKS.append(function)
    return function


class Proxy(lab.Target):
    """Method 00; every target echoes. `manners(proxy, connection)` is called once the method is selected, and
    true where it goes on."""

    def __init__(self, manners=lambda proxy, connection: True):
        self.manners, self.idle, self.requests = manners, set(), 0
        super().__init__(self.talk)

    def talk(self, s):
        s.settimeout(None)
        expect_equal(read_exactly(s, 3), b"\x05\x01\x00", "greeting")
        s.sendall(b"\x05\x00")
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
                         env={**env, "LD_PRELOAD": f"{eaf.BUILD}/libsocks5a-shim.so"},
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


def home(proxy, *lines):
    return details.home(f"address = 127.0.0.1:{proxy.port}", "pool = 2", "pipeline = off", *lines)


def at(proxy):
    return "192.0.2.1", str(proxy.port), "80"


def taken_from(pid, number):
    """Another process's socket, as the kernel has it."""
    pidfd_getfd = 438  # of all architectures
    process = os.pidfd_open(pid)
    fd = ctypes.CDLL(None, use_errno=True).syscall(pidfd_getfd, process, number, 0)
    os.close(process)
    expect(fd >= 0, f"no socket of the program: {os.strerror(ctypes.get_errno())}")
    return socket.socket(fileno=fd)


# ---- proxies that are not logged in to by EAF ---------------------------------------------------


@check
def old_proxies_have_sessions_waiting():
    proxy = Proxy()
    with home(proxy) as env, Program(env, """
for _ in range(3):
    until(lambda: len(waiting()) == 2)
    before = waiting()
    assert connect() in before
say("done")
hear()
""", *at(proxy)) as program:
        program.expect_word("done")
        expect_equal(proxy.requests, 6, "requests")
        program.tell()


@check
def user_name_and_password_are_given_before():
    def log_in(_, s):
        expect_equal(read_exactly(s, 11), b"\x01\x04user\x04pass", "log-in")
        s.sendall(b"\x01\x00")
        return True

    class Guarded(Proxy):
        def talk(self, s):
            s.settimeout(None)
            greeting = read_exactly(s, 3)
            expect_equal(greeting, b"\x05\x01\x02", "greeting")
            s.sendall(b"\x05\x02")
            log_in(self, s)
            self.idle.add(s)
            request = s.recv(10, socket.MSG_WAITALL)
            if len(request) == 10:
                s.sendall(b"\x05\x00\x00\x01\x7f\0\0\1\0\1")
                lab.echo(s)
    proxy = Guarded()
    with home(proxy, "method = password", "user = user", "password = pass") as env, Program(env, """
until(lambda: len(waiting()) == 2)
before = waiting()
assert connect() in before
""", *at(proxy)):
        pass


@check
def sessions_that_were_ended_are_not_taken_and_come_back_with_the_next_connect():
    proxy = Proxy()
    with home(proxy) as env, Program(env, """
until(lambda: len(waiting()) == 2)
before = waiting()
say("waiting")
hear()
until(lambda: not waiting() & before)
assert connect() not in before
say("connected")
""", *at(proxy)) as program:
        program.expect_word("waiting")
        proxy.hang_up()
        program.tell()
        program.expect_word("connected")
        expect_equal(proxy.requests, 4, "requests: none was made twice")


@check
def session_that_has_said_something_is_not_taken():
    proxy = Proxy()
    with home(proxy) as env, Program(env, """
until(lambda: len(waiting()) == 2)
before = waiting()
say("waiting")
hear()
assert connect() not in before
say("connected")
""", *at(proxy)) as program:
        program.expect_word("waiting")
        for s in list(proxy.idle):
            s.sendall(b"\x05\x00\x00\x01\0\0\0\0\0\0")  # what a request would be answered with
        program.tell()
        program.expect_word("connected")


@check
def proxy_that_ends_every_session_that_waits_is_not_pestered():
    def hang_up_on_the_idle(proxy, s):
        s.settimeout(0.02)
        try:
            return bool(s.recv(1, socket.MSG_PEEK))
        except TimeoutError:
            return False
        finally:
            s.settimeout(None)
    proxy = Proxy(hang_up_on_the_idle)
    with home(proxy) as env, Program(env, """
for _ in range(20):
    connect()
say("done")
hear()
""", *at(proxy)) as program:
        program.expect_word("done")
        lab.wait_until(lambda: proxy.requests == 23, "all requests")
        expect(proxy.accepted <= 23 + 2 * 4, f"{proxy.accepted} connections for 23 connects")
        program.tell()


@check
def proxy_that_restarts_does_not_show():
    proxy = Proxy()
    with home(proxy) as env, Program(env, """
until(lambda: len(waiting()) == 2)
say("waiting")
hear()
for _ in range(3):
    connect()
say("connected")
""", *at(proxy)) as program:
        program.expect_word("waiting")
        proxy.listener.shutdown(socket.SHUT_RDWR)
        proxy.listener.close()
        for s in list(proxy.idle):  # as a process that ends with requests unread
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
        proxy.listener = socket.socket()
        proxy.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        proxy.listener.bind(("127.0.0.1", proxy.port))
        proxy.listener.listen(16)
        threading.Thread(target=proxy.run, daemon=True).start()
        program.tell()
        program.expect_word("connected")


@check
def burst_takes_what_waits_and_dials_the_rest():
    proxy = Proxy()
    with home(proxy) as env, Program(env, """
import threading
until(lambda: len(waiting()) == 2)
before, ports = waiting(), []
threads = [threading.Thread(target=lambda: ports.append(connect())) for _ in range(20)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert len(ports) == 20 and before < set(ports), (before, ports)
until(lambda: len(waiting()) == 2)
""", *at(proxy)):
        pass


@check
def connection_that_waits_is_impatient_and_the_programs_is_not():
    proxy = Proxy()
    with home(proxy) as env, Program(env, """
until(lambda: len(waiting()) == 2)
before = waiting()
held = sockets()
timeout = lambda s: s.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
until(lambda: {timeout(held[port]) for port in before} == {5000})
held.clear()
s = socket.create_connection((host, port), 15)
assert s.getsockname()[1] in before and timeout(s) == 0
""", *at(proxy)):
        pass


@check
def forwarded_unix_socket_is_not_impatient_either():
    """Its own end has no such option, so that it is not there to be taken over."""
    proxy = Proxy()
    with home(proxy, "[forward]", "/nowhere/forwarded = 192.0.2.1:80") as env, Program(env, """
until(lambda: len(waiting()) == 2)
s = socket.socket(socket.AF_UNIX)
s.connect("/nowhere/forwarded")
s.sendall(b"hello")
assert s.recv(100) == b"hello"
say(s.fileno())
hear()
""", *at(proxy)) as program:
        number = int(program.stdout.readline())
        expect_equal(taken_from(program.pid, number).getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT), 0,
                     "TCP_USER_TIMEOUT")
        program.tell()


# ---- socks5ad ----------------------------------------------------------------------------------


@check
def dummies_leave_sessions_waiting():
    """Behind each reply: to POOL_NEW, here."""
    with eaf.house() as h, lab.Target(lab.echo) as target:
        hosts, metrics = h.path("hosts"), h.path("metrics")
        with open(hosts, "w") as file:
            file.write("127.0.0.1 target.test\n")
        options = ("--methods", "tol", "--tol-padding", "4096 4096 4096", "--hosts", hosts, "--metrics", metrics)
        with h.serve(*options) as server:
            where = server.at.rsplit(":", 1)[1]
            lines = (f"address = 127.0.0.1:{where}", "pool = 2", f"pool_target = target.test:{target.port}",
                     f"server_key = {h.server_key}", f"key = {h.path('alice')}")
            with details.home(*lines) as env, Program(env, """
taken = 0
for _ in range(20):
    until(lambda: len(waiting()) == 2)
    before = waiting()
    taken += connect() in before  # unless the one was being read from, and the other logged in
assert taken > 5, taken
""", "target.test", where, str(target.port)):
                pass
            opened = scene.ask_figures(metrics)["accepted_total"]
            expect(opened <= 3 + 20 + 2 + 10, f"{opened} sessions for 23 connects")


def main():
    if len(sys.argv) < 2:
        print("usage: waiting.py BUILD-DIR [CHECK...]", file=sys.stderr)
        return 2
    eaf.BUILD = details.BUILD = os.path.abspath(sys.argv[1])
    lab.SOCKS5AD = f"{eaf.BUILD}/socks5ad"
    return lab.run_checks(CHECKS, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
