"""curl, git, ssh and asyncio, each by each log-in of EAF that needs nobody, over 80 and over 82."""

from lab import addresses as at
from lab import keys
from lab.suite import test

from .logins import ASYNCIO, EAF, client_key, curl, password, proxy, secret

MANY = ASYNCIO.replace("range(8)", "range(50)")
METHODS = {"80": "eaf", "82": "chain"}


def by_key(client):
    return (client_key(client),)


def by_token(client):
    return (secret(client, "token", keys.TOKEN + "\n"),)


def run_curl(client, options):
    curl(client, options).ok().prints("hello from the target")


def run_git(client, options):
    client.need("git")
    client.services("git")
    client.run("git", "ls-remote", f"http://{at.WEB}/git/project.git", **options).ok()


def run_ssh(client, options):
    client.need("ssh")
    client.services("ssh")
    config = f"{client.lab.directory}/ssh_config"
    client.run("ssh", "-F", config, at.WEB, "echo arrived", **options).ok().prints("arrived")


def run_asyncio(client, options):
    client.services("http")
    client.python(ASYNCIO, at.WEB, **options).ok().prints("8")


def add(program, log_in, method):
    def one(client):
        lines = log_in(client)
        program(client, proxy(client, f"method = {METHODS[method]}", *lines))

    words = (program.__name__[4:], log_in.__name__.removeprefix("by_"), "over", method)
    one.__name__ = "_".join(words)
    test(proxies=EAF)(one)


for _program in (run_curl, run_git, run_ssh, run_asyncio):
    for _log_in in (by_key, password, by_token):
        for _method in METHODS:
            add(_program, _log_in, _method)


@test(proxies=EAF)
def fifty_connects_at_once_by_key(client):
    client.services("http")
    client.python(MANY, at.WEB, **proxy(client, client_key(client))).ok().prints("50")
