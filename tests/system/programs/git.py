"""git over http and ssh: helpers by exec, pipes between processes."""

import subprocess

from lab import addresses as at
from lab.suite import CORE, SEALED_TOO, test


def git(client, *words, folder=None):
    client.need("git")
    where = ["-C", client.path(folder)] if folder else []
    return client.run("git", *where, *words, timeout=30).ok()


def push_comes_back(client, url):
    """Clones, commits, pushes, clones again and finds the commit."""
    mark = client.proxy + url
    git(client, "clone", "-q", url, "one")
    with open(client.path("one/mark"), "w") as file:
        file.write(mark)
    git(client, "add", "mark", folder="one")
    git(client, "commit", "-q", "--allow-empty", "-m", mark, folder="one")
    git(client, "push", "-q", "origin", "HEAD:main", folder="one")
    git(client, "clone", "-q", url, "two")
    log = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", client.path("two"), "log", "--format=%s"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert mark in log.stdout, log


@test(proxies=CORE)
def clone_over_http(client):
    client.services("git")
    git(client, "clone", "-q", f"http://{at.WEB}/git/project.git", "copy")
    with open(client.path("copy/file")) as file:
        assert file.read() == "hello\n"


@test(proxies=SEALED_TOO)
def push_over_http(client):
    client.services("git")
    push_comes_back(client, f"http://{at.WEB}/git/project.git")


@test(proxies=SEALED_TOO)
def push_over_ssh(client):
    client.services("git")
    push_comes_back(client, f"ssh://{at.WEB}{client.lab.directory}/git/project.git")
