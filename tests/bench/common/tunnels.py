"""The peers that encrypt between two hosts: each listens as a SOCKS5 proxy beside the program."""

import json
import os
import subprocess
import time

from . import processes
from .setting import Broken, need_tool

SSHD = """
ListenAddress {host}
Port {port}
HostKey {d}/ssh_host_key
AuthorizedKeysFile {d}/ssh_key.pub
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PidFile none
UseDNS no
"""
SSH = """
Host *
    User root
    IdentityFile {d}/ssh_key
    IdentitiesOnly yes
    BatchMode yes
    UserKnownHostsFile {d}/known_hosts
    GlobalKnownHostsFile none
    LogLevel ERROR
"""


class Tunnel:
    """Where its SOCKS5 proxy listens, and the processes of its two sides."""

    def __init__(self, where, near, far):
        self.where, self._near, self._far = where, near, far

    def clients(self):
        return processes.family(self._near.pid)

    def servers(self):
        return processes.family(self._far.pid)


def _address(where):
    host, port = where.split(":")
    return host, int(port)


def shadowsocks(here, method, near, far):
    """ss-local and ss-server of shadowsocks-libev."""
    host, port = _address(far)
    local_host, local_port = _address(near)
    text = {
        "server": host, "server_port": port, "password": "a password of some length",
        "method": method, "local_address": local_host, "local_port": local_port,
        "timeout": 600, "no_delay": True, "mode": "tcp_only",
    }  # fmt: skip
    config = here.write(f"shadowsocks-{port}.json", json.dumps(text))
    here.serve(far, [need_tool("ss-server"), "-c", config])
    server = here.processes[-1]
    here.serve(near, [need_tool("ss-local"), "-c", config])
    return Tunnel(near, here.processes[-1], server)


def _make_keys(here, host, port):
    for name in ("ssh_host_key", "ssh_key"):
        path = f"{here.directory}/{name}"
        argv = [need_tool("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", path]
        subprocess.run(argv, check=True)
    with open(f"{here.directory}/ssh_host_key.pub", encoding="ascii") as file:
        here.write("known_hosts", f"[{host}]:{port} {file.read()}")


def ssh(here, near, far):
    """`ssh -D` as it comes, whichever cipher the two agree upon."""
    host, port = _address(far)
    _make_keys(here, host, port)
    server = here.write("sshd_config", SSHD.format(d=here.directory, host=host, port=port))
    client = here.write("ssh_config", SSH.format(d=here.directory))
    os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    here.serve(far, [need_tool("sshd"), "-D", "-f", server])
    daemon = here.processes[-1]
    here.serve(near, [need_tool("ssh"), "-N", "-F", client, "-p", str(port), "-D", near, host])
    tunnel = Tunnel(near, here.processes[-1], daemon)
    deadline = time.monotonic() + 10
    while len(tunnel.servers()) < 2:
        if time.monotonic() > deadline:
            raise Broken("sshd has no process for the session")
        time.sleep(0.02)
    return tunnel
