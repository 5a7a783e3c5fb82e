"""rsync with its own daemon: a process pair that shares the connected socket."""

import os

from lab import addresses as at
from lab.suite import CORE, test


def rsync(client, *words):
    client.need("rsync")
    client.services("rsync")
    return client.run("rsync", "--contimeout=10", "--timeout=10", *words)


@test(proxies=CORE)
def daemon_there_and_back(client):
    body = os.urandom(1500000)
    client.file("there", body)
    mark = f"copy-{client.proxy}"
    rsync(client, "-a", "there", f"rsync://{at.WEB}/files/{mark}").ok()
    rsync(client, "-a", f"rsync://{at.TARGET4}/files/{mark}", "back").ok()
    with open(client.path("back"), "rb") as file:
        assert file.read() == body


@test
def daemon_lists_its_modules_by_ipv6_literal(client):
    rsync(client, f"rsync://[{at.TARGET6}]/").ok().prints("files")


@test
def connection_refused_by_the_target(client):
    done = rsync(client, f"rsync://{at.TARGET4}:{at.PORT_CLOSED}/files/")
    done.failed(10).says("refused")
