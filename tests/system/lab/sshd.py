"""OpenSSH with keys and configuration of this run alone: the server, and how clients reach it."""

import os
import subprocess

from . import addresses as at

SERVER = """
HostKey {d}/ssh_host_key
AuthorizedKeysFile {d}/ssh_key.pub
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PidFile none
UseDNS no
MaxStartups 100
AllowTcpForwarding yes
Subsystem sftp internal-sftp
"""
CLIENT = """
Host *
    User root
    IdentityFile {d}/ssh_key
    IdentitiesOnly yes
    BatchMode yes
    UserKnownHostsFile {d}/known_hosts
    GlobalKnownHostsFile none
    StrictHostKeyChecking yes
    ConnectTimeout 10
    LogLevel ERROR
"""


def make_keys(directory):
    """Writes the keys and configurations, once."""
    if os.path.exists(f"{directory}/ssh_config"):
        return
    os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    for name in ("ssh_host_key", "ssh_key"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{directory}/{name}"], check=True
        )
    with open(f"{directory}/ssh_host_key.pub") as file:
        key = file.read()
    hosts = ",".join([*at.NAMES, at.TARGET4, at.TARGET6, "[127.0.0.1]:2222"])
    for name, text in (
        ("known_hosts", f"{hosts} {key}"),
        ("sshd_config", SERVER.format(d=directory)),
        ("ssh_config", CLIENT.format(d=directory)),
    ):
        with open(f"{directory}/{name}", "w") as file:
            file.write(text)


def argv(directory, hosts, port):
    listen = [f"-oListenAddress={host}" for host in hosts.split(",")]
    config = ["-f", f"{directory}/sshd_config", f"-oPort={port}"]
    return ["/usr/sbin/sshd", "-D", "-e", *config, *listen]
