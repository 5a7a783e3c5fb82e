"""The SOCKS servers of the proxy host, each started by the first test that needs it."""

import os
import shutil

from . import addresses as at
from . import journal, keys, process, sshd, unix_docker, unix_http

PORTS = {
    "socks5ad": 1080, "microsocks": 1081, "danted": 1082, "ssh-D": 1083, "password": 1084,
    "eaf": 1085, "tol": 1086, "tol-bare": 1087, "tol-plain": 1088, "middle": 1089,
}  # fmt: skip
# socks5ad that takes log-ins by EAF alone, of keys.users: how each is started.
LOG_INS = {
    "eaf": ["--methods", "tol, eaf, chain", "--bind"],
    "tol": ["--methods", "tol", "--bind", "--log-level", "info"],
    "tol-bare": ["--methods", "tol", "--tol-type", "bare"],
    "tol-plain": ["--methods", "tol", "--tol-type", "bare", "--tol-mode", "plain"],
    # leads to the others of this host, and takes whom it does not know, too
    "middle": ["--methods", "tol, eaf, none", "--allow", at.PROXY4],
}
JOURNALED = ("socks5ad", "tol")  # whose log says what was relayed
NUMBER = 1000 + os.getpid() % 50000  # of a display that is not there
DISPLAY = f"/tmp/.X11-unix/X{NUMBER}"
USER, PASSWORD = "user", "pass word:%@/"

DANTE = """
logoutput: {d}/danted.log
internal: eth0 port = {port}
external: eth1
socksmethod: none
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 0/0 to: 0/0 }}
socks block {{ from: 0/0 to: {banned}/32 }}
socks pass {{ from: 0/0 to: 0/0 }}
"""


class Proxies:
    def __init__(self, servers, namespace, directory, build):
        self.servers, self.namespace, self.directory = servers, namespace, directory
        self.build = build
        self.running = {}  # the process of each, and of the servers beside them
        self.server_key, self.client_key = keys.Secret(), keys.Secret()

    def available(self, name):
        program = {
            "microsocks": "microsocks",
            "password": "microsocks",
            "danted": "danted",
            "ssh-D": "sshd",
        }.get(name, f"{self.build}/socks5ad")
        return shutil.which(program) is not None

    def need(self, name):
        """Has the proxy run; its HOST:PORT."""
        if name not in self.running:
            if name in LOG_INS:
                started = self.start_with_log_ins(name, PORTS[name])
            else:
                started = getattr(self, "start_" + name.replace("-", "_"))(PORTS[name])
            self.running[name] = started
        return f"{at.PROXY4}:{PORTS[name]}"

    def stop(self, name):
        """All that goes through it is cut; until it is needed again."""
        self.servers.stop(self.running.pop(name))

    def restart(self, name):
        self.stop(name)
        self.need(name)

    def start(self, argv, port):
        return self.servers.start(self.namespace, argv, at.PROXY4, port)

    def start_socks5ad(self, port):
        listen = [f"{at.PROXY4}:{port}", f"[{at.PROXY6}]:{port}", f"unix:{self.unix_path()}"]
        words = [word for where in listen for word in ("--listen", where)]
        words += ["--bind", "--deny", at.BANNED4, "--log-level", "info"]
        return self.start([f"{self.build}/socks5ad", *words], port)

    def start_with_log_ins(self, name, port):
        server = keys.private(f"{self.directory}/server.key", self.server_key.line("server"))
        users = keys.private(f"{self.directory}/{name}.users", keys.users(self.client_key))
        words = ["--listen", f"{at.PROXY4}:{port}", "--server-key", server, "--users", users]
        words += [*LOG_INS[name], "--deny", at.BANNED4]
        words += [word for socket in self.unix_sockets() for word in ("--unix", socket)]
        return self.start([f"{self.build}/socks5ad", *words], port)

    def configuration(self, name, where=None, lines=()):
        """Path of a client's configuration for a proxy that wants a log-in by key, with these lines
        more; None for another proxy."""
        if not name.startswith("tol"):
            return None
        key = keys.private(f"{self.directory}/client.key", self.client_key.line("private"))
        text = ["[proxy tol]", f"address = {where or self.need(name)}", f"key = {key}", *lines]
        text.append(f"server_key = {self.server_key.x25519()}")
        return keys.private(f"{self.directory}/{name}.conf", "\n".join(text) + "\n")

    def unix_sockets(self):
        """What the proxies with log-ins may connect to."""
        names = ("http.socket", "docker.socket", "redis.socket", "postgres/.s.PGSQL.5432")
        return [f"{self.directory}/{name}" for name in names] + [DISPLAY, "@" + DISPLAY]

    def unix_path(self):
        """Where socks5ad listens too."""
        return os.path.join(self.directory, "socks5ad.socket")

    def serve_unix(self, name, handler):
        """The path of a Unix socket with this handler, in a thread of the tests."""
        path = f"{self.directory}/{name}"
        if not os.path.exists(path):
            unix_http.serve(path, handler)
        return path

    def unix_http(self):
        """The path of a Unix socket that the proxies with log-ins may connect to, where HTTP is served."""
        return self.serve_unix("http.socket", unix_http.Handler)

    def unix_docker(self):
        """The same, of a stand-in for the Docker daemon."""
        return self.serve_unix("docker.socket", unix_docker.Handler)

    def start_display(self):
        """An X server on the proxy host, which is nobody's display but for its sockets."""
        words = [f":{NUMBER}", "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset"]
        self.need_beside("Xvfb", ["Xvfb", *words], DISPLAY, NUMBER, process.try_abstract)
        return DISPLAY

    def need_beside(self, name, argv, address, port, reach=process.try_connect):
        """Has another server run on the proxy host; as in Servers.start."""
        if name not in self.running:
            self.running[name] = self.servers.start(self.namespace, argv, address, port, reach)

    def sessions(self, name):
        """The log of a proxy from now on."""
        if name not in JOURNALED:
            return journal.NoSessions()
        return journal.Sessions(f"{self.directory}/socks5ad-{PORTS[name]}.log")

    def start_microsocks(self, port):
        return self.start(["microsocks", "-i", "::", "-p", str(port)], port)

    def start_password(self, port):
        words = ["-p", str(port), "-u", USER, "-P", PASSWORD]
        return self.start(["microsocks", "-i", "::", *words], port)

    def start_danted(self, port):
        config = os.path.join(self.directory, "danted.conf")
        with open(config, "w") as file:
            file.write(DANTE.format(d=self.directory, port=port, banned=at.BANNED4))
        return self.start(["danted", "-f", config, "-p", f"{self.directory}/danted.pid"], port)

    def start_ssh_D(self, port):
        """sshd of the proxy host opens the connections, a client beside it speaks SOCKS."""
        sshd.make_keys(self.directory)
        self.servers.start(
            self.namespace, sshd.argv(self.directory, "127.0.0.1", 2222), "127.0.0.1", 2222
        )
        forwards = ["-D", f"{at.PROXY4}:{port}", "-D", f"[{at.PROXY6}]:{port}"]
        config = ["-F", f"{self.directory}/ssh_config", "-p", "2222"]
        return self.start(["ssh", "-N", *config, *forwards, "127.0.0.1"], port)
