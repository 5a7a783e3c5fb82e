"""mosh: a shell in datagrams, which lives on when the way to it is cut."""

from lab import addresses as at
from lab.suite import socks5a_only, test
from lab.terminal import Terminal

CARRIERS = ("socks5ad", "danted", "tol")
# What is typed comes back as the server alone can say it.
SHELL = ("sh", "-c", 'echo begun; while read word; do echo "<$word>"; done')


def mosh(client, host, *words):
    """By its own script: ssh through the proxy starts the server, whose address is looked up."""
    socks5a_only()
    client.need("mosh", "mosh-server")
    client.services("ssh")
    ssh = f"--ssh=ssh -F {client.lab.directory}/ssh_config"
    return Terminal(client, "mosh", "--predict=never", ssh, *words, host, "--", *SHELL)


def answers(terminal, *words):
    for word in words:
        terminal.types(word)
        terminal.shows(f"<{word}>")


def leave(terminal):
    terminal.types("\x1e.")  # its own way out
    terminal.shows("[mosh is exiting.]")
    terminal.ends()


@test(proxies=CARRIERS)
def goes_on_when_the_proxy_was_away(client):
    with mosh(client, at.WEB) as terminal:
        terminal.shows("begun")
        answers(terminal, "one", "two")
        client.lab.proxies.restart(client.proxy)
        answers(terminal, "three", "four")
        leave(terminal)


@test
def by_address(client):
    for host in (at.TARGET4, at.TARGET6):
        with mosh(client, host) as terminal:
            terminal.shows("begun")
            answers(terminal, "one")
            leave(terminal)
