#!/usr/bin/env python3
"""socks5ad over loopback, from outside: python3 tests/system/socks5ad.py PATH-OF-SOCKS5AD [CHECK...]

Prints "ok NAME" or "not ok NAME: why" for every check; exits 1 if one failed.
"""
import contextlib
import fcntl
import hashlib
import importlib
import os
import pkgutil
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

LIMIT = 20  # s, for anything that should happen soon
SOCKS5AD = None
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def expect(condition, why):
    if not condition:
        raise AssertionError(why)


def expect_equal(found, expected, what):
    expect(found == expected, f"{what}: found {found!r}, expected {expected!r}")


# ---- the server under test ------------------------------------------------------------------


class Server:
    """socks5ad with a log in a file; `.at` is where its first listener is."""

    def __init__(self, *options, loopback=True, listen=("127.0.0.1:0",)):
        self.log = tempfile.TemporaryFile()
        # the server has the same file position: what it writes while text() reads goes to the end
        fcntl.fcntl(self.log, fcntl.F_SETFL, os.O_APPEND)
        ready, told = os.pipe()
        command = [SOCKS5AD, "-v", "--ready-fd", str(told)]
        for where in listen:
            command += ["--listen", where]
        if loopback:
            command.append("--allow-loopback")
        self.process = subprocess.Popen(
            command + list(options), pass_fds=[told], stderr=self.log
        )
        os.close(told)
        with os.fdopen(ready) as lines:
            self.bound = [line.strip() for line in lines]
        expect(self.bound, "did not start: " + self.text())
        self.at = self.bound[0]

    def text(self):
        self.log.seek(0)
        return self.log.read().decode()

    def wait_for_log(self, *words):
        return wait_until(
            lambda: next(
                (line for line in self.text().splitlines() if all(w in line for w in words)),
                None,
            ),
            f"a log line with {words}",
        )

    def connect(self):
        if self.at.startswith("unix:"):
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(LIMIT)
            s.connect(self.at[5:])
            return s
        host, port = self.at.rsplit(":", 1)
        return socket.create_connection((host.strip("[]"), int(port)), LIMIT)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            # The first drains, the second ends at once.
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
                wait_until(lambda: self.process.poll() is not None or self.again(), "its end")
        status = self.process.wait(LIMIT)
        text = self.text()
        if kind is None:
            expect(status == 0, f"ended with {status}: {text[-2000:]}")
            expect("Sanitizer" not in text and "runtime error" not in text, text[-4000:])

    def again(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return False


def wait_until(probe, what, limit=LIMIT):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}")


# ---- targets ---------------------------------------------------------------------------------


class Target:
    """A listener that runs `serve(connection)` in a thread for each connection."""

    def __init__(self, serve, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.socket(family)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, 0))
        self.listener.listen(512)
        self.host, self.port = host, self.listener.getsockname()[1]
        self.serve = serve
        self.accepted = 0
        self.failure = None
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        with connection:
            connection.settimeout(LIMIT)
            try:
                self.serve(connection)
            except Exception as error:  # a check asks for it
                self.failure = error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # close() alone would leave accept() in the thread waiting
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def echo(connection):
    while True:
        data = connection.recv(65536)
        if not data:
            break
        connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def read_all(s):
    chunks = []
    while True:
        data = s.recv(65536)
        if not data:
            return b"".join(chunks)
        chunks.append(data)


def closed_port(host="127.0.0.1"):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


# ---- the client's side of the wire -----------------------------------------------------------

GREETING = b"\x05\x01\x00"
GREETING_PASSWORD = b"\x05\x01\x02"


def read_exactly(s, count):
    data = b""
    while len(data) < count:
        more = s.recv(count - len(data))
        if not more:
            raise AssertionError(f"closed after {len(data)} of {count} bytes: {data.hex()}")
        data += more
    return data


def address(host):
    for family, atyp in ((socket.AF_INET, 1), (socket.AF_INET6, 4)):
        with contextlib.suppress(OSError):
            return bytes([atyp]) + socket.inet_pton(family, host)
    return name(host.encode())


def name(host):
    return bytes([3, len(host)]) + host


def request(destination, port, command=1):
    return bytes([5, command, 0]) + destination + struct.pack(">H", port)


def userpass(user, password):
    return bytes([1, len(user)]) + user + bytes([len(password)]) + password


def read_reply(s):
    """REP and (host, port) of the reply."""
    version, rep, _, atyp = read_exactly(s, 4)
    expect_equal(version, 5, "VER of the reply")
    family, size = {1: (socket.AF_INET, 4), 4: (socket.AF_INET6, 16)}[atyp]
    host = socket.inet_ntop(family, read_exactly(s, size))
    return rep, (host, struct.unpack(">H", read_exactly(s, 2))[0])


def ask(server, destination, port, command=1):
    """A connection that has sent greeting and request, and the reply."""
    s = server.connect()
    s.sendall(GREETING)
    expect_equal(read_exactly(s, 2), b"\x05\x00", "selection")
    s.sendall(request(destination, port, command))
    return s, read_reply(s)


def expect_rep(server, destination, port, rep, command=1):
    s, (found, _) = ask(server, destination, port, command)
    with s:
        expect_equal(found, rep, "REP")
        expect_equal(s.recv(1), b"", "what follows a refusal")


def expect_echo(s, data=b"hello"):
    s.sendall(data)
    expect_equal(read_exactly(s, len(data)), data, "echo")


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


# ---- a DNS server ----------------------------------------------------------------------------


class Names:
    """Answers A and AAAA from a table; names without an entry do not exist."""

    TABLE = {
        b"\x04both\x04test\x00": (["127.0.0.1"], ["::1"]),
        b"\x03six\x04test\x00": ([], ["::1"]),
        b"\x03two\x04test\x00": (["127.0.0.2", "127.0.0.1"], []),
        b"\x06public\x04test\x00": (["127.0.0.1"], []),
        b"\x04fail\x04test\x00": "fail",
        b"\x06silent\x04test\x00": "silent",
    }

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.at = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            answer = self.answer(query)
            if answer:
                self.socket.sendto(answer, peer)

    def answer(self, query):
        end = query.index(b"\x00", 12) + 1
        wanted, kind = query[12:end], struct.unpack(">H", query[end : end + 2])[0]
        entry = self.TABLE.get(wanted.lower())
        if entry == "silent":
            return None
        code = 2 if entry == "fail" else 0 if entry else 3
        found = entry[0 if kind == 1 else 1] if code == 0 and kind in (1, 28) else []
        family = socket.AF_INET if kind == 1 else socket.AF_INET6
        head = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(found), 0, 0)
        body = query[12 : end + 4]
        for text in found:
            packed = socket.inet_pton(family, text)
            body += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(packed)) + packed
        return head + body


# ---- users -----------------------------------------------------------------------------------


def hash_line(password):
    return subprocess.run(
        [SOCKS5AD, "--hash-password"], input=password + b"\n", capture_output=True, check=True
    ).stdout.decode()


@contextlib.contextmanager
def users_file(mode=0o600):
    with tempfile.NamedTemporaryFile("w", suffix=".users") as file:
        os.chmod(file.name, mode)
        file.write("[user alice]\n" + hash_line(b"wonderland"))
        file.flush()
        yield file


def log_in(server, user, password):
    s = server.connect()
    s.sendall(GREETING_PASSWORD)
    expect_equal(read_exactly(s, 2), b"\x05\x02", "selection")
    begin = time.monotonic()
    s.sendall(userpass(user, password))
    return s, read_exactly(s, 2), time.monotonic() - begin


# ---- checks: methods -------------------------------------------------------------------------


@check
def no_auth_connects():
    with Server() as server, Target(echo) as target:
        s, (rep, bound) = ask(server, address("127.0.0.1"), target.port)
        expect_equal(rep, 0, "REP")
        expect_equal(bound[0], "127.0.0.1", "BND.ADDR")
        expect(bound[1] != 0, "BND.PORT is 0")
        expect_echo(s)
        s.close()
        line = server.wait_for_log("relayed", "rep=00", "up=5", "down=5")
        expect(f"target=127.0.0.1:{target.port}" in line, line)


@check
def right_password_connects():
    with users_file() as file, Server("--users", file.name) as server, Target(echo) as target:
        for _ in range(3):  # the later ones by the memory of the first
            s, status, _ = log_in(server, b"alice", b"wonderland")
            expect_equal(status, b"\x01\x00", "status")
            s.sendall(request(address("127.0.0.1"), target.port))
            expect_equal(read_reply(s)[0], 0, "REP")
            expect_echo(s)
            s.close()
        server.wait_for_log("relayed", "user=alice")


@check
def wrong_password_and_unknown_user_look_alike():
    with users_file() as file, Server("--users", file.name) as server:
        for user, password in ((b"alice", b"x"), (b"mallory", b"wonderland"), (b"", b"")):
            s, status, took = log_in(server, user, password)
            with s:
                expect_equal(status, b"\x01\x01", "status")
                expect(took >= 0.199, f"answered after {took} s")
                expect_equal(s.recv(1), b"", "what follows")
        expect("wonderland" not in server.text(), "the log holds a password")
        server.wait_for_log("refused", "user=alice", "wrong password")
        server.wait_for_log("refused", "user=mallory", "unknown user")


@check
def wrong_password_after_a_proven_one_fails():
    with users_file() as file, Server("--users", file.name) as server:
        log_in(server, b"alice", b"wonderland")[0].close()
        s, status, _ = log_in(server, b"alice", b"wonderlane")
        s.close()
        expect_equal(status, b"\x01\x01", "status")


@check
def wrong_passwords_are_slowed_and_right_ones_served():
    with users_file() as file, Server("--users", file.name) as server:
        took = []
        for _ in range(5):
            s, status, seconds = log_in(server, b"alice", b"x")
            s.close()
            expect_equal(status, b"\x01\x01", "status")
            took.append(seconds)
        expect(took[4] >= 0.699, f"answered after {took} s")
        s, status, _ = log_in(server, b"alice", b"wonderland")
        s.close()
        expect_equal(status, b"\x01\x00", "status")


@check
def no_acceptable_method_is_refused():
    with users_file() as file, Server("--users", file.name) as server, Server() as open_server:
        for asked, offer in ((server, b"\x05\x01\x00"), (open_server, b"\x05\x02\x02\x80")):
            with asked.connect() as s:
                s.sendall(offer)
                expect_equal(read_exactly(s, 2), b"\x05\xff", "selection")
                expect_equal(s.recv(1), b"", "what follows")


@check
def users_file_readable_by_others_is_refused():
    with users_file(0o640) as file:
        ended = subprocess.run([SOCKS5AD, "--users", file.name], capture_output=True, timeout=LIMIT)
        expect_equal(ended.returncode, 2, "exit status")
        expect(b"0640" in ended.stderr and ended.stderr.count(b"\n") == 1, ended.stderr)


@check
def many_log_ins_at_once():
    slow = ("--handshake-timeout", "60")  # on a slow machine they wait for each other
    with users_file() as file, Server("--users", file.name, *slow) as server:
        waiting = []
        for i in range(8):
            s = server.connect()
            s.sendall(GREETING_PASSWORD + userpass(b"alice", b"wonderland" if i % 2 else b"no"))
            waiting.append((s, b"\x01\x00" if i % 2 else b"\x01\x01"))
        reset(waiting.pop()[0])  # one goes away meanwhile
        for s, status in waiting:
            with s:
                expect_equal(read_exactly(s, 2), b"\x05\x02", "selection")
                expect_equal(read_exactly(s, 2), status, "status")


# ---- checks: targets and REP -----------------------------------------------------------------


@check
def ipv6_target_connects():
    with Server() as server, Target(echo, "::1") as target:
        s, (rep, bound) = ask(server, address("::1"), target.port)
        expect_equal((rep, bound[0]), (0, "::1"), "REP and BND")
        expect_echo(s)
        s.close()


@check
def localhost_and_literals_as_names_connect():
    with Server() as server, Target(echo) as target, Target(echo, "::1") as target6:
        for host, port in ((b"localhost", target.port), (b"127.0.0.1", target.port), (b"::1", target6.port)):
            s, (rep, _) = ask(server, name(host), port)
            expect_equal(rep, 0, f"REP for {host}")
            expect_echo(s)
            s.close()


@check
def names_are_looked_up():
    names = Names()
    with Server("--nameserver", names.at) as server, Target(echo) as target:
        for host in (b"both.test", b"BOTH.test.", b"two.test"):
            s, (rep, _) = ask(server, name(host), target.port)
            expect_equal(rep, 0, f"REP for {host}")
            expect_echo(s)
            s.close()
    with Server("--nameserver", names.at) as server, Target(echo, "::1") as target:
        for host in (b"six.test", b"both.test"):  # of both, 127.0.0.1 refuses
            s, (rep, _) = ask(server, name(host), target.port)
            expect_equal(rep, 0, f"REP for {host}")
            s.close()


@check
def names_that_do_not_resolve():
    names = Names()
    with Server("--nameserver", names.at, "--connect-timeout", "1500ms") as server:
        expect_rep(server, name(b"gone.test"), 80, 4)
        expect_rep(server, name(b"fail.test"), 80, 1)
        expect_rep(server, name(b"silent.test"), 80, 6)
        expect_rep(server, name(b"a" * 255), 80, 4)


@check
def look_ups_do_not_block_others():
    names = Names()
    with Server("--nameserver", names.at) as server, Target(echo) as target:
        s = server.connect()
        s.sendall(GREETING + request(name(b"silent.test"), 80))
        expect_equal(read_exactly(s, 2), b"\x05\x00", "selection")
        other, (rep, _) = ask(server, address("127.0.0.1"), target.port)
        expect_equal(rep, 0, "REP")
        expect_echo(other)
        other.close()
        reset(s)  # goes away during its look-up
        server.wait_for_log("ended", "silent.test")


@check
def hosts_file_is_honoured():
    with tempfile.NamedTemporaryFile("w") as hosts:
        hosts.write("127.0.0.1 own.example\n")
        hosts.flush()
        with Server("--hosts", hosts.name) as server, Target(echo) as target:
            s, (rep, _) = ask(server, name(b"own.example"), target.port)
            expect_equal(rep, 0, "REP")
            s.close()


@check
def refused_connect_is_05():
    with Server() as server:
        expect_rep(server, address("127.0.0.1"), closed_port(), 5)
        expect_rep(server, name(b"localhost"), closed_port(), 5)


@check
def loopback_and_own_addresses_are_02():
    names = Names()
    with Server("--nameserver", names.at, loopback=False) as server, Target(echo) as target:
        for destination in (
            address("127.0.0.1"),
            address("127.9.9.9"),
            address("0.0.0.0"),
            address("::1"),
            address("::"),
            address("::ffff:127.0.0.1"),
            address("169.254.1.1"),
            address("224.0.0.1"),
            name(b"localhost"),
            name(b"public.test"),
            name(b"127.0.0.1"),
        ):
            expect_rep(server, destination, target.port, 2)
        expect_equal(target.accepted, 0, "connections that came through")
        server.wait_for_log("refused", "rep=02", "loopback")


@check
def rules_open_and_close():
    with Server("--deny", "127.0.0.3", "--allow", "127.0.0.0/8", loopback=False) as server:
        with Target(echo) as target:
            s, (rep, _) = ask(server, address("127.0.0.1"), target.port)
            s.close()
            expect_equal(rep, 0, "REP")
            expect_rep(server, address("127.0.0.3"), target.port, 2)


@check
def unknown_command_address_and_malformed_requests():
    with Server() as server:
        expect_rep(server, address("127.0.0.1"), 80, 2, command=2)
        expect_rep(server, address("127.0.0.1"), 80, 7, command=4)
        expect_rep(server, address("127.0.0.1"), 80, 7, command=0x99)
        expect_rep(server, b"\x07\x01\x00\x01a", 80, 8)
        expect_rep(server, b"\x02aaaa", 80, 8)
        expect_rep(server, b"\x03\x00", 80, 1)
        with server.connect() as s:
            s.sendall(GREETING + b"\x04\x01\x00\x01aaaabb")
            expect_equal(read_exactly(s, 2), b"\x05\x00", "selection")
            expect_equal(read_reply(s)[0], 1, "REP")
            expect_equal(s.recv(1), b"", "what follows")


@check
def connect_that_hangs_is_06():
    # A listener whose queue is full drops what comes.
    with socket.socket() as full, Server("--connect-timeout", "700ms") as server:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
            fillers.append(filler)
        expect_rep(server, address("127.0.0.1"), full.getsockname()[1], 6)
        for filler in fillers:
            filler.close()


# ---- checks: how bytes arrive ----------------------------------------------------------------


@check
def trickled_byte_by_byte():
    with users_file() as file, Server("--users", file.name) as server, Target(echo) as target:
        with server.connect() as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            parts = (
                (GREETING_PASSWORD, b"\x05\x02"),
                (userpass(b"alice", b"wonderland"), b"\x01\x00"),
                (request(name(b"localhost"), target.port), b"\x05\x00\x00\x01"),
            )
            for sent, answer in parts:
                for byte in sent:
                    s.sendall(bytes([byte]))
                    time.sleep(0.002)  # so that each is a segment of its own
                expect_equal(read_exactly(s, len(answer)), answer, "answer")
            read_exactly(s, 6)
            expect_echo(s)


@check
def everything_in_one_write():
    with users_file() as file, Server("--users", file.name) as server, Target(echo) as target:
        payload = os.urandom(100000)
        with server.connect() as s:
            s.sendall(
                GREETING_PASSWORD
                + userpass(b"alice", b"wonderland")
                + request(address("127.0.0.1"), target.port)
                + payload[:30000]
            )
            expect_equal(read_exactly(s, 4), b"\x05\x02\x01\x00", "selection and status")
            expect_equal(read_reply(s)[0], 0, "REP")
            s.sendall(payload[30000:])
            expect_equal(read_exactly(s, len(payload)), payload, "echo")


@check
def everything_at_once_with_half_close():
    with Server() as server, Target(echo) as target, server.connect() as s:
        s.sendall(GREETING + request(address("127.0.0.1"), target.port) + b"payload")
        s.shutdown(socket.SHUT_WR)
        expect_equal(read_exactly(s, 2), b"\x05\x00", "selection")
        expect_equal(read_reply(s)[0], 0, "REP")
        expect_equal(read_all(s), b"payload", "echo")


@check
def split_at_every_byte():
    with Server() as server, Target(echo) as target:
        whole = GREETING + request(address("127.0.0.1"), target.port) + b"xy"
        for split in range(1, len(whole)):
            with server.connect() as s:
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                s.sendall(whole[:split])
                if split >= len(GREETING):
                    expect_equal(read_exactly(s, 2), b"\x05\x00", "selection")
                else:
                    time.sleep(0.002)
                s.sendall(whole[split:])
                if split < len(GREETING):
                    expect_equal(read_exactly(s, 2), b"\x05\x00", "selection")
                expect_equal(read_reply(s)[0], 0, f"REP, split at {split}")
                expect_equal(read_exactly(s, 2), b"xy", "echo")


@check
def bytes_behind_a_failed_request_are_dropped():
    with Server() as server:
        for _ in range(20):
            with server.connect() as s:
                s.sendall(GREETING + request(address("127.0.0.1"), closed_port()) + b"z" * 50000)
                expect_equal(read_exactly(s, 2), b"\x05\x00", "selection")
                expect_equal(read_reply(s)[0], 5, "REP")  # a reset would have eaten it
                expect_equal(s.recv(1), b"", "what follows")


@check
def last_answer_ends_within_seconds():
    with Server() as server, server.connect() as s:
        s.sendall(GREETING + request(address("127.0.0.1"), closed_port()))
        read_exactly(s, 2)
        expect_equal(read_reply(s)[0], 5, "REP")
        before = server.descriptors()
        begin = time.monotonic()
        wait_until(lambda: server.descriptors() < before, "the server to close", 6)
        expect(time.monotonic() - begin < 4, "took longer than 2 s by far")


@check
def garbage_is_closed():
    random.seed(5)
    with Server() as server, Target(echo) as target:
        samples = [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"\x04\x01\x00\x50", b"\x05\x00"]
        samples += [random.randbytes(random.randrange(1, 600)) for _ in range(100)]
        samples += [GREETING + random.randbytes(random.randrange(1, 600)) for _ in range(100)]
        for sample in samples:
            with server.connect() as s, contextlib.suppress(ConnectionError, BrokenPipeError):
                s.sendall(sample)
                s.shutdown(socket.SHUT_WR)
                read_all(s)
        s, (rep, _) = ask(server, address("127.0.0.1"), target.port)
        expect_equal(rep, 0, "REP after garbage")
        s.close()


@check
def handshake_takes_too_long():
    with Server("--handshake-timeout", "300ms") as server:
        for sent in (b"", b"\x05", GREETING, GREETING + b"\x05\x01\x00\x01"):
            with server.connect() as s:
                s.sendall(sent)
                begin = time.monotonic()
                read_all(s)
                expect(time.monotonic() - begin < 5, "closed too late")
        server.wait_for_log("ended", "handshake took too long")


# ---- checks: relays --------------------------------------------------------------------------


def digest(data):
    return hashlib.sha256(data).digest()


@check
def half_close_from_the_client():
    """The target answers with the checksum of all that came, after the client's end of file."""

    def serve(connection):
        connection.sendall(digest(read_all(connection)))

    data = random.randbytes(3 << 20)
    with Server() as server, Target(serve) as target:
        s, (rep, _) = ask(server, address("127.0.0.1"), target.port)
        with s:
            expect_equal(rep, 0, "REP")
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            expect_equal(read_all(s), digest(data), "checksum")
        server.wait_for_log("relayed", f"up={len(data)}", "down=32", "in order")


@check
def half_close_from_the_target():
    """The client answers with a checksum after the target's end of file."""
    data = random.randbytes(3 << 20)
    result = []

    def serve(connection):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        result.append(read_all(connection))

    with Server() as server, Target(serve) as target:
        s, _ = ask(server, address("127.0.0.1"), target.port)
        with s:
            s.sendall(digest(read_all(s)))
        wait_until(lambda: result, "the target")
        expect_equal(result[0], digest(data), "checksum")


@check
def both_directions_at_once():
    up, down = random.randbytes(8 << 20), random.randbytes(8 << 20)
    result = []

    def serve(connection):
        sender = threading.Thread(target=send_and_end, args=(connection, down))
        sender.start()
        result.append(digest(read_all(connection)))
        sender.join()

    def send_and_end(connection, data):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)

    with Server() as server, Target(serve) as target:
        s, _ = ask(server, address("127.0.0.1"), target.port)
        with s:
            sender = threading.Thread(target=send_and_end, args=(s, up))
            sender.start()
            expect_equal(digest(read_all(s)), digest(down), "checksum down")
            sender.join()
        wait_until(lambda: result, "the target")
        expect_equal(result[0], digest(up), "checksum up")


@check
def three_hundred_connections():
    with Server() as server, Target(echo) as target:
        before = server.descriptors()
        connections = []
        for i in range(300):
            s = server.connect()
            s.sendall(GREETING + request(address("127.0.0.1"), target.port) + b"%6d" % i)
            connections.append(s)
        for i, s in enumerate(connections):
            expect_equal(read_exactly(s, 2), b"\x05\x00", "selection")
            expect_equal(read_reply(s)[0], 0, "REP")
            expect_equal(read_exactly(s, 6), b"%6d" % i, "echo")
        for s in connections:
            expect_echo(s, b"x" * 1000)
        for s in connections:
            s.close()
        wait_until(lambda: server.descriptors() == before, "all descriptors to be closed")


@check
def sessions_over_the_limit_wait():
    with Server("--max-sessions", "2") as server, Target(echo) as target:
        first = [ask(server, address("127.0.0.1"), target.port)[0] for _ in range(2)]
        with server.connect() as third:
            third.sendall(GREETING)
            expect(not select.select([third], [], [], 0.2)[0], "the third was served")
            first[0].close()
            expect_equal(read_exactly(third, 2), b"\x05\x00", "selection")
        first[1].close()


def memory_of(process):
    with open(f"/proc/{process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


@check
def slow_reader_holds_the_sender_back():
    total, block = 64 << 20, random.randbytes(1 << 20)
    sent = [0]

    def serve(connection):
        for _ in range(total // len(block)):
            connection.sendall(block)
            sent[0] += len(block)

    with Server() as server, Target(serve) as target:
        s, _ = ask(server, address("127.0.0.1"), target.port)
        with s:
            before = memory_of(server.process)
            steady = wait_until(lambda: stalled(sent), "the sender to stall")
            expect(steady < total, "nothing held the sender back")
            expect(memory_of(server.process) - before < 4096, "the server buffered it")
            used = cpu_of(server.process)
            time.sleep(0.3)
            expect(cpu_of(server.process) - used < 0.15, "the server spins while it waits")
            found, wanted = hashlib.sha256(), hashlib.sha256()
            for _ in range(total // len(block)):
                found.update(read_exactly_fast(s, len(block)))
                wanted.update(block)
            expect_equal(found.digest(), wanted.digest(), "checksum")
            expect_equal(s.recv(1), b"", "end of file")


def cpu_of(process):
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stalled(counter):
    before = counter[0]
    time.sleep(0.3)
    return before if counter[0] == before and before else None


def read_exactly_fast(s, count):
    data = bytearray(count)
    view, at = memoryview(data), 0
    while at < count:
        n = s.recv_into(view[at:])
        expect(n, f"closed after {at} of {count}")
        at += n
    return data


@check
def reset_by_the_target_resets_the_client():
    def serve(connection):
        connection.recv(1)
        connection.sendall(b"before")
        connection.recv(1)  # so that those are on their way first
        reset(connection)

    with Server() as server, Target(serve) as target:
        s, _ = ask(server, address("127.0.0.1"), target.port)
        with s:
            s.sendall(b"1")
            expect_equal(read_exactly(s, 6), b"before", "what came before the reset")
            s.sendall(b"2")
            try:
                expect(False, f"found {s.recv(1)!r} instead of a reset")
            except ConnectionResetError:
                pass
        server.wait_for_log("relayed", "reset by peer")


@check
def reset_by_the_client_resets_the_target():
    result = []

    def serve(connection):
        try:
            while connection.recv(65536):
                pass
            result.append("end of file")
        except ConnectionResetError:
            result.append("reset")

    with Server() as server, Target(serve) as target:
        s, _ = ask(server, address("127.0.0.1"), target.port)
        s.sendall(b"data")
        server_side = wait_until(lambda: target.accepted, "the target")
        expect_equal(server_side, 1, "connections")
        reset(s)
        wait_until(lambda: result, "the target's end")
        expect_equal(result[0], "reset", "what the target saw")


@check
def reset_met_in_writing_is_no_end_of_file():
    """One side has sent bytes before the other one resets, and the server sees both at once."""
    for by_client in (True, False):
        accepted, done = [], threading.Event()

        def serve(connection):
            accepted.append(connection)
            done.wait(LIMIT)

        with Server() as server, Target(serve) as target:
            s, _ = ask(server, address("127.0.0.1"), target.port)
            wait_until(lambda: accepted, "the target")
            writer, resetter = (accepted[0], s) if by_client else (s, accepted[0])
            server.process.send_signal(signal.SIGSTOP)
            writer.sendall(b"bytes")
            reset(resetter)
            server.process.send_signal(signal.SIGCONT)
            try:
                expect(False, f"found {writer.recv(1)!r} instead of a reset")
            except ConnectionResetError:
                pass
            finally:
                done.set()
                s.close()


@check
def client_gone_during_connect_is_noticed():
    with socket.socket() as full, Server() as server:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        s = server.connect()
        s.sendall(GREETING + request(address("127.0.0.1"), full.getsockname()[1]))
        read_exactly(s, 2)
        reset(s)
        server.wait_for_log("ended", "client went away")
        for filler in fillers:
            filler.close()


# ---- checks: running it ----------------------------------------------------------------------


@check
def unix_listener_serves():
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/proxy.sock"
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(path)
        stale.close()  # its file stays, and is in the way
        with Server(listen=[f"unix:{path}"]) as server, Target(echo) as target:
            expect_equal(server.bound, [f"unix:{path}"], "bound")
            s, (rep, _) = ask(server, address("127.0.0.1"), target.port)
            with s:
                expect_equal(rep, 0, "REP")
                data = random.randbytes(1 << 20)
                sender = threading.Thread(target=s.sendall, args=(data,))
                sender.start()
                expect_equal(read_exactly_fast(s, len(data)), data, "echo")
                sender.join()
                s.shutdown(socket.SHUT_WR)
                expect_equal(s.recv(1), b"", "end of file")
            server.wait_for_log("relayed", f"client=unix:uid={os.getuid()}")
        expect(not os.path.exists(path), "the socket file is left")


@check
def client_on_a_unix_socket_that_vanishes():
    """Its bytes still arrive, and nothing spins."""
    result = []

    def serve(connection):
        time.sleep(0.3)
        result.append(read_all(connection))
        time.sleep(0.3)

    with tempfile.TemporaryDirectory() as folder:
        with Server(listen=[f"unix:{folder}/s"]) as server, Target(serve) as target:
            s, _ = ask(server, address("127.0.0.1"), target.port)
            s.sendall(b"last words")
            s.close()
            used = cpu_of(server.process)
            wait_until(lambda: result, "the target")
            expect_equal(result[0], b"last words", "what arrived")
            expect(cpu_of(server.process) - used < 0.15, "the server spins")


@check
def several_listeners():
    with Server(listen=["127.0.0.1:0", "[::1]:0"]) as server, Target(echo) as target:
        expect_equal(len(server.bound), 2, "listeners")
        for server.at in server.bound:
            s, (rep, _) = ask(server, address("127.0.0.1"), target.port)
            s.close()
            expect_equal(rep, 0, "REP")


@check
def sigterm_drains():
    with Server() as server, Target(echo) as target:
        s, _ = ask(server, address("127.0.0.1"), target.port)
        with s:
            server.process.send_signal(signal.SIGTERM)
            server.wait_for_log("draining")
            expect_echo(s, b"still here")
            try:
                server.connect().close()
                expect(False, "a new connection was accepted")
            except ConnectionRefusedError:
                pass
        expect_equal(server.process.wait(LIMIT), 0, "exit status")


@check
def drain_has_a_limit():
    with Server("--drain-timeout", "300ms") as server, Target(echo) as target:
        s, _ = ask(server, address("127.0.0.1"), target.port)
        with s:
            expect_equal(server.stop(), 0, "exit status")
            try:
                expect(False, f"found {s.recv(1)!r} instead of a reset")
            except ConnectionResetError:
                pass


@check
def sighup_reads_users_and_rules_anew():
    with tempfile.TemporaryDirectory() as folder, users_file() as users, Target(echo) as target:
        config = folder + "/socks5ad.conf"

        def write(text):
            with open(config, "w") as file:
                file.write(f"[server]\nlisten = 127.0.0.1:0\nusers = {users.name}\n" + text)

        write("[acl]\nallow_loopback = yes\n")
        with Server("-c", config, loopback=False, listen=()) as server:
            with log_in(server, b"alice", b"wonderland")[0] as s:
                s.sendall(request(address("127.0.0.1"), target.port))
                expect_equal(read_reply(s)[0], 0, "REP before")
                write("")
                users.seek(0)
                users.write("[user alice]\n" + hash_line(b"looking-glass"))
                users.flush()
                server.process.send_signal(signal.SIGHUP)
                server.wait_for_log("read anew")
                expect_echo(s)
            s, status, _ = log_in(server, b"alice", b"wonderland")
            s.close()
            expect_equal(status, b"\x01\x01", "status of the old password")
            s, status, _ = log_in(server, b"alice", b"looking-glass")
            with s:
                expect_equal(status, b"\x01\x00", "status of the new password")
                s.sendall(request(address("127.0.0.1"), target.port))
                expect_equal(read_reply(s)[0], 2, "REP after")
            write("[acl]\nallow_loopbak = yes\n")
            server.process.send_signal(signal.SIGHUP)
            server.wait_for_log("nothing read anew", ":5:")


@check
def usage_errors_are_one_line_and_exit_2():
    with tempfile.NamedTemporaryFile("w") as config:
        config.write("[server]\nlisten = 127.0.0.1:0\n\n[acl]\n  allow = nonsense\n")
        config.flush()
        cases = (
            (["--nonsense"], b"--nonsense"),
            (["--listen"], b"--listen"),
            (["--listen", "host"], b"host"),
            (["--allow", "1.2.3.4/8"], b"1.2.3.4/8"),
            (["stray"], b"stray"),
            (["-c", "/nonexistent"], b"/nonexistent"),
            (["-c", config.name], config.name.encode() + b":5: found \"nonsense\", expected"),
            (["--users", "/nonexistent"], b"/nonexistent"),
            (["--listen", "203.0.113.77:1"], b"203.0.113.77"),
        )
        for options, word in cases:
            ended = subprocess.run([SOCKS5AD, *options], capture_output=True, timeout=LIMIT)
            expect_equal(ended.returncode, 2, f"exit status of {options}")
            expect(word in ended.stderr and ended.stderr.count(b"\n") == 1, ended.stderr)


@check
def help_and_version():
    for option in ("--help", "--version"):
        ended = subprocess.run([SOCKS5AD, option], capture_output=True, timeout=LIMIT)
        expect_equal(ended.returncode, 0, f"exit status of {option}")
        expect(b"socks5ad" in ended.stdout, ended.stdout)


def main():
    global SOCKS5AD
    if len(sys.argv) < 2:
        print("usage: socks5ad.py PATH-OF-SOCKS5AD [CHECK...]", file=sys.stderr)
        return 2
    SOCKS5AD = os.path.abspath(sys.argv[1])
    return run_checks(CHECKS, sys.argv[2:])


def load_checks(room):
    """Imports the files of a folder beside this one, which register their checks."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), room)
    for module in sorted(pkgutil.iter_modules([folder]), key=lambda found: found.name):
        importlib.import_module(f"{room}.{module.name}")


def run_checks(checks, names):
    """Those of these names, or all; the exit status."""
    passed = failed = 0
    for function in checks:
        if names and function.__name__ not in names:
            continue
        try:
            function()
            passed += 1
            print("ok", function.__name__, flush=True)
        except Exception as error:
            failed += 1
            print(f"not ok {function.__name__}: {type(error).__name__} {error}", flush=True)
    print(f"server: {passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
