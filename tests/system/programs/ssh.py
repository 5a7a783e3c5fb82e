"""OpenSSH: ssh, sftp, scp; and rsync over it."""

import hashlib
import os

from lab import addresses as at
from lab.suite import CORE, SEALED_TOO, socks5a_only, test

BODY = hashlib.sha512(b"ssh").digest() * 50000


def config(client):
    client.services("ssh")
    return ["-F", f"{client.lab.directory}/ssh_config"]


@test(proxies=CORE)
def command_by_name(client):
    client.run("ssh", *config(client), at.WEB, "echo from $((40 + 2))").ok().prints("from 42")


@test
def command_by_ipv6_literal(client):
    client.run("ssh", *config(client), at.TARGET6, "echo $SSH_CONNECTION").ok().prints(at.TARGET6)


@test(proxies=SEALED_TOO)
def bytes_through_a_remote_pipe(client):
    done = client.run("ssh", *config(client), at.WEB, "sha256sum", input=BODY).ok()
    done.prints(hashlib.sha256(BODY).hexdigest())


@test(proxies=SEALED_TOO)
def exit_status_of_the_remote_command(client):
    done = client.run("ssh", *config(client), at.WEB, "exit 23")
    done.failed(23)


@test
def connection_refused_by_the_target(client):
    done = client.run("ssh", *config(client), "-p", str(at.PORT_CLOSED), at.TARGET4, "true")
    done.failed(255).says("refused")


@test
def local_forward_over_a_proxied_connection(client):
    socks5a_only()
    client.services("streams")
    words = " ".join(["ssh", *config(client), "-f", "-o", "ExitOnForwardFailure=yes"])
    forward = f"-L 127.0.0.1:7007:127.0.0.1:{at.PORT_ECHO}"
    talk = "exec 3<>/dev/tcp/127.0.0.1/7007; echo to and fro >&3; head -n1 <&3"
    script = f"{words} {forward} {at.WEB} sleep 1; {talk}"
    client.run("bash", "-c", script).ok().prints("to and fro")


@test(proxies=SEALED_TOO)
def sftp_there_and_back(client):
    client.file("there", BODY)
    remote = client.path("remote")
    batch = f"put there {remote}\nget {remote} back\n".encode()
    client.run("sftp", "-q", *config(client), "-b", "-", at.WEB, input=batch).ok()
    with open(client.path("back"), "rb") as file:
        assert file.read() == BODY


@test(proxies=SEALED_TOO)
def scp_there_and_back(client):
    client.file("there", BODY)
    remote = client.path("remote")
    client.run("scp", "-q", *config(client), "there", f"{at.WEB}:{remote}").ok()
    client.run("scp", "-q", *config(client), f"[{at.TARGET6}]:{remote}", "back").ok()
    with open(client.path("back"), "rb") as file:
        assert file.read() == BODY


@test(proxies=SEALED_TOO)
def rsync_over_ssh(client):
    client.need("rsync")
    for name in ("a", "b"):
        client.file(name, BODY)
    remote = client.path("remote")
    shell = " ".join(["ssh", *config(client)])
    client.run("rsync", "-a", "-e", shell, "a", "b", f"{at.WEB}:{remote}/").ok()
    assert sorted(os.listdir(remote)) == ["a", "b"]
