"""Where the benchmarks run: their programs, servers and network, all gone at the end."""

import os
import shutil
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.path.join(ROOT, os.environ.get("B") or "build"))
LIBRARY = f"{BUILD}/libsocks5a-shim.so"
TARGET = "192.0.2.1"  # not loopback: the peers leave that alone
SHORT = False  # a try: few rounds

CFLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-pthread", f"-I{ROOT}"]
PROGRAMS = {
    "spawn": ("spawn.c", "endpoint.c"),
    "connects": ("connects.c", "handwritten.c", "endpoint.c"),
    "transfer": ("transfer.c", "handwritten.c", "endpoint.c"),
    "target": ("target.c", "endpoint.c"),
    "parallel": ("parallel.c", "handwritten.c", "endpoint.c"),
    "crowd": ("crowd.c", "endpoint.c"),
    "datagrams": ("datagrams.c", "endpoint.c"),
    "delay": ("delay.c", "endpoint.c"),
    "echoes": ("echoes.c", "handwritten.c", "endpoint.c"),
    "pings": ("pings.c", "endpoint.c"),
    "stuffed": ("stuffed.c", "endpoint.c"),
    "seals": ("seals.c", "endpoint.c"),
    "records": ("records.c", "endpoint.c"),
    "empty.so": ("empty.c",),
}
LIBRARIES = {"seals": ["-lsodium"], "records": [f"{BUILD}/libprotocol.a", "-lsodium"]}


class Skip(Exception):
    """Something that this benchmark needs is not there."""


class Broken(Exception):
    """A benchmark did not do what it was to do."""


def few_or_many(few, many):
    return few if SHORT else many


def environment(**variables):
    """A small one, the same for all programs."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", **variables}


def need_tool(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise Skip(f"{name} is not installed: scripts/install-deps bench test")
    return found


class Setting:
    def __init__(self, has_namespace):
        self.has_namespace = has_namespace
        self.directory = tempfile.mkdtemp(prefix="socks5a-bench-")
        self.processes = []

    def __enter__(self):
        if not os.path.exists(LIBRARY):
            raise Broken(f"{LIBRARY} is not there: build first")
        if self.has_namespace:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            subprocess.run(["ip", "address", "add", f"{TARGET}/32", "dev", "lo"], check=True)
        return self

    def __exit__(self, *_):
        self.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def need_namespace(self):
        if not self.has_namespace:
            raise Skip("needs root, for a network namespace")

    def program(self, name):
        """The path of one of PROGRAMS, compiled where it is older than its sources."""
        path = f"{BUILD}/tests/bench/{name}"
        sources = [f"{HERE}/{source}" for source in PROGRAMS[name]]
        libraries = LIBRARIES.get(name, [])
        made_of = [*sources, *(library for library in libraries if os.path.exists(library))]
        if os.path.exists(path) and all(
            os.path.getmtime(path) > os.path.getmtime(part) for part in made_of
        ):
            return path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shared = ["-shared", "-fPIC"] if name.endswith(".so") else []
        compiler = os.environ.get("CC", "gcc").split()
        subprocess.run(
            [*compiler, *CFLAGS, *shared, "-o", path, *sources, *libraries], check=True
        )
        return path

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def start(self, argv, **options):
        """Starts what runs until the end."""
        options.setdefault("stdout", subprocess.DEVNULL)
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
        )
        self.processes.append(process)
        return process

    def end(self, first=0):
        """Ends what start() has started, the first so many excepted."""
        for process in self.processes[first:]:
            process.kill()
            process.wait()
        del self.processes[first:]

    def serve(self, where, argv, inside=(), address=None):
        """Starts a server that will listen on HOST:PORT and waits until it does. `inside` puts it
        into another namespace."""
        process = self.start([*inside, *argv])
        host, port = (address or where).rsplit(":", 1)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                return where
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise Broken(f"{argv[0]} does not listen on {where}") from None
                time.sleep(0.02)

    def reuse_ports(self):
        """Has the kernel take ports again soon, for those who close thousands of connections."""
        self.need_namespace()
        with open("/proc/sys/net/ipv4/tcp_tw_reuse", "w", encoding="ascii") as file:
            file.write("1")

    def crowd(self, where, how, inside=()):
        """A target for many connections at once."""
        return self.serve(where, [self.program("crowd"), where, how], inside)

    def target(self, how, port, inside=(), host=TARGET):
        return self.serve(
            f"{host}:{port}", [self.program("target"), f"{host}:{port}", how], inside
        )
