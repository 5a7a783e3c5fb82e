"""Many bytes over sealed sessions, checked at the end: 64 MiB here; `make soak` and VOLUME=MIB take
more."""

import hashlib
import os

from lab import addresses as at
from lab.suite import test

from .ssh import config

MIB = 1 << 20
VOLUME = int(os.environ.get("VOLUME", "64"))  # MiB
PATIENCE = 30 + VOLUME  # s


def make(path):
    """Writes a file that nothing compresses; its SHA-256."""
    digest, block = hashlib.sha256(), bytearray(os.urandom(MIB))
    with open(path, "wb") as file:
        for number in range(VOLUME):
            block[:8] = number.to_bytes(8, "big")
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@test(proxies=("tol",))
def scp_there_and_back(client):
    there, remote, back = (client.path(name) for name in ("there", "remote", "back"))
    expected, words = make(there), ["scp", "-q", *config(client)]
    client.run(*words, there, f"{at.WEB}:{remote}", timeout=PATIENCE).ok()
    assert digest_of(remote) == expected, "what arrived is not what was sent"
    client.run(*words, f"{at.TARGET4}:{remote}", back, timeout=PATIENCE).ok()
    assert digest_of(back) == expected, "what came back is not what was sent"


@test(proxies=("tol",))
def rsync_there_and_back(client):
    client.need("rsync")
    there, back = client.path("there"), client.path("back")
    client.services("rsync")
    expected, base = make(there), f"rsync://{at.WEB}/files/volume"
    for words in ((there, base), (base, back)):
        client.run("rsync", "--timeout=20", *words, timeout=PATIENCE).ok()
    assert digest_of(back) == expected, "what came back is not what was sent"
