"""Programs that listen: by policy, and at the proxy by BIND."""

import contextlib
import re
import socket
import subprocess
import threading

from lab import addresses as at
from lab import keys, services
from lab.suite import socks5a_only, test

from .chains import CHAINS, chained
from .logins import client_key, proxy

BINDING = ("socks5ad", "danted", "tol")
KNOWN = b"0123456789abcdef" * 40960
CHAINS_THAT_BIND = (
    CHAINS["records over records"],
    CHAINS["clear over records"],
    CHAINS["log-in in clear over records"],
    CHAINS["records over clear"],
    (("middle", "tol = off"), ("danted", None)),
)
BIND = {"SOCKS5A_INBOUND": "bind"}

ACTIVE_FTP = """
import ftplib, sys
ftp = ftplib.FTP(sys.argv[1], timeout=10)
ftp.login("user", "secret")
ftp.set_pasv(False)
parts = []
for _ in range(2):
    ftp.retrbinary("RETR known", parts.append)
assert b"".join(parts) == b"0123456789abcdef" * 40960 * 2
ftp.quit()
"""

ASYNCIO = """
import asyncio
async def echo(reader, writer):
    writer.write(await reader.readexactly(5))
    await writer.drain()
    writer.close()
async def main():
    server = await asyncio.start_server(echo, "0.0.0.0", 0)
    await server.serve_forever()
asyncio.run(main())
"""


@test(proxies=BINDING)
def curl_active_ftp(client):
    """It binds its data socket to the address of the control connection, asks for its port, tells the
    server both, and only then listens."""
    socks5a_only()
    client.need("curl")
    client.services("ftp")
    words = ["curl", "-sS", "-v", "-m", "15", "--ftp-port", "-"]
    done = client.run(*words, f"ftp://user:secret@{at.WEB4}/known", env=BIND).ok()
    assert done.out == KNOWN
    assert f"EPRT |1|{at.PROXY_OUT4}|" in done.errors, done.errors


@test(proxies=BINDING)
def python_active_ftp(client):
    socks5a_only()
    client.services("ftp")
    for host in (at.WEB4, at.TARGET4):
        client.python(ACTIVE_FTP, host, env=BIND).ok()


@test(proxies=("eaf",))
def active_ftp_behind_a_log_in(client):
    """The session is in clear behind it (method 80)."""
    client.need("curl")
    client.services("ftp")
    how = proxy(client, client_key(client))
    how["env"].update(BIND)
    url = f"ftp://user:secret@{at.TARGET4}/known"
    done = client.run("curl", "-sS", "-m", "15", "-P", "-", url, **how).ok()
    assert done.out == KNOWN


@test(proxies=("middle",))
def active_ftp_through_chains(client):
    """The last proxy listens; the others, and records of any, are on the way to it."""
    client.need("curl")
    client.services("ftp")
    for hops in CHAINS_THAT_BIND:
        how = chained(client, hops, more="[inbound]\nmode = bind\n")
        client.python(ACTIVE_FTP, at.WEB4, **how).ok()
        url = f"ftp://user:secret@{at.TARGET4}/known"
        done = client.run("curl", "-sS", "-v", "-m", "15", "-P", "-", url, **how).ok()
        assert done.out == KNOWN
        assert f"EPRT |1|{at.PROXY_OUT4}|" in done.errors, done.errors


@test(proxies=("middle",))
def http_server_behind_a_chain(client):
    client.file("page", b"from here")
    words = [services.PYTHON, "-u", "-m", "http.server", "0"]
    more = f"[inbound]\nmode = bind\npeer = {at.TARGET4}\n"
    how = chained(client, CHAINS["records over records"], more=more)
    with Listener(client, *words, how=how) as listener:
        for _ in range(2):
            with listener.call() as caller:
                caller.sendall(b"GET /page HTTP/1.0\r\n\r\n")
                assert read_all(caller).endswith(b"\r\n\r\nfrom here")


# ---- servers, whom the far side calls ------------------------------------------------------------


class Listener:
    """A program that listens at the proxy, of whose place its log tells. A context."""

    def __init__(self, client, *words, how=None):
        socks5a_only()
        environment = self.environment(client) if how is None else how["env"]
        environment["SOCKS5A_LOG"] = "info"
        words = ("timeout", "20", *words)
        argv, _, environment = client.command(*words, through="", env=environment)
        self.target = client.lab.target
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment, cwd=client.directory,
        )  # fmt: skip

    @staticmethod
    def environment(client):
        client.where()
        tol = client.lab.proxies.configuration(client.proxy)
        text = open(tol).read() if tol else f"[proxy home]\naddress = {client.where()}\n"
        text += f"[inbound]\nmode = bind\npeer = {at.TARGET4}\n"
        path = keys.private(client.path("bind.conf"), text)
        return {"SOCKS5A_CONF": path}

    def where(self):
        """Where it listens next; some listen for IPv6 as well, for which no peer is named here."""
        for line in self.process.stderr:
            found = re.search(rb"listening there, at (\S+) port (\d+)", line)
            if found and found[1].decode() == at.PROXY_OUT4:
                return at.PROXY_OUT4, int(found[2])
        raise AssertionError("it does not listen")

    def call(self):
        """A connection from the far side to there."""
        return self.target.call(socket.create_connection, self.where(), 10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


def read_all(caller):
    parts = []
    while part := caller.recv(65536):
        parts.append(part)
    return b"".join(parts)


@test(proxies=BINDING)
def socat_listens(client):
    client.need("socat")
    body = bytes(range(256)) * 4000
    with Listener(client, "socat", "-t", "10", "TCP-LISTEN:7777", "EXEC:cat") as listener:
        with listener.call() as caller:
            sender = threading.Thread(target=lambda: (caller.sendall(body), caller.shutdown(1)))
            sender.start()
            assert read_all(caller) == body
            sender.join()
        assert listener.process.wait(10) == 0


@test
def netcat_listens(client):
    client.need("nc")
    with Listener(client, "nc", "-l", "-p", "7777") as listener:
        with listener.call() as caller:
            caller.sendall(b"from far")
            assert listener.process.stdout.read(8) == b"from far"


@test(proxies=BINDING)
def http_server_serves_one_after_the_other(client):
    """Each caller finds it at another port: that is what BIND can do."""
    client.file("page", b"from here")
    words = [services.PYTHON, "-u", "-m", "http.server", "0"]
    with Listener(client, *words) as listener:
        for _ in range(3):
            with listener.call() as caller:
                caller.sendall(b"GET /page HTTP/1.0\r\n\r\n")
                assert read_all(caller).endswith(b"\r\n\r\nfrom here")


@test
def asyncio_server_listens(client):
    words = [services.PYTHON, "-u", "-c", ASYNCIO]
    with Listener(client, *words) as listener:
        for _ in range(2):
            with listener.call() as caller:
                caller.sendall(b"hello")
                assert caller.recv(5) == b"hello"


# ---- policy --------------------------------------------------------------------------------------


@test
def listeners_by_option(client):
    socks5a_only()
    words = [services.PYTHON, "-c", "import socket, sys; socket.create_server((sys.argv[1], 0))"]
    for mode, address, is_permitted in (
        ("allow", "0.0.0.0", True),
        ("local", "127.0.0.1", True),
        ("local", "0.0.0.0", False),
        ("local", at.CLIENT4, False),
        ("deny", "127.0.0.1", False),
    ):
        done = client.run(*words, address, options=("--inbound", mode))
        if is_permitted:
            done.ok()
        else:
            done.failed(1).says("permission denied")


@test
def others_are_turned_away_from_an_inherited_listener(client):
    """As with socket activation: it was there before the program."""
    socks5a_only()
    code = "import socket, sys; s = socket.socket(fileno=int(sys.argv[1])); s.accept()"
    with client.lab.client.call(socket.create_server, (at.CLIENT4, 0)) as server:
        fd, port = server.fileno(), server.getsockname()[1]
        with client.lab.proxy.call(socket.create_connection, (at.CLIENT4, port), 10) as caller:
            words, _, environment = client.command(
                services.PYTHON, "-c", code, str(fd), options=("--inbound", "local")
            )
            done = subprocess.run(
                words, env=environment, capture_output=True, pass_fds=[fd], timeout=20
            )
            assert b"ConnectionAbortedError" in done.stderr, done.stderr
            with contextlib.suppress(ConnectionResetError):
                raise AssertionError(caller.recv(1))
    assert client.leaks(), "the connection did not come to the client"
