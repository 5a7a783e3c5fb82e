"""Sessions that wait (pool = N) at proxies that do as they like, most of them played here."""
import ctypes
import os
import socket
import struct
import threading

import socks5ad as lab
import socks5ad_eaf as eaf
from commands.scene import ask_figures
from socks5ad import expect, expect_equal, read_exactly

from .patient import Program, Proxy, connecting
from .scene import check, home


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
    with connecting(proxy, """
for _ in range(3):
    before = filled()
    assert connect() in before
say("done")
hear()
""") as program:
        program.expect_word("done")
        expect_equal(proxy.requests, 6, "requests")
        program.tell()


@check
def user_name_and_password_are_given_before():
    class Guarded(Proxy):
        def greet(self, s):
            expect_equal(read_exactly(s, 3), b"\x05\x01\x02", "greeting")
            s.sendall(b"\x05\x02")
            expect_equal(read_exactly(s, 11), b"\x01\x04user\x04pass", "log-in")
            s.sendall(b"\x01\x00")

    proxy = Guarded()
    with connecting(proxy, """
before = filled()
assert connect() in before
""", "method = password", "user = user", "password = pass"):
        pass


@check
def sessions_that_were_ended_are_not_taken_and_come_back_with_the_next_connect():
    proxy = Proxy()
    with connecting(proxy, """
before = filled()
say("waiting")
hear()
until(lambda: not waiting() & before)
assert connect() not in before
say("connected")
""") as program:
        program.expect_word("waiting")
        proxy.hang_up()
        program.tell()
        program.expect_word("connected")
        expect_equal(proxy.requests, 4, "requests: none was made twice")


@check
def session_that_has_said_something_is_not_taken():
    proxy = Proxy()
    with connecting(proxy, """
before = filled()
say("waiting")
hear()
assert connect() not in before
say("connected")
""") as program:
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
    with connecting(proxy, """
for _ in range(20):
    connect()
say("done")
hear()
""") as program:
        program.expect_word("done")
        lab.wait_until(lambda: proxy.requests == 23, "all requests")
        expect(proxy.accepted <= 23 + 2 * 4, f"{proxy.accepted} connections for 23 connects")
        program.tell()


@check
def proxy_that_restarts_does_not_show():
    proxy = Proxy()
    with connecting(proxy, """
filled()
say("waiting")
hear()
for _ in range(3):
    connect()
say("connected")
""") as program:
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
    with connecting(proxy, """
import threading
before, ports = filled(), []
threads = [threading.Thread(target=lambda: ports.append(connect())) for _ in range(20)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert len(ports) == 20 and before < set(ports), (before, ports)
filled()
"""):
        pass


@check
def connection_that_waits_is_impatient_and_the_programs_is_not():
    proxy = Proxy()
    with connecting(proxy, """
before = filled()
held = sockets()
timeout = lambda s: s.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
until(lambda: {timeout(held[port]) for port in before} == {5000})
held.clear()
s = socket.create_connection((host, port), 15)
assert s.getsockname()[1] in before and timeout(s) == 0
"""):
        pass


@check
def forwarded_unix_socket_is_not_impatient_either():
    """Its own end has no such option, so that it is not there to be taken over."""
    proxy = Proxy()
    with connecting(proxy, """
filled()
s = socket.socket(socket.AF_UNIX)
s.connect("/nowhere/forwarded")
s.sendall(b"hello")
assert s.recv(100) == b"hello"
say(s.fileno())
hear()
""", "[forward]", "/nowhere/forwarded = 192.0.2.1:80") as program:
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
            with home(*lines) as env, Program(env, """
taken = 0
for _ in range(20):
    before = filled()
    taken += connect() in before  # unless the one was being read from, and the other logged in
assert taken > 5, taken
""", "target.test", where, str(target.port)):
                pass
            opened = ask_figures(metrics)["accepted_total"]
            expect(opened <= 3 + 20 + 2 + 10, f"{opened} sessions for 23 connects")
