"""The ways between a program and its target that are compared: clear and sealed sessions with one
socks5ad, and the peers that encrypt."""

import contextlib

from common import tunnels
from common.credentials import Credentials
from common.setting import Skip, environment

CLEAR, BARE, PADDING = "socks5a, clear", "socks5a, sealed, type 00", "socks5a, sealed, type 01"
SHADOWSOCKS = {
    "shadowsocks-libev, aes-256-gcm": "aes-256-gcm",
    "shadowsocks-libev, chacha20": "chacha20-ietf-poly1305",
}
SSH = "ssh -D"
TYPES = ("bare", "padding", "jitter", "masking", "full")
OF_TYPE = {name: f"socks5a, sealed, type {number:02}" for number, name in enumerate(TYPES)}
FIRST_PORT = 1140


class Way:
    """How a program goes, and whose CPU time it costs beside the program's own."""

    def __init__(self, words, variables, clients, servers):
        self.words, self.variables = words, variables
        self.clients, self.servers = clients, servers


class Ways:
    """The servers, started once; each way as it is asked for."""

    def __init__(self, here, credentials=None):
        self.here = here
        self.credentials = credentials or Credentials(here)
        self.port = FIRST_PORT

    def _port(self):
        self.port += 1
        return self.port

    def _where(self):
        return f"127.0.0.1:{self._port()}"

    def serve(self, wish, inside=(), host="127.0.0.1"):
        """(where, process) of a socks5ad that wants log-ins by public key, and asks for no other type
        than this: the stronger one of both sides is what a client sends."""
        where = f"{host}:{self._port()}"
        self.credentials.serve("public key", where, inside, ["--tol-type", wish])
        return where, self.here.processes[-1]

    def client(self, proxy, keys):
        """The environment of a program under the shim, with these lines more for the proxy."""
        name = "-".join(keys.replace("=", " ").split())
        return self.credentials.client("public key", proxy, f"-{name}", keys)

    def one(self, keys, wish):
        proxy, server = self.serve(wish)
        return Way([], self.client(proxy, keys), list, lambda: [server.pid])

    def ours(self, types=TYPES[:2]):
        """{name: Way}: the clear session and those of the types."""
        found = {CLEAR: self.one("tol = off\n", TYPES[0])}
        return found | {OF_TYPE[name]: self.one(f"tol = {name}\n", name) for name in types}

    def _tunnel(self, start, *words):
        tunnel = start(self.here, *words, self._where(), self._where())
        return Way([tunnel.where], environment(), tunnel.clients, tunnel.servers)

    def peers(self):
        """{name: Way} of those that are installed; says which are not."""
        found = {}
        for name, method in SHADOWSOCKS.items():
            with _or_said(name):
                found[name] = self._tunnel(tunnels.shadowsocks, method)
        with _or_said(SSH):
            found[SSH] = self._tunnel(tunnels.ssh)
        return found


@contextlib.contextmanager
def _or_said(name):
    try:
        yield
    except Skip as reason:
        print(f"{name}: skipped: {reason}", flush=True)
