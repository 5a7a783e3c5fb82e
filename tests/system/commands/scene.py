"""What the checks of commands share: sessions, requests and replies, a DNS server."""
import atexit
import contextlib
import functools
import os
import socket
import struct
import subprocess
import threading
import time

import socks5ad as lab
import socks5ad_eaf as eaf
from socks5ad import expect, expect_equal, read_exactly

CHECKS = []
CONNECT, BIND, UDP, KEEP_ALIVE, RESOLVE, POOL_NEW, POOL_GET, UDP_EXT = range(1, 9)
NOTHING = b"\x00"  # ATYP of KEEP_ALIVE
ALL = "8e3f"  # capabilities: commands, addresses, details, UDP in stream, all EAF methods
KEPT = b"\x05\x00\x00\x00\x00\x00"


def check(function):
    CHECKS.append(function)
    return function


# ---- sessions ---------------------------------------------------------------------------------


@contextlib.contextmanager
def house(*options, more="", **settings):
    """A house with a server, which takes 80 and clients without a log-in."""
    h, bob = keys()
    h.write_users(more=f"{more}\n[user bob]\npublic_key = {bob}")
    with h.serve("--anonymous", "-v", *options, **settings) as server:
        yield h, server


@functools.cache
def keys():
    """A house for all checks, since its password costs time; and a key of bob."""
    h = folders.enter_context(eaf.house())
    return h, eaf.keygen("client", h.path("bob"))[0]["public_key"]


folders = contextlib.ExitStack()
atexit.register(folders.close)


@contextlib.contextmanager
def session(h, server, user="alice", method="80", **settings):
    """A socket that is a session under 80, logged in by key; `said`: what the client prints."""
    ours, theirs = socket.socketpair()
    wishes = {"capabilities": ALL, **settings}
    command = [f"{eaf.BUILD}/tests/system/eaf_client", server.at.rsplit(":", 1)[1], f"method={method}",
               f"server_key={h.server_key}", f"bridge={theirs.fileno()}"]
    command += [f"user={user}", f"key={h.path(user)}", "methods=publickey"] if user else [
        "methods=anonymous"]
    command += [f"{name}={value}" for name, value in wishes.items()]
    with ours, subprocess.Popen(command, pass_fds=[theirs.fileno()],
                                stdout=subprocess.PIPE) as process:
        theirs.close()
        said = process.stdout.readline().decode()
        expect(said.startswith("accepted"), said)
        ours.settimeout(lab.LIMIT)
        try:
            yield ours
        finally:
            ours.close()
            process.kill()


@contextlib.contextmanager
def obfuscated(h, server, **settings):
    """The same under 81, by tests/system/tol_client."""
    ours, theirs = socket.socketpair()
    wishes = {"caps": "9e7f", "session": "yes", "server_key": h.server_key, "key": h.path("alice"),
              **settings}
    command = [f"{eaf.BUILD}/tests/system/tol_client", server.at.rsplit(":", 1)[1]]
    command += [f"{name}={value}" for name, value in wishes.items()]
    with ours, subprocess.Popen(command, stdout=subprocess.PIPE, close_fds=False,
                                preexec_fn=lambda: os.dup2(theirs.fileno(), 3)) as process:
        theirs.close()
        said = process.stdout.readline().decode()
        expect(said.startswith("accepted"), said)
        ours.settimeout(lab.LIMIT)
        try:
            yield ours
        finally:
            ours.close()
            process.kill()


def anonymous(server):
    s = server.connect()
    s.sendall(lab.GREETING)
    expect_equal(read_exactly(s, 2), b"\x05\x00", "selection")
    return s


# ---- requests and replies ---------------------------------------------------------------------


def read_address(s):
    atyp = read_exactly(s, 1)[0]
    if atyp == 0:
        return None
    if atyp == 3:
        return read_exactly(s, read_exactly(s, 1)[0]).decode()
    family, size = {1: (socket.AF_INET, 4), 4: (socket.AF_INET6, 16)}[atyp]
    return socket.inet_ntop(family, read_exactly(s, size))


def read_reply(s):
    """REP, BND.ADDR as text, BND.PORT; for REP of 09 and above the CODE and message."""
    version, rep, _ = read_exactly(s, 3)
    expect_equal(version, 5, "VER of the reply")
    if rep < 9:
        return rep, read_address(s), struct.unpack(">H", read_exactly(s, 2))[0]
    expect_equal(read_exactly(s, 1), b"\x01", "ATYP of details")
    size, code = struct.unpack(">HH", read_exactly(s, 4))
    message = read_exactly(s, size - 2).decode()
    read_exactly(s, 2)
    return rep, code, message


def ask(s, command, destination, port=0, more=b""):
    s.sendall(lab.request(destination, port, command) + more)
    return read_reply(s)


def keep_alive(s):
    s.sendall(lab.request(NOTHING, 0, KEEP_ALIVE))
    expect_equal(read_exactly(s, 6), KEPT, "reply to KEEP_ALIVE")


def expect_refusal(s, command, destination, port, rep):
    found = ask(s, command, destination, port)
    expect_equal(found[0], rep, f"REP {found}")
    return found


def expect_end(s):
    """Nothing more comes, and the end does."""
    with contextlib.suppress(ConnectionResetError):
        expect_equal(s.recv(1), b"", "what follows")


# ---- figures ---------------------------------------------------------------------------------


def ask_figures(path, question=b"GET /metrics HTTP/1.0\r\n\r\n"):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(lab.LIMIT)
        s.connect(path)
        s.sendall(question)
        answer = lab.read_all(s).decode()
    expect(answer.startswith("HTTP/1.0 200 OK\r\n"), answer)
    lines = answer.split("\r\n\r\n", 1)[1].splitlines()
    return {line.split()[0].removeprefix("socks5ad_"): int(line.split()[1])
            for line in lines if not line.startswith("#")}


# ---- a DNS server -----------------------------------------------------------------------------


def labels(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\x00"


class Names(lab.Names):
    """Has many addresses, and reverse ones too."""

    MANY = [f"10.0.{i // 250}.{i % 250 + 1}" for i in range(40)]
    TABLE = {
        **lab.Names.TABLE,
        labels("many.test"): (MANY, [f"2001:db8::{i:x}" for i in range(1, 41)]),
        labels("local.test"): (["127.0.0.1"], []),
        labels("slow.test"): (["127.0.0.1"], []),
    }
    POINTERS = {labels("7.2.0.192.in-addr.arpa"): ["seven.test"],
                labels("9.2.0.192.in-addr.arpa"): ["one.test", "two.test", "three.test"],
                labels("70.2.0.192.in-addr.arpa"): [f"n{i}.test" for i in range(70)],
                labels("71.2.0.192.in-addr.arpa"): [f"n{i}.{'x' * 60}.test" for i in range(40)]}

    def __init__(self):
        tcp = None
        while not tcp:
            super().__init__()
            with contextlib.suppress(OSError):  # somebody has the port for TCP
                tcp = socket.create_server(("127.0.0.1", int(self.at.split(":")[1])))
        threading.Thread(target=self.serve_tcp, args=(tcp,), daemon=True).start()

    def serve_tcp(self, listener):
        while True:
            s, _ = listener.accept()
            with s, contextlib.suppress(OSError, AssertionError):
                while True:
                    query = read_exactly(s, struct.unpack(">H", read_exactly(s, 2))[0])
                    answer = self.answer(query, True)
                    s.sendall(struct.pack(">H", len(answer)) + answer)

    @staticmethod
    def point(query, end, names):
        records = [b"\xc0\x0c" + struct.pack(">HHIH", 12, 1, 60, len(labels(name))) + labels(name)
                   for name in names]
        head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, len(records), 0, 0)
        return head + query[12 : end + 4] + b"".join(records)

    def answer(self, query, tcp=False):
        end = query.index(b"\x00", 12) + 1
        if query[12:end] == labels("slow.test"):
            time.sleep(0.3)
        names = self.POINTERS.get(query[12:end].lower())
        found = self.point(query, end, names) if names else super().answer(query)
        if found and len(found) > 512 and not tcp:  # truncated
            return found[:2] + struct.pack(">HHHHH", 0x8380, 1, 0, 0, 0) + query[12 : end + 4]
        return found
