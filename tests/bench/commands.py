"""Commands beside CONNECT at socks5ad: names a second on one session, beside asking the name server
itself; datagrams that go there and back through an association, beside danted's and none. The client is
this program, the same for all."""

import os
import socket
import struct
import subprocess
import time

from common import proxies, report
from common.credentials import Credentials
from common.processes import cpu_ns
from common.setting import BUILD, TARGET, Broken, Skip, few_or_many

NAMES, ECHO = "127.0.0.1:5300", f"{TARGET}:5301"
OURS, DANTED = "127.0.0.1:1090", "127.0.0.1:1091"
QUESTION = b"\x05bench\x04test\x00\x00\x01\x00\x01"


# ---- names ------------------------------------------------------------------------------------


def session(credentials, where):
    """A socket that is a session of method 80, logged in by key."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        subprocess.run(
            [f"{BUILD}/tests/system/eaf_client", where.split(":")[1], "method=80", "methods=publickey",
             f"key={credentials.directory}/key", f"server_key={credentials.server_key}",
             "capabilities=8e3f", f"pass={theirs.fileno()}"],
            pass_fds=[theirs.fileno()], stdout=subprocess.DEVNULL, check=True, timeout=20,
        )  # fmt: skip
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    if not descriptors:
        raise Broken("no session")
    return socket.socket(fileno=descriptors[0])


def ask_directly(s, number):
    s.send(struct.pack(">HHHHHH", number & 0xFFFF, 0x100, 1, 0, 0, 0) + b"\x07%07d" % number + QUESTION)
    return s.recv(512)[-4:]


def resolve(s, number):
    name = b"%07d.bench.test" % number
    s.send(b"\x05\x05\x00\x03%c" % len(name) + name + b"\x00\x01")
    return s.recv(512)[4:8]


def keep_alive(s, _):
    s.send(b"\x05\x04\x00\x00\x00\x00")
    return s.recv(6) and b"\xc0\x00\x02\x07"


def measure_names(ways, server, count, rounds):
    """{name: ([s], [CPU s of the server])}, taken in turns."""
    took = {name: ([], []) for name in ways}
    number = 0
    for _ in range(rounds):
        for name, (ask, s) in ways.items():
            begin, busy = time.perf_counter(), cpu_ns([server.pid])
            for number in range(number + 1, number + 1 + count):
                if ask(s, number) != b"\xc0\x00\x02\x07":
                    raise Broken(f"{name}: another answer")
            took[name][0].append((time.perf_counter() - begin) / count)
            took[name][1].append((cpu_ns([server.pid]) - busy) / count)
    return took


def names(here):
    server = here.start([here.program("datagrams"), NAMES, "names"])
    credentials = Credentials(here)
    settings = ["--users", credentials.users, "--server-key", f"{credentials.directory}/server",
                "--nameserver", NAMES, "--hosts", "/dev/null"]  # fmt: skip
    proxies.socks5ad(here, OURS, settings=settings)
    ours = here.processes[-1]
    direct = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    direct.connect(("127.0.0.1", int(NAMES.split(":")[1])))
    with direct, session(credentials, OURS) as s:
        ways = {"the name server": (ask_directly, direct), "KEEP_ALIVE": (keep_alive, s),
                "DNS_RESOLVE": (resolve, s)}  # fmt: skip
        took = measure_names(ways, ours, few_or_many(500, 3000), few_or_many(5, 20))
    rows = [(name, report.spread([1 / one for one in times], digits=0),
             report.spread(times, 1e-6, 1), report.spread(report.ratios(times, took["the name server"][0])),
             report.spread(busy, 1000, 1))
            for name, (times, busy) in took.items()]  # fmt: skip
    report.table("One question after another on one session", ("", "a second", "µs", "× name server", "CPU of socks5ad, µs"), rows)
    if server.poll() is not None:
        raise Broken("the name server ended")


# ---- datagrams --------------------------------------------------------------------------------


class Association:
    """Datagrams to ECHO and back; `where` None: none between."""

    def __init__(self, where):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(5)
        host, port = ECHO.split(":")
        self.header = b""
        if where:
            self.control = socket.create_connection(("127.0.0.1", int(where.split(":")[1])), 5)
            self.control.sendall(b"\x05\x01\x00")
            self.control.recv(2)
            self.control.sendall(b"\x05\x03\x00\x01" + bytes(6))
            reply = self.control.recv(10, socket.MSG_WAITALL)
            if reply[1] != 0:
                raise Broken(f"{where}: no association")
            self.header = b"\0\0\0\x01" + socket.inet_aton(host) + struct.pack(">H", int(port))
            host, port = socket.inet_ntoa(reply[4:8]), struct.unpack(">H", reply[8:])[0]
        self.socket.connect((host, int(port)))

    def echo(self, data):
        self.socket.send(self.header + data)
        if self.socket.recv(65536) != self.header + data:
            raise Broken("another answer")

    def burst(self, data, count, window):
        """Datagrams a second, so many in flight, and how many were lost."""
        begin, back, count = time.perf_counter(), 0, count - count % window
        for _ in range(count // window):
            for _ in range(window):
                self.socket.send(self.header + data)
            for _ in range(window):
                try:
                    self.socket.settimeout(0.2)
                    back += bool(self.socket.recv(65536))
                except TimeoutError:
                    break
        return back / (time.perf_counter() - begin), count - back


def measure_echo(ways, count, rounds):
    took = {name: ([], [], 0) for name in ways}
    for _ in range(rounds):
        for name, association in ways.items():
            times, rates, lost = took[name]
            begin = time.perf_counter()
            for _ in range(count):
                association.echo(b"x" * 64)
            times.append((time.perf_counter() - begin) / count)
            rate, gone = association.burst(b"x" * 1200, 8 * count, 64)
            rates.append(rate)
            took[name] = (times, rates, lost + gone)
    return took


def datagrams(here):
    here.start([here.program("datagrams"), ECHO, "echo"])
    proxies.socks5ad(here, "127.0.0.1:1092")
    ways = {"none": Association(None), "socks5ad": Association("127.0.0.1:1092")}
    try:
        proxies.danted(here, DANTED)
        ways["danted"] = Association(DANTED)
    except Skip as reason:
        print(f"\ndanted: skipped: {reason}")
    took = measure_echo(ways, few_or_many(300, 1000), few_or_many(5, 20))
    rows = [(name, report.spread(times, 1e-6, 1), report.spread(report.ratios(times, took["none"][0])),
             report.spread(rates, digits=0), str(lost))
            for name, (times, rates, lost) in took.items()]  # fmt: skip
    report.table("Datagrams there and back: 64 bytes one by one, 1200 bytes 64 at a time",
                 ("through", "µs", "× none", "a second", "lost"), rows)  # fmt: skip
    if "danted" in took:
        report.aim("a datagram through socks5ad, × danted",
                   report.ratios(took["socks5ad"][0], took["danted"][0]), 1)  # fmt: skip
        report.aim("danted's datagrams a second, × socks5ad",
                   report.ratios(took["danted"][1], took["socks5ad"][1]), 1)  # fmt: skip


def run(here):
    if not os.path.exists(f"{BUILD}/tests/system/eaf_client"):
        raise Skip("tests/system/eaf_client is not built")
    names(here)
    datagrams(here)
